"""Whoever is signed in is of the clinic, also at a patient's link: they see the page, and do nothing in the patient's
name. Where each link went stands on the trail.
"""

from __future__ import annotations

import pytest

from injections.models import Screening
from pht_clinic.audit.models import Entry
from pht_clinic.people.models import User
from pht_clinic.web.models import GuessCount
from scheduling.messages.sending import claims
from scheduling.models import Appointment, Message
from tests.injections.patient_link.conftest import Linked, Pages
from tests.pages_world import browser

BANNER = "You are signed in as reception"


def at_the_link(linked: Linked, appointment: Appointment, user: User | None = None) -> Pages:
    pages = linked.pages(appointment)
    pages.client = browser(user or linked.clinic.users["reception"]).client
    return pages


def test_they_see_the_page_under_their_own_name_without_a_date_of_birth(linked: Linked) -> None:
    appointment = linked.booked()
    text = at_the_link(linked, appointment).get()
    assert "24 March 2026 at 09:20" in text
    assert BANNER in text
    entry = Entry.objects.filter(verb="viewed", subject="patient-link").get()
    assert (entry.actor_kind, entry.user_id) == ("user", linked.clinic.users["reception"].pk)
    assert entry.patient_ids == [appointment.patient_id]


def test_every_control_of_the_page_is_shut(linked: Linked) -> None:
    """By the browser itself: a disabled fieldset has all forms in it."""
    pages = at_the_link(linked, linked.booked())
    pages.get()
    body = pages.last.content.decode()
    assert body.index("<fieldset") < body.index("<form") < body.rindex("</form>") < body.rindex("</fieldset>")
    assert "disabled" in body[body.index("<fieldset") : body.index("<form")]


@pytest.mark.parametrize(
    "place", ["confirm/", "change/", "another/", "cancel/", "questions/", "asked/", "recovery/", "open/"]
)
def test_they_do_nothing_in_the_patients_name(linked: Linked, place: str) -> None:
    """Not even where this browser had opened the link as the patient before; and no try is counted."""
    appointment = linked.booked()
    answers, entries = Screening.objects.count(), Entry.objects.count()
    pages = at_the_link(linked, appointment)
    session = pages.client.session
    session["patient_links"] = {f"{appointment.pk}-{appointment.link_version}": 2**31}
    session.save()
    said = pages.post(place, 403, revision="1", reason="no", born_on="1 5 1980")
    assert "Only the patient can do this" in said
    appointment.refresh_from_db()
    assert (appointment.status, appointment.coming_confirmed_at, appointment.revision) == ("booked", None, 1)
    assert Screening.objects.count() == answers
    assert [entry.verb for entry in Entry.objects.order_by("pk")[entries:]] == ["access-refused"]
    assert not GuessCount.objects.filter(about=appointment.pk).exists()


def test_control_the_patient_does(linked: Linked) -> None:
    appointment = linked.booked()
    pages = linked.opened(appointment)
    assert BANNER not in pages.get()
    assert "disabled" not in pages.last.content.decode()
    pages.post("confirm/")
    appointment.refresh_from_db()
    assert appointment.coming_confirmed_at is not None


def test_who_has_no_role_sees_nothing(linked: Linked) -> None:
    nobody = User.objects.create_user("nobody@clinic.example", None, name="Nobody")
    at_the_link(linked, linked.booked(), nobody).get(status=403)


def test_signing_out_gives_the_page_back_to_the_patient(linked: Linked) -> None:
    pages = at_the_link(linked, linked.booked())
    pages.client.post("/account/sign-out/")
    assert "Enter your date of birth" in pages.get()


def gone(verb: str) -> list[tuple[str, str, list[int]]]:
    return [(row.actor_kind, row.subject, row.patient_ids) for row in Entry.objects.filter(verb=verb)]


def test_a_link_on_a_sheet_is_noted_as_shown(linked: Linked) -> None:
    appointment = linked.treated()
    desk = browser(linked.clinic.users["radiologist"])
    text = desk.get("aftercare-sheet", appointment.pk)
    assert "/k/" in text
    assert gone("patient-link-shown") == [("user", f"appointment:{appointment.pk}", [appointment.patient_id])]


def test_a_link_on_letters_is_noted_as_printed(linked: Linked) -> None:
    appointment = linked.booked()
    row = Message.objects.filter(appointment=appointment, kind="confirmed").get()
    desk = browser(linked.clinic.users["reception"])
    desk.get("message-letter", row.pk)
    assert gone("patient-link-shown") == [("user", f"appointment:{appointment.pk}", [appointment.patient_id])]


def test_a_link_that_leaves_by_mail_is_noted_as_sent(linked: Linked) -> None:
    """Before its content leaves; nothing where the lease was lost, and so nothing leaves."""
    appointment = linked.booked()
    message = claims.claim(now=linked.clinic.now)
    assert message is not None
    claims.hand_over(message, now=linked.clinic.now)
    sent = [("system", f"appointment:{appointment.pk}", [appointment.patient_id])]
    assert gone("patient-link-sent") == sent
    message.attempts += 1
    with pytest.raises(claims.LeaseLost):
        claims.hand_over(message, now=linked.clinic.now)
    assert gone("patient-link-sent") == sent
