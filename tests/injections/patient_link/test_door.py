"""SEC7's ground: what a link opens, and what it does not, whoever holds it."""

import logging
from datetime import timedelta

import pytest
from django.core.signing import Signer
from django.db.models.functions import Now
from django.test import Client

from injections.visit.own_link import replace_link
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import PATIENT
from pht_clinic.web.logs import LineFormatter
from pht_clinic.web.models import GuessCount
from scheduling.messages import render
from scheduling.models import Appointment, AppointmentChange, Message
from scheduling.patients import link
from scheduling.patients.link import State
from tests.injections.patient_link.conftest import BORN, VISIT, Linked, Pages

CLINICAL = ("inject", "hamstring", "steroid", "Birch", "Robin", "24 March", "Hale")
PLACES = (
    "",
    "change/",
    "another/",
    "cancel/",
    "questions/",
    "questions/done/",
    "recovery/",
    "recovery/done/",
    "appointment.ics",
)


def test_the_link_is_signed_says_nothing_and_is_always_the_same(linked: Linked) -> None:
    appointment = linked.booked()
    address = link.address_of(appointment)
    assert address == link.address_of(appointment)
    assert "Birch" not in address
    found = link.follow(address.split("/p/")[1].rstrip("/"))
    assert found is not None
    assert (found.appointment, found.state) == (appointment, State.OPEN)


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_shown_before_the_date_of_birth(linked: Linked, place: str) -> None:
    text = linked.pages(linked.booked()).get(place)
    assert "Enter your date of birth" in text
    assert not [word for word in CLINICAL if word in text]


@pytest.mark.parametrize("place", ["confirm/", "change/", "another/", "cancel/", "questions/", "recovery/"])
def test_nothing_is_done_before_the_date_of_birth(linked: Linked, place: str) -> None:
    appointment = linked.booked()
    pages = linked.pages(appointment)
    pages.post(place, 403, revision="1", reason="no")
    appointment.refresh_from_db()
    assert (appointment.status, appointment.coming_confirmed_at, appointment.revision) == ("booked", None, 1)


@pytest.mark.parametrize("born_on", [BORN, "1980-05-01", "01/05/1980", "1 May 1980"])
def test_the_date_of_birth_opens_the_page_that_was_asked_for(linked: Linked, born_on: str) -> None:
    pages = linked.pages(linked.booked())
    assert "Our questions" in pages.unlock(born_on, to="questions")
    assert "24 March 2026 at 09:20" in pages.get()


def test_the_door_leads_nowhere_else(linked: Linked) -> None:
    pages = linked.pages(linked.booked())
    pages.unlock(to="https://evil.example/")
    assert pages.last.request["PATH_INFO"] == pages.path


def test_five_wrong_dates_close_the_link_and_then_the_right_one_does_not_open_it(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.pages(appointment)
    for day in range(2, 6):
        assert "not the date of birth" in pages.unlock(f"{day} 5 1980", status=422)
    assert "020 7946 0100" in pages.unlock("6 5 1980", status=429)
    pages.unlock(status=429)
    assert "Phone us" in linked.pages(appointment).get(status=429)
    assert Entry.objects.filter(verb="patient-link-refused").count() == 4


def test_the_limit_is_of_the_appointment_and_ends_after_a_day(linked: Linked) -> None:
    appointment, other = linked.booked(), linked.booked(VISIT + timedelta(hours=1), "Oakes")
    pages = linked.pages(appointment)
    for day in range(2, 7):
        pages.unlock(f"{day} 5 1980", status=429 if day == 6 else 422)
    linked.opened(other)
    GuessCount.objects.filter(place="dates-of-birth-a-day").update(ends_at=Now())
    linked.opened(appointment)
    assert GuessCount.objects.get(about=appointment.pk, guesses__gt=0).guesses == 5  # of the life of the link


def test_who_is_in_stays_in_when_others_try(linked: Linked) -> None:
    appointment = linked.booked()
    inside, outside = linked.opened(appointment), linked.pages(appointment)
    for day in range(2, 7):
        outside.unlock(f"{day} 5 1980", status=429 if day == 6 else 422)
    inside.get()


def test_an_opened_link_opens_no_other(linked: Linked) -> None:
    mine, other = linked.booked(), linked.booked(VISIT + timedelta(hours=1), "Oakes")
    pages = linked.opened(mine)
    others = Pages(linked.pages(other).path, pages.client)
    assert "Enter your date of birth" in others.get()
    others.post("cancel/", 403, revision="1")
    other.refresh_from_db()
    assert other.status == "booked"


def test_closing_the_page_asks_again(linked: Linked) -> None:
    pages = linked.opened(linked.booked())
    pages.post("close/")
    assert "Enter your date of birth" in pages.get()


def test_an_opened_link_closes_after_two_hours(linked: Linked) -> None:
    pages = linked.opened(linked.booked())
    session = pages.client.session
    session["patient_links"] = {name: at - 2 * 60 * 60 for name, at in session["patient_links"].items()}
    session.save()
    assert "Enter your date of birth" in pages.get()


def test_a_session_from_before_is_not_taken_over(linked: Linked) -> None:
    pages = linked.pages(linked.booked())
    pages.client.session.save()
    session = pages.client.session
    session["x"] = 1
    session.save()
    before = session.session_key
    pages.unlock()
    assert pages.client.session.session_key != before


def test_forged_links_all_get_the_same_page(linked: Linked) -> None:
    appointment = linked.booked()
    token = link.token_of(appointment.pk, 1)
    value, _, signature = token.partition(".")
    forged = [
        "x",
        "1-1",
        "1-1.",
        ".",
        f"{value}.{signature[:-1]}",
        f"{value}.{signature[::-1]}",
        f"{value}x.{signature}",
        link.token_of(10**12, 1),
        Signer().sign("1-1"),
        Signer(salt="scheduling.links").sign(value),
        "é.ü",
        "a" * 5000,
        link.token_of(None, 1),  # type: ignore[arg-type]
    ]
    texts = {Pages(f"/p/{one}/").get(status=404) for one in forged}
    assert len(texts) == 1
    assert "This link does not work" in texts.pop()


def test_ten_thousand_forged_links_open_nothing(linked: Linked) -> None:
    appointment = linked.booked()
    for number in range(10_000):
        assert link.follow(f"{appointment.pk}-1.{number:043d}") is None


def test_a_replaced_link_says_so_and_what_is_queued_carries_the_new_one(linked: Linked) -> None:
    appointment = linked.booked()
    old = linked.opened(appointment)
    with pytest.raises(Invalid):
        replace_link(appointment.pk, reason=" ", by=linked.clinic.reception, now=linked.clinic.now)
    replace_link(appointment.pk, reason="shared by mistake", by=linked.clinic.reception, now=linked.clinic.now)
    assert "replaced" in old.get(status=410)
    old.post("cancel/", 410, revision="1")
    fresh = linked.opened(appointment)
    assert fresh.path != old.path
    row = Message.objects.filter(appointment=appointment).order_by("pk")[0]
    assert fresh.path in render.letter(row, now=linked.clinic.now).text


def test_a_link_ends_half_a_year_after_the_visit(linked: Linked) -> None:
    appointment = linked.treated()
    pages = linked.opened(appointment)
    linked.at(appointment.end_at + timedelta(days=180) - timedelta(minutes=5))
    pages.get()
    linked.at(appointment.end_at + timedelta(days=180))
    assert "has ended" in pages.get(status=410)
    pages.unlock(status=410)


@pytest.mark.parametrize("state", ["closed", "open"])
def test_looking_changes_nothing(linked: Linked, state: str) -> None:
    """GET and HEAD of every page, over and over: no row of diary, messages or records is another."""
    appointment = linked.booked()
    pages = linked.opened(appointment) if state == "open" else linked.pages(appointment)
    before = [
        list(model.objects.order_by("pk").values()) for model in (Appointment, AppointmentChange, Message, GuessCount)
    ]
    for place in (*PLACES, "confirm/", "open/", "close/"):
        for _ in range(3):
            assert pages.client.get(pages.path + place).status_code in (200, 302, 405)
            assert pages.client.head(pages.path + place).status_code in (200, 302, 405)
    after = [
        list(model.objects.order_by("pk").values()) for model in (Appointment, AppointmentChange, Message, GuessCount)
    ]
    assert before == after


@pytest.mark.parametrize("place", PLACES)
def test_every_page_is_kept_by_nobody_and_found_by_nobody(linked: Linked, place: str) -> None:
    appointment = linked.booked()
    for pages in (linked.pages(appointment), linked.opened(appointment), Pages("/p/nonsense/")):
        response = pages.client.get(pages.path + place)
        assert "no-store" in response.headers["Cache-Control"]
        assert "noindex" in response.headers["X-Robots-Tag"]
        assert response.headers["Referrer-Policy"] == "no-referrer"
        assert b"<script" not in response.content


def test_a_form_from_elsewhere_is_refused(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.pages(appointment)
    pages.client = Client(enforce_csrf_checks=True)
    pages.unlock(status=403)
    pages.post("cancel/", 403, revision="1")
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_what_a_patient_looks_at_is_in_the_audit(linked: Linked) -> None:
    appointment = linked.booked()
    linked.opened(appointment)
    entry = Entry.objects.filter(verb="viewed").latest("pk")
    assert (entry.actor_kind, entry.subject, entry.patient_ids) == ("patient", "patient-link", [appointment.patient_id])


def test_the_log_does_not_keep_links(linked: Linked) -> None:
    record = logging.makeLogRecord({"msg": "Gone: %s", "args": (link.address_of(linked.booked()) + "cancel/",)})
    line = LineFormatter().format(record)
    assert line.endswith("/p/…/cancel/")


def test_h34_whoever_a_link_is_forwarded_to_gets_no_further_than_the_date_of_birth(linked: Linked) -> None:
    """They see nothing and do nothing, five wrong dates close it, and each try is on record as no member's of staff."""
    appointment = linked.booked()
    somebody = linked.pages(appointment)
    assert not [word for word in CLINICAL if word in somebody.get()]
    somebody.post("cancel/", 403, revision="1")
    for day in range(2, 7):
        somebody.unlock(f"{day} 5 1980", status=429 if day == 6 else 422)
    somebody.unlock(status=429)
    tries = Entry.objects.filter(verb="patient-link-refused")
    assert {entry.actor_kind for entry in tries} == {"patient"}
    assert {tuple(entry.patient_ids) for entry in tries} == {(appointment.patient_id,)}
    appointment.refresh_from_db()
    assert (appointment.status, appointment.revision) == ("booked", 1)


def test_h34_what_was_done_by_a_link_is_told_apart_from_what_the_desk_did(linked: Linked) -> None:
    """The visit and the trail say that it came by the patient's link; the desk replaces it, and the old one is over."""
    appointment = linked.booked()
    holder = linked.opened(appointment)
    holder.post("cancel/", revision=str(appointment.revision), reason="no")
    change = AppointmentChange.objects.filter(appointment=appointment).latest("pk")
    assert (change.verb, change.by_name, change.by_id) == ("cancel", PATIENT.name, None)
    entry = Entry.objects.filter(verb="appointment-cancelled").get()
    assert (entry.actor_kind, entry.user_id) == ("patient", None)
    other = linked.booked(VISIT + timedelta(days=1), "Oakes")
    old = linked.pages(other)
    replace_link(other.pk, reason="forwarded", by=linked.clinic.reception, now=linked.clinic.now)
    assert "replaced" in old.get(status=410)
    old.unlock(status=410)
