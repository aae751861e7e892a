"""What was typed when the session had ended: kept encrypted, given back to who typed it, never acted on, soon gone."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from html import unescape
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings as project
from django.db import connection
from django.test import Client
from django.urls import reverse

from injections.models import Note, Screening
from pht_clinic.people.models import User
from pht_clinic.web.models import KeptForm
from pht_clinic.web.tidy import tidy
from pht_clinic.web.typed_work import keeping
from scheduling.models import Patient, Room
from tests import second_factor
from tests.clinic import Clinic
from tests.pages_world import Browser, browser, text_of
from tests.signed_in import PASSWORD

SECRET = "Walks with two sticks since Tuesday"
NOTE = re.compile(r'name="made_for" value="([^"]+)"')
GIVEN_BACK = "This is what you typed before your session ended."


@pytest.fixture
def patient(clinic: Clinic) -> Patient:
    return clinic.fit_patient("Adler")


@pytest.fixture
def user(clinic: Clinic) -> User:
    made = clinic.users["reception"]
    made.set_password(PASSWORD)
    made.save()
    second_factor.set_up(made)
    return made


@pytest.fixture
def desk(user: User) -> Browser:
    return browser(user)


def notes_of(patient: Patient) -> str:
    return reverse("patient-notes", args=[patient.pk])


def hidden(desk: Browser) -> str:
    """The note of the page that stands there."""
    return unescape(NOTE.findall(desk.html)[0])


def ended(desk: Browser) -> None:
    """The session's row is gone, as after its end; the cookies stay in the browser."""
    desk.client.session.flush()


def sign_in(client: Client, user: User, wanted: str = "") -> Any:
    return second_factor.sign_in(client, user.email, PASSWORD, wanted=wanted)


def send_too_late(desk: Browser, patient: Patient, **fields: str) -> Any:
    """Open the form, lose the session, send the form."""
    desk.get("patient-notes", patient.pk)
    sent = {"text": SECRET, **fields, "made_for": hidden(desk)}
    ended(desk)
    return desk.client.post(notes_of(patient), sent)


def test_it_is_kept_and_not_acted_on_and_whoever_typed_it_has_it_again(
    desk: Browser, user: User, patient: Patient
) -> None:
    """The whole way: sent too late, signed in, the form filled, saved, forgotten."""
    there = notes_of(patient)
    response = send_too_late(desk, patient)
    assert response.headers["Location"] == f"/account/sign-in/?next={there}"
    said = text_of(desk.client.get(response.headers["Location"]))
    assert "Your session ended. Sign in again: what you typed is kept for 24 hours." in said
    assert not Note.objects.exists()
    assert sign_in(desk.client, user, there).headers["Location"] == there
    page = desk.get("patient-notes", patient.pk)
    assert GIVEN_BACK in page
    assert re.search(rf"<textarea[^>]*>\s*{SECRET}</textarea>", desk.html)
    assert not Note.objects.exists()
    desk.post("patient-notes", patient.pk, data={"text": SECRET, "made_for": hidden(desk)})
    assert Note.objects.get().text == SECRET
    assert not KeptForm.objects.exists()
    assert GIVEN_BACK not in desk.get("patient-notes", patient.pk)


def test_what_is_refused_once_more_stays_kept_until_it_is_taken(desk: Browser, user: User, patient: Patient) -> None:
    """The form of the refusal still says what it was filled from: the next one must not open with it again."""
    send_too_late(desk, patient)
    sign_in(desk.client, user)
    desk.get("patient-notes", patient.pk)
    desk.post("patient-notes", patient.pk, data={"text": "", "made_for": hidden(desk)}, expect=422)
    assert KeptForm.objects.exists()
    desk.post("patient-notes", patient.pk, data={"text": "Better so", "made_for": hidden(desk)})
    assert Note.objects.get().text == "Better so"
    assert not KeptForm.objects.exists()


def test_sent_too_late_twice_the_later_text_takes_the_place_of_the_earlier(
    desk: Browser, user: User, patient: Patient
) -> None:
    send_too_late(desk, patient)
    sign_in(desk.client, user)
    send_too_late(desk, patient, text="The second time")
    sign_in(desk.client, user)
    desk.get("patient-notes", patient.pk)
    assert "The second time" in desk.html
    assert KeptForm.objects.count() == 1


def test_another_form_of_the_page_does_not_use_it_up(desk: Browser, user: User, patient: Patient) -> None:
    """Signing out from a page that gives something back keeps it."""
    send_too_late(desk, patient)
    sign_in(desk.client, user)
    desk.get("patient-notes", patient.pk)
    desk.client.post("/account/sign-out/", {"made_for": hidden(desk)})
    assert KeptForm.objects.exists()


def test_nobody_else_is_given_it(desk: Browser, user: User, clinic: Clinic, patient: Patient) -> None:
    send_too_late(desk, patient)
    other = clinic.users["radiologist"]
    other.set_password(PASSWORD)
    other.save()
    second_factor.set_up(other)
    assert sign_in(desk.client, other).status_code == 302
    page = desk.get("patient-notes", patient.pk)
    assert GIVEN_BACK not in page
    assert SECRET not in desk.html
    assert "Nothing is waiting." in desk.get("typed-work")
    desk.post("typed-work-drop", data={"kept": KeptForm.objects.get().pk})
    assert KeptForm.objects.get().user == user


def test_at_rest_it_cannot_be_read(desk: Browser, patient: Patient) -> None:
    send_too_late(desk, patient)
    with connection.cursor() as cursor:
        cursor.execute("SELECT web_keptform::text || encode(body, 'escape') FROM web_keptform")
        (row,) = cursor.fetchone()
    assert notes_of(patient) in row
    assert "sticks" not in row


def test_a_new_secret_key_reads_what_an_earlier_one_wrote(
    desk: Browser, user: User, patient: Patient, settings: Any
) -> None:
    send_too_late(desk, patient)
    earlier = project.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "x" * 60, [earlier]
    assert [kept.typed["text"] for kept in keeping.kept_for(user.pk)] == [SECRET]
    settings.SECRET_KEY_FALLBACKS = []
    assert keeping.kept_for(user.pk) == []


@pytest.mark.parametrize("forged", ["", "x", "WzFd:1abc:def", None])
def test_without_a_note_of_ours_nothing_is_kept(desk: Browser, patient: Patient, forged: str | None) -> None:
    """None: one that was made for somebody else by changing the name in it."""
    desk.get("patient-notes", patient.pk)
    note = hidden(desk)
    ended(desk)
    made_for = "A" + note[1:] if forged is None else forged
    response = desk.client.post(notes_of(patient), {"text": SECRET, "made_for": made_for})
    assert response.headers["Location"] == "/account/sign-in/?next=/"
    assert not KeptForm.objects.exists()


@pytest.mark.parametrize(("hours", "is_kept"), [(23.9, True), (24.1, False)])
def test_a_note_counts_for_24_hours(desk: Browser, patient: Patient, hours: float, is_kept: bool) -> None:
    desk.get("patient-notes", patient.pk)
    note = hidden(desk)
    ended(desk)
    with mock.patch("django.core.signing.time.time", return_value=time.time() + hours * 3600):
        desk.client.post(notes_of(patient), {"text": SECRET, "made_for": note})
    assert KeptForm.objects.exists() == is_kept


def made_older(interval: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE web_keptform SET created_at = now() - %s::interval", [interval])


@pytest.mark.parametrize(("interval", "stays"), [("23 hours 59 minutes", True), ("24 hours 1 second", False)])
def test_after_24_hours_it_is_given_back_no_more_and_removed(
    desk: Browser, user: User, patient: Patient, interval: str, stays: bool
) -> None:
    """By the database's clock."""
    send_too_late(desk, patient)
    made_older(interval)
    sign_in(desk.client, user)
    assert (GIVEN_BACK in desk.get("patient-notes", patient.pk)) == stays
    tidy()
    assert KeptForm.objects.exists() == stays


def test_each_user_has_the_newest_twenty_and_the_same_only_once(desk: Browser, user: User, patient: Patient) -> None:
    desk.get("patient-notes", patient.pk)
    note = hidden(desk)
    ended(desk)
    for number in range(22):
        desk.client.post(notes_of(patient), {"text": f"Note {number}", "made_for": note})
        desk.client.post(notes_of(patient), {"text": "The same", "made_for": note})
    kept = [one.typed["text"] for one in keeping.kept_for(user.pk)]
    assert kept == ["The same", *(f"Note {number}" for number in range(21, 2, -1))]


def test_passwords_tokens_files_and_empty_forms_are_never_kept(desk: Browser, user: User, patient: Patient) -> None:
    send_too_late(desk, patient, password1="secret-1", Old_Password="secret-2", next="/calls/", csrfmiddlewaretoken="x")
    assert dict(keeping.kept_for(user.pk)[0].typed.lists()) == {"text": [SECRET]}
    KeptForm.objects.all().delete()
    desk.client.force_login(user)
    assert send_too_late(desk, patient, text="  ", next="/calls/").headers["Location"].endswith(notes_of(patient))
    assert not KeptForm.objects.exists()


def test_somebody_switched_off_has_nothing_kept(desk: Browser, user: User, patient: Patient) -> None:
    desk.get("patient-notes", patient.pk)
    note = hidden(desk)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert desk.client.post(notes_of(patient), {"text": SECRET, "made_for": note}).status_code == 302
    assert not KeptForm.objects.exists()


def test_ones_own_account_carries_no_note(desk: Browser) -> None:
    """Its forms hold passwords and codes."""
    desk.get("account_change_password")
    assert "csrfmiddlewaretoken" in desk.html
    assert "made_for" not in desk.html


class Strict:
    """A browser that checks tokens as the clinic's own does."""

    def __init__(self, user: User) -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.user = user
        self.codes = list(Authenticator.objects.get(user=user, type="recovery_codes").wrap().get_unused_codes())

    def token(self, address: str) -> str:
        found = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.client.get(address).content.decode())
        return str(found[0])

    def sign_in(self) -> None:
        typed = {"login": self.user.email, "password": PASSWORD, "csrfmiddlewaretoken": self.token("/account/sign-in/")}
        assert self.client.post("/account/sign-in/", typed).headers["Location"] == second_factor.ASKS
        typed = {"code": self.codes.pop(), "csrfmiddlewaretoken": self.token(second_factor.ASKS)}
        assert self.client.post(second_factor.ASKS, typed).headers["Location"] == "/"


@pytest.fixture
def strict(user: User) -> Strict:
    made = Strict(user)
    made.sign_in()
    return made


def form_of(strict: Strict, patient: Patient) -> dict[str, str]:
    html = strict.client.get(notes_of(patient)).content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', html)[0]
    return {"text": SECRET, "csrfmiddlewaretoken": token, "made_for": unescape(NOTE.findall(html)[0])}


@pytest.mark.parametrize("lost", [["session"], ["session", "csrftoken"]])
def test_it_is_kept_whether_or_not_the_token_still_fits(strict: Strict, patient: Patient, lost: list[str]) -> None:
    sent = form_of(strict, patient)
    for name in lost:
        del strict.client.cookies[name]
    response = strict.client.post(notes_of(patient), sent)
    assert response.headers["Location"] == f"/account/sign-in/?next={notes_of(patient)}"
    assert KeptForm.objects.count() == 1
    assert not Note.objects.exists()


def test_signed_in_again_in_another_tab_the_old_page_has_its_form_back_at_once(
    strict: Strict, patient: Patient
) -> None:
    """Its token is not this session's any more: it is not acted on, and nothing is lost."""
    sent = form_of(strict, patient)
    del strict.client.cookies["session"]
    strict.sign_in()
    response = strict.client.post(notes_of(patient), sent)
    assert (response.status_code, response.headers["Location"]) == (302, notes_of(patient))
    assert not Note.objects.exists()
    assert SECRET in strict.client.get(notes_of(patient)).content.decode()


def test_a_page_of_somebody_else_is_refused_and_kept_for_them(strict: Strict, clinic: Clinic, patient: Patient) -> None:
    sent, typist = form_of(strict, patient), strict.user
    del strict.client.cookies["session"]
    strict.client.force_login(clinic.users["radiologist"])
    response = strict.client.post(notes_of(patient), {**sent, "csrfmiddlewaretoken": "x" * 64})
    assert response.status_code == 403
    assert SECRET not in response.content.decode()
    assert KeptForm.objects.get().user == typist


def test_a_part_of_a_page_leads_the_whole_page_to_sign_in_with_what_was_typed(desk: Browser, user: User) -> None:
    """A search that htmx sends."""
    desk.get("patient-search")
    note = hidden(desk)
    ended(desk)
    headers = {"hx-request": "true", "hx-current-url": "http://testserver/patients/"}
    response = desk.client.post("/patients/", {"text": "Adler", "made_for": note}, headers=headers)
    assert response.headers["HX-Redirect"] == "/account/sign-in/?next=/patients/"
    sign_in(desk.client, user)
    desk.get("patient-search")
    assert 'value="Adler"' in desk.html


def test_a_button_leads_back_to_where_it_stood(desk: Browser, patient: Patient) -> None:
    desk.get("patient", patient.pk)
    note = hidden(desk)
    ended(desk)
    response = desk.client.post(reverse("duplicate-registered-twice", args=[patient.pk]), {"made_for": note})
    assert response.headers["Location"] == f"/account/sign-in/?next={reverse('patient', args=[patient.pk])}"
    assert not KeptForm.objects.exists()


def test_a_form_keeps_its_revision_so_that_a_stale_save_is_still_noticed(clinic: Clinic, manager: Browser) -> None:
    user = clinic.users["manager"]
    user.set_password(PASSWORD)
    user.save()
    second_factor.set_up(user)
    manager.client.force_login(user)
    room = Room.objects.order_by("pk").first()
    assert room is not None
    manager.get("room", room.pk)
    revision = re.findall(r'name="revision" value="(\d+)"', manager.html)[0]
    sent = {"name": "Room of mine", "active": "on", "revision": revision, "made_for": hidden(manager)}
    ended(manager)
    manager.client.post(reverse("room", args=[room.pk]), sent)
    colleague = browser(clinic.users["manager"])
    colleague.post("room", room.pk, data={"name": "Room of a colleague", "active": "on", "revision": revision})
    sign_in(manager.client, user)
    assert GIVEN_BACK in manager.get("room", room.pk)
    assert 'value="Room of mine"' in manager.html
    assert f'name="revision" value="{revision}"' in manager.html
    said = manager.post("room", room.pk, data={**sent, "made_for": hidden(manager)}, expect=422)
    assert "Room of a colleague" in said


def test_the_questions_open_as_they_were_sent(desk: Browser, user: User, patient: Patient, clinic: Clinic) -> None:
    """With the row up to which the page had shown what is known; a look records nothing."""
    before = Screening.objects.count()
    there = reverse("screening", args=[patient.pk]) + "?area=ischial-tuberosity&side=left"
    shown = re.findall(r'name="shown" value="(\d*)"', desk.client.get(there).content.decode())
    desk.get("screening", patient.pk, area="ischial-tuberosity", side="left")
    sent = {"fever": "yes", "area": "ischial-tuberosity", "side": "left", "shown": shown[0], "made_for": hidden(desk)}
    ended(desk)
    response = desk.client.post(there, sent)
    sign_in(desk.client, user)
    assert response.headers["Location"].endswith("side%3Dleft")
    desk.get("screening", patient.pk, area="ischial-tuberosity", side="left")
    assert re.search(r'name="fever" value="yes"[^>]* checked', desk.html)
    assert f'name="shown" value="{shown[0]}"' in desk.html
    assert Screening.objects.count() == before
    listed = desk.get("typed-work")
    assert "Fever yes" in listed
    assert "Shown" not in listed, "nobody typed that"


def test_what_no_form_shows_stands_in_the_list_and_can_be_thrown_away(
    desk: Browser, user: User, patient: Patient
) -> None:
    send_too_late(desk, patient)
    sign_in(desk.client, user)
    assert "Something you typed before your session ended has not been saved." in desk.get("home")
    said = desk.get("typed-work")
    assert f"Text {SECRET}" in said
    kept = re.findall(r'name="kept" value="(\d+)"', desk.html)[0]
    assert "Thrown away." in desk.post("typed-work-drop", data={"kept": kept})
    assert "Nothing is waiting." in desk.get("typed-work")
    assert "has not been saved." not in desk.get("home")


def test_markup_that_was_typed_stays_text(desk: Browser, user: User, patient: Patient) -> None:
    """SEC5: in the form, in its notice and in the list; the name of a field is what was sent, too."""
    markup = "<script>alert(1)</script>"
    send_too_late(desk, patient, text=markup, **{markup: markup})
    sign_in(desk.client, user)
    for name, args in (("patient-notes", [patient.pk]), ("typed-work", [])):
        desk.get(name, *args)
        assert "&lt;script&gt;alert(1)" in desk.html
        assert "<script>alert" not in desk.html.lower()


@pytest.mark.parametrize("wrong", ["", "x", "-1", "9" * 30])
def test_throwing_away_nothing_is_no_error(desk: Browser, wrong: str) -> None:
    desk.post("typed-work-drop", data={"kept": wrong})


@pytest.fixture
def writing_page(clinic: Clinic) -> Iterator[None]:
    """A page that would write on a look."""
    with mock.patch("injections.patient.record_pages.find_patient", side_effect=lambda pk: clinic.fit_patient("Boyce")):
        yield


@pytest.mark.usefixtures("writing_page")
def test_a_look_that_gives_back_can_write_nothing(
    desk: Browser, user: User, patient: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    """The database refuses it, whatever a view would do."""
    send_too_late(desk, patient)
    sign_in(desk.client, user)
    desk.client.raise_request_exception = False
    before = Patient.objects.count()
    assert desk.client.get(notes_of(patient)).status_code == 500
    assert Patient.objects.count() == before
    assert SECRET not in caplog.text


def test_without_anything_kept_a_look_asks_the_database_nothing_more(
    desk: Browser, user: User, patient: Patient
) -> None:
    sign_in(desk.client, user)
    with mock.patch.object(keeping, "_opened") as opened:
        desk.get("patient-notes", patient.pk)
    opened.assert_not_called()
