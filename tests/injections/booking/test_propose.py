"""What a page shows before a change is what the change does: the same status, and the very letter that is queued."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from injections.booking.move import MoveRequest, move
from injections.booking.propose import propose_decision
from injections.merging.merge import merge_patients
from injections.models import Call
from scheduling.messages import desk
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import Browser, when

TUESDAY = local("2026-03-10")


def shown(desk_: Browser) -> tuple[str, str] | None:
    """Subject and text of the letter on the page."""
    told = desk_.last.context["told"]
    [(_, told), *_] = told if isinstance(told, list) else [("", told)]  # of a cancellation first as the patient's own
    letter = told.letter
    return (letter.subject, letter.text) if letter else None


def queued(appointment: Appointment) -> tuple[str, str] | None:
    """Those of the newest news that waits to be sent; None where somebody phones instead."""
    rows = Message.objects.filter(appointment=appointment).exclude(kind__startswith="reminder")
    row = rows.order_by("-pk").first()
    if row is None or row.status != "queued":
        return None
    letter = desk.preview(row)
    return letter.subject, letter.text


def clear(world: World) -> Any:
    return world.clinic.fit_patient("Birch")


def with_diabetes(world: World) -> Any:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.answer(patient, {"diabetes": "yes"}, diabetes_poorly_controlled="no")
    return patient


def with_open_questions(world: World) -> Any:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.answer(patient, {"fever": "not-sure"})
    return patient


def in_the_review_zone(world: World) -> Any:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.earlier_injection(patient, "2025-11-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    return patient


def too_soon(world: World) -> Any:
    patient = world.clinic.fit_patient("Birch")
    world.clinic.earlier_injection(patient, "2026-01-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    return patient


def without_email(world: World) -> Any:
    return world.clinic.fit_patient("Birch", email="")


PATIENTS: list[tuple[Callable[[World], Any], str, str]] = [
    (clear, "book", "booked"),
    (with_diabetes, "book", "booked"),
    (with_open_questions, "book", "pending"),
    (in_the_review_zone, "book", "pending"),
    (too_soon, "override", "pending"),
    (without_email, "book", "booked"),
]


@pytest.mark.parametrize(("made", "intent", "status"), PATIENTS, ids=lambda made: getattr(made, "__name__", made))
def test_a_booking_sends_the_letter_that_its_page_showed(
    world: World, reception: Browser, made: Callable[[World], Any], intent: str, status: str
) -> None:
    """Cases MES5 (with open questions) and MES6 (with the line about diabetes) among them."""
    patient = made(world)
    chosen = when(patient, world.clinic, TUESDAY)
    reception.get("booking-check", patient.pk, **chosen)
    promised, proposal = shown(reception), reception.last.context["proposal"]
    sent = {"intent": intent, "override_reason": "Please look"}
    reception.post("booking-check", patient.pk, data=sent, query=chosen)
    booked = Appointment.objects.get()
    assert (booked.status, proposal.status) == (status, status)
    assert queued(booked) == promised
    assert (promised is None) == (not patient.email)


def test_mes5_open_questions_are_asked_for_and_shown_so(world: World, reception: Browser) -> None:
    patient = with_open_questions(world)
    said = reception.get("booking-check", patient.pk, **when(patient, world.clinic, TUESDAY))
    assert "Subject We need some information from you" in said


MOVES = [
    pytest.param("2026-05-05", "booked", "Your appointment has changed", id="stays clear"),
    pytest.param("2026-04-01", "pending", "We are checking your appointment", id="into the review zone"),
    pytest.param("2026-03-12", "pending", "We are checking your appointment", id="too soon, with a reason"),
]


@pytest.mark.parametrize(("to", "status", "subject"), MOVES)
def test_a_move_sends_the_letter_that_its_page_showed(
    world: World, reception: Browser, to: str, status: str, subject: str
) -> None:
    """The patient's last injection is so long ago that only 20 April is free of the interval."""
    patient = world.clinic.fit_patient("Birch")
    world.clinic.earlier_injection(patient, "2025-12-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    visit = world.clinic.book(patient, local("2026-04-28")).appointment
    assert visit is not None
    assert visit.status == "booked"
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent")
    form = {
        "on": to,
        "at": "10:00",
        "who": world.clinic.practitioner.pk,
        "where": world.clinic.room.pk,
        "revision": visit.revision,
        "tell": "yes",
    }
    part = reception.client.get(f"/appointments/{visit.pk}/move/", form, headers={"HX-Request": "true"})
    letter, proposal = part.context["told"].letter, part.context["proposal"]
    promised = (letter.subject, letter.text)
    assert promised[0] == subject
    reception.post("appointment-move", visit.pk, data={**form, "override_reason": "She travels then"})
    visit.refresh_from_db()
    assert (visit.status, proposal.status) == (status, status)
    assert queued(visit) == promised


@pytest.mark.parametrize("change", ["cancel", "move"])
def test_a_cancellation_and_an_undo_send_the_letters_that_their_pages_showed(
    world: World, reception: Browser, change: str
) -> None:
    visit = world.clinic.book(clear(world), TUESDAY).appointment
    assert visit is not None
    Message.objects.filter(appointment=visit, kind="confirmed").update(status="sent")
    if change == "cancel":
        reception.get("appointment-cancel", visit.pk)
        promised = shown(reception)
        sent = {"reason": "Ill", "reason_code": "patient-unwell", "tell": "yes", "revision": 1}
        reception.post("appointment-cancel", visit.pk, data=sent)
        assert queued(visit) == promised
    else:
        form = {"on": "2026-03-11", "at": "10:00", "who": world.clinic.practitioner.pk, "revision": 1, "tell": "yes"}
        reception.post("appointment-move", visit.pk, data=form)
    Message.objects.filter(appointment=visit, status="queued").update(status="sent")
    reception.get("appointment-undo", visit.pk)
    promised, proposal = shown(reception), reception.last.context["proposal"]
    reception.post("appointment-undo", visit.pk, data={"tell": "yes"})
    visit.refresh_from_db()
    assert visit.status == proposal.status == "booked"
    assert promised is not None
    assert queued(visit) == promised


def test_a_time_that_is_not_allowed_says_so_beside_the_letter(world: World, reception: Browser) -> None:
    patient = too_soon(world)
    visit = world.clinic.book(patient, local("2026-06-02")).appointment
    assert visit is not None
    form = {"on": "2026-03-10", "at": "10:00", "who": world.clinic.practitioner.pk, "revision": 1}
    part = reception.client.get(f"/appointments/{visit.pk}/move/", form, headers={"HX-Request": "true"})
    assert "The safety check does not allow this time." in part.content.decode()


def pending(world: World, family_name: str, *, by: Any = None, at: str = "10:00") -> Appointment:
    patient = world.clinic.fit_patient(family_name)
    world.clinic.earlier_injection(patient, "2025-11-20")
    world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    found = world.clinic.book(patient, local("2026-03-10", at), by=by).appointment
    assert found is not None
    Message.objects.filter(appointment=found, kind="provisional").update(status="sent")
    return found


@pytest.mark.parametrize("outcome", ["approve", "ask", "delay", "decline"])
def test_a_decision_sends_the_letter_that_it_would(world: World, radiologist: Browser, outcome: str) -> None:
    visit = pending(world, "Cole")
    proposal = propose_decision(visit, outcome)
    form = {"outcome": outcome, "reason": "Seen", "revision": visit.revision}
    said = radiologist.post("decision", visit.pk, data={**form, "delay_until": "2026-05-01"})
    visit.refresh_from_db()
    assert visit.status == proposal.status
    [news] = Message.objects.filter(appointment=visit, status="queued").exclude(kind__startswith="reminder")
    assert news.kind == proposal.news
    assert "The email goes out now." in said


def test_who_is_phoned_first_is_not_said_to_be_mailed(world: World, radiologist: Browser) -> None:
    visit = pending(world, "Cole")
    world.clinic.answer(visit.patient, {"fever": "yes", "steroid_injection_last_12_months": "yes"})
    visit.refresh_from_db()
    form = {"outcome": "decline", "reason": "Fever", "revision": visit.revision}
    said = radiologist.post("decision", visit.pk, data=form)
    assert Message.objects.filter(appointment=visit, phone_task=True).exists()
    assert "Phone first: a red flag is open. It becomes a phone task for reception." in said, said


def test_the_next_case_is_one_that_this_radiologist_may_decide(world: World, radiologist: Browser) -> None:
    """A case that they asked for themselves stays a colleague's, also after reception moved it."""
    clinic = world.clinic
    own = pending(world, "Cole", by=clinic.radiologist, at="09:00")
    move(own.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=clinic.now)
    radiologist.get("review-queue")
    assert radiologist.last.context["next"] is None
    assert "You asked for it: a colleague decides" in radiologist.get("review-queue")
    other = pending(world, "Dunn", at="15:00")
    radiologist.get("review-queue")
    assert radiologist.last.context["next"].appointment == other
    form = {"outcome": "approve", "reason": "Seen", "revision": other.revision}
    assert "Review queue" in radiologist.post("decision", other.pk, data=form)


def test_a_call_on_a_merged_record_stands_on_the_decision_page(world: World, radiologist: Browser) -> None:
    """It keeps an override from being saved, so the page leads to it."""
    clinic = world.clinic
    kept, double = clinic.fit_patient("Cole"), clinic.patient("Coal")
    visit = clinic.book(kept, TUESDAY).appointment
    assert visit is not None
    clinic.answer(double, {"fever": "yes"})
    merge_patients(double.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    call = Call.objects.get(rule="systemic-red-flag")
    assert call.patient_id == double.pk
    said = radiologist.get("decision", visit.pk)
    assert "Phone the patient first" in said
    assert reverse("call", args=[call.pk]) in radiologist.html
    visit.refresh_from_db()
    form = {
        "outcome": "override",
        "reason": "Seen",
        "reason_code": "other",
        "revision": visit.revision,
        "confirmed": "yes",
    }
    radiologist.post("decision", visit.pk, data=form, expect=422)
    radiologist.post(
        "call", call.pk, data={"reached": "patient", "spoke_to": "The patient", "said": "No fever any more"}
    )
    radiologist.post("decision", visit.pk, data=form)
