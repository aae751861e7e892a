"""Moving and cancelling: who may, what is said and kept, and which other bookings are judged again by it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from injections.booking.book import NotClear, book
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.propose import propose_booking, propose_cancel, propose_decision, propose_move, propose_undo
from injections.booking.request import check_request
from injections.booking.undo import undo
from injections.models import Assessment, Decision
from injections.review.decide import DecisionRequest, decide
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import PATIENT
from scheduling.diary.locks import StaleRevision
from scheduling.models import Appointment, Patient
from scheduling.states import WrongState
from tests.clinic import NOW, Clinic, local

START = local("2026-03-10")
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def booked(clinic: Clinic, patient: Patient | None = None, start: datetime = START, **ask: Any) -> Appointment:
    appointment = clinic.book(patient or clinic.fit_patient(), start, **ask).appointment
    assert appointment is not None
    return appointment


def in_the_review_zone(clinic: Clinic, name: str = "Cole") -> Patient:
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    return patient


def newest(appointment: Appointment) -> Assessment:
    return Assessment.objects.filter(appointment=appointment).latest("pk")


SEEN = "kind patient_id practitioner_id room_id start_at end_at status revision asked_at"


def seen(visit: Appointment) -> dict[str, object]:
    return {name: getattr(visit, name) for name in SEEN.split()}


def test_what_a_proposal_shows_is_what_the_change_makes(clinic: Clinic) -> None:
    """Where, when, with whom, in which state, of which revision, asked for when: through one visit's life."""
    by: dict[str, Any] = {"by": clinic.reception, "now": NOW}
    ask = clinic.ask(in_the_review_zone(clinic), START)
    patient = Patient.objects.get(pk=ask.patient_id)
    shown = propose_booking(ask, check_request(ask), patient=patient, room_id=ask.room_id, now=NOW)
    appointment = book(ask, **by).appointment
    assert appointment is not None
    assert seen(shown.visit) == seen(appointment)
    assert (shown.is_clear, shown.needs_override, shown.waiting_for) == (False, False, "review")
    assert (shown.undoes, shown.visit.note, appointment.note) == ("", "", "")
    assert (shown.place.during.start, shown.place.room_id) == (START, clinic.room.pk)
    for start in (START + HOUR, local("2026-03-20")):
        there = {"practitioner_id": clinic.practitioner.pk, "room_id": clinic.room.pk}
        now = NOW + MINUTE
        shown = propose_move(appointment, start=start, **there, now=now)
        done = move(appointment.pk, MoveRequest(start=start), by=clinic.reception, now=now).appointment
        assert done is not None
        assert seen(shown.visit) == seen(done)
        assert shown.is_clear is (start != START + HOUR)
        appointment = done
    shown = propose_undo(appointment.pk, by=clinic.reception, now=NOW + MINUTE)
    back = undo(appointment.pk, by=clinic.reception, now=NOW + MINUTE).appointment
    assert back is not None
    assert seen(shown.visit) == seen(back)
    assert (shown.undoes, back.start_at, back.status) == ("move", START + HOUR, "pending")
    shown = propose_cancel(back)
    assert (shown.judged, shown.is_clear, shown.waiting_for) == (None, True, "")
    assert seen(shown.visit) == seen(cancel(back.pk, reason="Ill", **by))


@pytest.mark.parametrize("outcome", ["approve", "delay", "decline"])
def test_what_a_decision_would_come_to_is_what_it_comes_to(clinic: Clinic, outcome: str) -> None:
    appointment = booked(clinic, in_the_review_zone(clinic))
    shown = propose_decision(appointment, outcome)
    until = local("2026-05-01").date() if outcome == "delay" else None
    asked = DecisionRequest(outcome=outcome, reason="Seen", delay_until=until)
    decide(appointment.pk, asked, by=clinic.radiologist, now=NOW)
    appointment.refresh_from_db()
    assert seen(shown.visit) == seen(appointment)


def test_a_booking_and_a_move_keep_what_was_judged_when_and_why(clinic: Clinic) -> None:
    """A refusal too, under a name of its own; what is asked for all the same keeps the words, without their margin."""
    patient = clinic.fit_patient()
    appointment = booked(clinic, patient)
    first = newest(appointment)
    assert (first.occasion, first.at, first.by_id) == ("booking", NOW, clinic.reception.user_id)
    clinic.earlier_injection(patient, "2026-01-05")
    there = MoveRequest(start=START + HOUR)
    refused = move(appointment.pk, there, by=clinic.radiologist, now=NOW + MINUTE)
    assert refused.refused
    assert refused.assessment is not None
    assert (refused.assessment.occasion, refused.assessment.appointment_id) == ("move-refused", None)
    assert Entry.objects.get(verb="move-refused").subject == f"appointment:{appointment.pk}"
    blank = MoveRequest(start=START + HOUR, override_reason="  ")
    assert move(appointment.pk, blank, by=clinic.radiologist, now=NOW + MINUTE).refused
    asked = MoveRequest(start=START + HOUR, override_reason=" Asked for by the surgeon ")
    moved = move(appointment.pk, asked, by=clinic.radiologist, now=NOW + MINUTE)
    assert moved.appointment is not None
    assert (moved.appointment.status, moved.appointment.start_at) == ("pending", START + HOUR)
    last = newest(appointment)
    assert (last.occasion, last.override_reason) == ("move", "Asked for by the surgeon")
    assert (last.at, last.by_id) == (NOW + MINUTE, clinic.radiologist.user_id)
    other = clinic.fit_patient("Cole")
    clinic.earlier_injection(other, "2026-01-05")
    for reason, is_refused in (("", True), ("  ", True), (" Please ", False)):
        outcome = clinic.book(other, START + 3 * HOUR, override_reason=reason)
        assert outcome.refused is is_refused
    assert outcome.assessment is not None
    assert (outcome.assessment.occasion, outcome.assessment.override_reason) == ("booking", "Please")


def test_a_manager_neither_books_nor_moves_nor_cancels(clinic: Clinic) -> None:
    appointment = booked(clinic)
    manager: dict[str, Any] = {"by": clinic.manager, "now": NOW}
    with pytest.raises(Forbidden):
        move(appointment.pk, MoveRequest(start=START + HOUR), **manager)
    with pytest.raises(Forbidden):
        cancel(appointment.pk, reason="Ill", **manager)
    with pytest.raises(Forbidden):
        book(clinic.ask(clinic.patient(), START + HOUR, kind="follow-up"), **manager)
    appointment.refresh_from_db()
    assert (appointment.status, appointment.start_at, appointment.revision) == ("booked", START, 1)
    assert Appointment.objects.count() == 1


def test_a_cancel_says_why_and_of_which_visit(clinic: Clinic) -> None:
    appointment = booked(clinic)
    for reason, revision, refusal in (("  ", None, Invalid), ("Ill", 2, StaleRevision)):
        with pytest.raises(refusal):
            cancel(appointment.pk, reason=reason, revision=revision, by=clinic.reception, now=NOW)
    done = cancel(appointment.pk, reason="Ill", revision=1, by=clinic.reception, now=NOW)
    assert done.status == "cancelled"
    last = done.changes.last()
    assert last is not None
    assert (last.verb, last.reason) == ("cancel", "Ill")
    with pytest.raises(WrongState):
        cancel(appointment.pk, reason="Ill", by=clinic.reception, now=NOW)
    with pytest.raises(WrongState):
        move(appointment.pk, MoveRequest(start=START + HOUR), by=clinic.reception, now=NOW)


def test_a_cancelled_physiotherapy_frees_the_injection_before_it(clinic: Clinic) -> None:
    """The injection waits in the queue all the same: a radiologist has been asked."""
    patient = clinic.fit_patient()
    physio = booked(clinic, patient, START + 24 * HOUR, kind="physiotherapy")
    injection = booked(clinic, patient, override_reason="No other day")
    assert newest(injection).verdict == "blocked"
    assert newest(injection).override_reason == "No other day"
    cancel(physio.pk, reason="Ill", by=clinic.reception, now=NOW)
    injection.refresh_from_db()
    assert (newest(injection).verdict, newest(injection).occasion) == ("clear", "cancel")
    assert injection.status == "pending"


def test_what_is_not_judged_judges_nothing_again(clinic: Clinic) -> None:
    """A follow-up is booked, moved and cancelled without a verdict, and leaves those of the others as they are."""
    patient = clinic.fit_patient()
    injection = booked(clinic, patient)
    injection.patient.injections.create(
        site="hamstring-origin",
        side="left",
        given="2026-01-05",
        steroid=True,
        origin="elsewhere",
        recorded_at=NOW,
        recorded_on=NOW.date(),
    )
    before = Assessment.objects.count()
    follow_up = booked(
        clinic, patient, START + HOUR, kind="follow-up", practitioner_id=clinic.practitioner.pk, room_id=clinic.room.pk
    )
    there = MoveRequest(start=START + 2 * HOUR, only_clear=True)
    outcome = move(follow_up.pk, there, by=PATIENT, now=NOW)
    assert (outcome.refused, outcome.assessment) == (False, None)
    cancel(follow_up.pk, reason="Ill", by=clinic.reception, now=NOW)
    assert Assessment.objects.count() == before


def test_what_must_be_clear_is_not_moved_to_where_somebody_would_have_to_look(clinic: Clinic) -> None:
    """The patient moves from one clear time to another; everything stays where it is otherwise."""
    patient = in_the_review_zone(clinic)
    appointment = booked(clinic, patient, local("2026-03-24"))
    assert appointment.status == "booked"
    kept = Assessment.objects.count()
    with pytest.raises(NotClear) as refused:
        move(appointment.pk, MoveRequest(start=START, only_clear=True), by=PATIENT, now=NOW)
    assert refused.value.code == "not-clear"
    appointment.refresh_from_db()
    assert (appointment.start_at, appointment.revision, Assessment.objects.count()) == (local("2026-03-24"), 1, kept)
    done = move(appointment.pk, MoveRequest(start=local("2026-03-25"), only_clear=True), by=PATIENT, now=NOW)
    assert done.appointment is not None
    assert (done.appointment.status, done.appointment.start_at) == ("booked", local("2026-03-25"))


@pytest.mark.parametrize("outcome", ["approve", "override"])
def test_a_visit_that_was_decided_on_stays_so_when_it_is_moved_by_minutes(clinic: Clinic, outcome: str) -> None:
    """What was decided on one visit covers that visit alone: another with the same concern waits for its own."""
    given = "2025-11-20" if outcome == "approve" else "2026-01-20"
    visits = []
    for name, start in (("Birch", START), ("Cole", START + 2 * HOUR)):
        patient = clinic.fit_patient(name)
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        clinic.earlier_injection(patient, given)
        visits.append(booked(clinic, patient, start, override_reason="Please"))
    asked = DecisionRequest(outcome=outcome, reason="Seen", reason_code="other" if outcome == "override" else "")
    decide(visits[0].pk, asked, by=clinic.radiologist, now=NOW)
    for visit, status, waits_for in zip(visits, ("booked", "pending"), ("", "review"), strict=True):
        there = MoveRequest(start=visit.start_at + 10 * MINUTE, override_reason="A little later")
        moved = move(visit.pk, there, by=clinic.reception, now=NOW)
        assert moved.appointment is not None
        assert moved.assessment is not None
        assert (moved.appointment.status, moved.assessment.waiting_for) == (status, waits_for)
    assert Decision.objects.count() == 1
