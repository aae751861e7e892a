"""Cancelling at the desk asks who cancels and why, and words the email by it; an undo says what has left already."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.booking.cancel import Why, cancel
from pht_clinic.errors import Invalid
from scheduling.diary.why_cancelled import BY_KEY, NOT_RIGHT, QUICK, WHO, Said, read
from scheduling.models import Appointment, AppointmentChange, Message
from tests.api_world import World, pointers
from tests.clinic import Clinic, local
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db


def told(clinic: Clinic) -> Appointment:
    """A visit whose patient has its confirmation."""
    appointment = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert appointment is not None
    sent = {"status": "sent", "sent_at": clinic.now}
    Message.objects.filter(appointment=appointment, kind="confirmed").update(**sent)
    return appointment


@pytest.mark.parametrize("key", BY_KEY)
def test_des11_whoever_cancelled_is_said_in_the_email(key: str, world: World, reception: Browser) -> None:
    """A patient who cancels on the phone reads what they would have read after their link."""
    visit = told(world.clinic)
    sent = {"revision": visit.revision, "reason_code": key, "reason": "In other words", "tell": "yes"}
    reception.post("appointment-cancel", visit.pk, data=sent)
    [letter] = Message.objects.filter(appointment=visit, kind="cancelled")
    template = "cancelled_by_patient" if BY_KEY[key].by == "patient" else "cancelled"
    assert letter.template == f"scheduling/mail/{template}"
    change = AppointmentChange.objects.get(appointment=visit, verb="cancel")
    assert (Said(change.cancelled_by, change.reason_code), change.reason) == (BY_KEY[key], "In other words")


def test_des11_the_page_shows_the_email_of_either_and_then_of_the_one_chosen(world: World, reception: Browser) -> None:
    visit = told(world.clinic)
    said = reception.get("appointment-cancel", visit.pk)
    assert "If the patient cancels" in said
    assert "Subject Your appointment is cancelled" in said
    assert "If the clinic cancels" in said
    assert "Subject We have cancelled your appointment" in said
    for key, subject in (
        ("patient-unwell", "Your appointment is cancelled"),
        ("clinic-clinic", "We have cancelled your"),
    ):
        part = reception.client.get(
            f"/appointments/{visit.pk}/cancel/", {"reason_code": key}, headers={"HX-Request": "true"}
        ).content.decode()
        assert subject in part
        assert part.count("Subject") == 1


def test_who_and_why_are_asked_and_another_reason_in_words(world: World, reception: Browser) -> None:
    visit = told(world.clinic)
    said = reception.post("appointment-cancel", visit.pk, data={"revision": 1, "tell": "no"}, expect=422)
    assert "“Who cancels, and why”" in said
    sent = {"revision": 1, "tell": "no", "reason_code": "patient-other", "reason": " "}
    assert "say why it is cancelled." in reception.post("appointment-cancel", visit.pk, data=sent, expect=422)
    reception.post("appointment-cancel", visit.pk, data=sent | {"reason_code": "patient-cannot-come"})
    change = AppointmentChange.objects.get(appointment=visit, verb="cancel")
    assert change.reason == "The patient cannot come at that time"


def test_a_code_that_there_is_not_is_refused_everywhere(world: World, reception: Browser) -> None:
    visit = told(world.clinic)
    with pytest.raises(Invalid):
        cancel(visit.pk, reason=Why("Ill", "patient", "moon"), by=world.clinic.reception, now=world.clinic.now)
    sent = {"revision": 1, "tell": "no", "reason_code": "moon", "reason": "Kept"}
    assert "Kept" in reception.post("appointment-cancel", visit.pk, data=sent, expect=422)
    path = f"/appointments/{visit.pk}/cancel/"
    assert pointers(world.reception.post(path, {"reason": "Ill", "reason_code": "moon"})) == {"#/reason_code"}
    assert pointers(world.reception.post(path, {"reason": "Ill", "by": "moon"})) == {"#/by"}
    assert world.reception.post(path, {"reason": "Ill", "by": "patient", "reason_code": "unwell"}).status_code == 200
    change = AppointmentChange.objects.get(appointment=visit, verb="cancel")
    assert (change.cancelled_by, change.reason_code) == ("patient", "unwell")


@pytest.mark.parametrize("by", WHO)
def test_programs_say_who_cancels_and_why_as_two_values(world: World, by: str) -> None:
    """The history gives them back; what a code says by itself needs no words."""
    visit = told(world.clinic)
    path = f"/appointments/{visit.pk}/cancel/"
    for wrong in (
        {},
        {"by": by},
        {"by": by, "reason_code": "other"},
        {"by": by, "reason_code": "other", "reason": " "},
    ):
        assert pointers(world.reception.post(path, wrong)) == {"#/reason"}
    assert world.reception.post(path, {"by": by, "reason_code": "another-time"}).status_code == 200
    last = world.reception.get(f"/appointments/{visit.pk}/").json()["history"][0]
    assert (last["cancelled_by"], last["reason_code"]) == (by, "another-time")
    assert last["reason"] == QUICK.get(Said(by, "another-time"), "Another time is wanted")
    [letter] = Message.objects.filter(appointment=visit, kind="cancelled")
    assert letter.template.endswith("cancelled_by_patient") is (by == "patient")


def test_a_reason_of_the_clinic_is_no_patients(world: World) -> None:
    """By itself it says that the clinic cancels."""
    visit = told(world.clinic)
    path = f"/appointments/{visit.pk}/cancel/"
    assert pointers(world.reception.post(path, {"by": "patient", "reason_code": "clinic"})) == {"#/reason_code"}
    assert world.reception.post(path, {"reason_code": "clinic"}).status_code == 200
    assert AppointmentChange.objects.get(appointment=visit, verb="cancel").cancelled_by == "clinic"


@pytest.mark.parametrize(
    ("stored", "said"),
    [
        ("patient-better", Said("patient", "no-longer-needed")),
        ("patient-elsewhere", Said("patient", "no-longer-needed")),
        ("patient-cannot-come", Said("patient", "cannot-come")),
        ("patient-unwell", Said("patient", "unwell")),
        ("patient-other", Said("patient", "other")),
        ("clinic-person-away", Said("clinic", "clinic")),
        ("clinic-room", Said("clinic", "clinic")),
        ("clinic-not-right", NOT_RIGHT),
        ("clinic-other", Said("clinic", "other")),
        ("", Said()),
    ],
)
def test_what_was_stored_before_both_were_told_apart_reads_as_both(stored: str, said: Said) -> None:
    assert read("", stored) == said


def test_des12_an_undo_says_that_the_email_has_left_and_when(world: World, reception: Browser) -> None:
    visit = told(world.clinic)
    cancel(visit.pk, reason="Ill", by=world.clinic.reception, now=world.clinic.now)
    assert "The patient has already been told" not in reception.get("appointment-undo", visit.pk)
    left_at = world.clinic.now + timedelta(minutes=2)
    Message.objects.filter(appointment=visit, kind="cancelled").update(status="sent", sent_at=left_at)
    said = reception.get("appointment-undo", visit.pk)
    assert "The patient has already been told" in said
    assert "was sent at 09:02 on 2 March 2026" in said
