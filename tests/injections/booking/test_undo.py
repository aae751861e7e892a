"""Taking a change back: the visit is where it was, with whom it was, and what the change had planned is gone."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from injections.booking import undo as undoing
from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.preview import telling
from injections.booking.propose import propose_undo
from injections.booking.undo import undo
from injections.models import Assessment
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import arrive, no_show
from pht_clinic.errors import Forbidden, Invalid, Missing
from pht_clinic.people.actors import PATIENT
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.diary.locks import lock_appointment
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Message, Schedule
from scheduling.states import WrongState
from tests.clinic import NOW, Clinic, close, local

START = local("2026-03-10")
MINUTE = timedelta(minutes=1)


def booked(clinic: Clinic) -> Appointment:
    appointment = clinic.book(clinic.fit_patient(), START).appointment
    assert appointment is not None
    return appointment


def test_a_move_to_somebody_else_in_another_room_is_taken_back(clinic: Clinic) -> None:
    """Whom and what it left is locked as well, before it goes back there."""
    appointment = booked(clinic)
    room = save_room(None, {"name": "Ultrasound 2", "has_ultrasound": True}, by=clinic.manager, now=NOW)
    person = save_practitioner(None, {"name": "Dr Wen Li", "kinds": ["injection"]}, by=clinic.manager, now=NOW)
    [usual] = Schedule.objects.filter(practitioner=clinic.practitioner, weekday=START.weekday())
    usual.pk, usual.practitioner, usual.room = None, person, room
    usual.save(force_insert=True)
    there = MoveRequest(start=START, practitioner_id=person.pk, room_id=room.pk)
    move(appointment.pk, replace(there, tell_patient=False), by=clinic.reception, now=NOW)
    back = undo(appointment.pk, by=clinic.reception, now=NOW).appointment
    assert back is not None
    assert (back.practitioner_id, back.room_id) == (clinic.practitioner.pk, clinic.room.pk)
    assert queued_of(appointment) == ["moved"], "they know of Dr Li"


def test_a_missed_visit_taken_back_leaves_no_letter_that_says_so(clinic: Clinic) -> None:
    """Nor a reminder: it has begun."""
    appointment = booked(clinic)
    Message.objects.filter(kind="confirmed").update(status="sent")
    no_show(appointment.pk, by=clinic.reception, now=START)
    queued = Message.objects.filter(appointment=appointment, status="queued")
    assert list(queued.values_list("kind", flat=True)) == ["missed"]
    assert propose_undo(appointment.pk, by=clinic.reception, now=START).news == ""
    undo(appointment.pk, by=clinic.reception, now=START + timedelta(minutes=5))
    assert not queued.exists()


def pending(clinic: Clinic, name: str = "Cole") -> Appointment:
    """In the review zone; the patient was told so."""
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    appointment = clinic.book(patient, START).appointment
    assert appointment is not None
    assert appointment.status == "pending"
    assert Message.objects.filter(appointment=appointment, kind="provisional").update(status="sent") == 1
    return appointment


def queued_of(appointment: Appointment) -> list[str]:
    rows = Message.objects.filter(appointment=appointment, status="queued").exclude(kind__startswith="reminder")
    return list(rows.values_list("kind", flat=True))


def test_a_missed_visit_is_not_taken_back_into_a_time_that_somebody_else_has_got(clinic: Clinic) -> None:
    appointment = booked(clinic)
    no_show(appointment.pk, by=clinic.reception, now=START)
    clinic.now = START
    other = clinic.book(clinic.fit_patient("Cole"), START + 5 * MINUTE).appointment
    assert other is not None
    with pytest.raises(Clash) as refused:
        undo(appointment.pk, by=clinic.reception, now=START + 5 * MINUTE)
    assert {clash["appointment"] for clash in refused.value.extra["clashes"]} == {str(other.pk)}  # type: ignore[index,union-attr]
    appointment.refresh_from_db()
    assert appointment.status == "noshow"


@pytest.mark.parametrize("is_told", [True, False])
def test_a_waiting_visit_whose_cancel_is_taken_back_is_told_again_where_the_cancel_was(
    clinic: Clinic, is_told: bool
) -> None:
    appointment = pending(clinic)
    cancel(appointment.pk, reason="A slip", by=clinic.reception, now=NOW)
    if is_told:
        Message.objects.filter(kind="cancelled").update(status="sent")
    proposal = propose_undo(appointment.pk, by=clinic.reception, now=NOW)
    assert telling(proposal, by=clinic.reception, now=NOW).is_news is is_told
    back = undo(appointment.pk, by=clinic.reception, now=NOW).appointment
    assert back is not None
    assert back.status == "pending"
    assert queued_of(appointment) == (["provisional"] if is_told else [])
    assert Assessment.objects.filter(appointment=appointment).latest("pk").override_reason == ""


def test_a_waiting_visit_that_was_moved_is_told_where_it_stands_again(clinic: Clinic) -> None:
    """Unless whoever takes it back says no."""
    appointment = pending(clinic)
    for tell, told in ((True, ["provisional"]), (False, [])):
        move(appointment.pk, MoveRequest(start=START + 60 * MINUTE), by=clinic.reception, now=NOW)
        Message.objects.filter(appointment=appointment, status="queued").update(status="sent")
        assert propose_undo(appointment.pk, by=clinic.reception, now=NOW).news == "provisional"
        undo(appointment.pk, tell_patient=tell, by=clinic.reception, now=NOW)
        assert queued_of(appointment) == told
        Message.objects.filter(appointment=appointment, status="queued").update(status="sent")


def test_an_arrival_taken_back_after_the_start_confirms_nothing(clinic: Clinic) -> None:
    """The time it would confirm has come; a minute earlier it is still news."""
    appointment = booked(clinic)
    for now, news in ((START - MINUTE, "confirmed"), (START, ""), (START + MINUTE, "")):
        arrive(appointment.pk, by=clinic.reception, now=now)
        assert propose_undo(appointment.pk, by=clinic.reception, now=now).news == news
        undo(appointment.pk, by=clinic.reception, now=now)
        assert queued_of(appointment) == ([news] if news else [])


def test_what_has_begun_comes_back_booked_whatever_stands_against_it(clinic: Clinic) -> None:
    """To the second: before its start it is held back, from then on nobody could decide in time."""
    for name, start, late, status in (
        ("Birch", START, -timedelta(seconds=1), "pending"),
        ("Cole", START + 60 * MINUTE, timedelta(0), "booked"),
    ):
        appointment = clinic.book(clinic.fit_patient(name), start).appointment
        assert appointment is not None
        arrive(appointment.pk, by=clinic.reception, now=start + late)
        clinic.answer(appointment.patient, {"pregnant": "yes"})
        proposal = propose_undo(appointment.pk, by=clinic.reception, now=start + late)
        assert (proposal.status, proposal.is_clear, proposal.waiting_for) == (status, False, "review")
        back = undo(appointment.pk, by=clinic.reception, now=start + late).appointment
        assert back is not None
        assert back.status == status


def test_an_undo_keeps_its_verdict_and_the_moment_at_which_the_place_was_asked_for(clinic: Clinic) -> None:
    """So that of two bookings the one asked for last still bears the finding."""
    appointment = booked(clinic)
    later = NOW + 5 * MINUTE
    move(appointment.pk, MoveRequest(start=START + 60 * MINUTE), by=clinic.radiologist, now=later)
    undo(appointment.pk, by=clinic.reception, now=later + MINUTE)
    appointment.refresh_from_db()
    assert (appointment.asked_at, appointment.asked_by_id) == (NOW, clinic.reception.user_id)
    newest = Assessment.objects.filter(appointment=appointment).latest("pk")
    assert (newest.occasion, newest.verdict, newest.at) == ("undo", "clear", later + MINUTE)
    assert newest.override_reason == ""


def test_what_waits_again_still_says_why_it_was_asked_for(clinic: Clinic) -> None:
    """The radiologist reads the reason for the place it goes back to; once decided on, it asks nobody any more."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-10")
    appointment = clinic.book(patient, START, override_reason="Asked for by the surgeon").appointment
    assert appointment is not None
    other = clinic.patient("Cole")
    assert clinic.book(other, START + 240 * MINUTE, override_reason="For somebody else").appointment

    def reason_after(minutes: int) -> str:
        undo(appointment.pk, by=clinic.reception, now=NOW + minutes * MINUTE)
        return Assessment.objects.filter(appointment=appointment).latest("pk").override_reason

    there = MoveRequest(start=START + 60 * MINUTE, override_reason="She flies at noon")
    move(appointment.pk, there, by=clinic.reception, now=NOW + MINUTE)
    assert reason_after(2) == "Asked for by the surgeon"
    cancel(appointment.pk, reason="A slip", by=clinic.reception, now=NOW + 3 * MINUTE)
    assert reason_after(4) == "Asked for by the surgeon"
    seen = DecisionRequest(outcome="override", reason="Seen", reason_code="other")
    decide(appointment.pk, seen, by=clinic.radiologist, now=NOW + 5 * MINUTE)
    cancel(appointment.pk, reason="A slip", by=clinic.reception, now=NOW + 6 * MINUTE)
    assert reason_after(7) == ""
    appointment.refresh_from_db()
    assert appointment.status == "booked"


def test_what_was_closed_since_takes_back_no_cancel_but_an_arrival(clinic: Clinic) -> None:
    """And what has begun since may still come back: it is judged by the moment that is taken back."""
    appointment = booked(clinic)
    arrive(appointment.pk, by=clinic.reception, now=START - 3 * MINUTE)
    close(starts_at=START, ends_at=START + 60 * MINUTE, confirm=True, by=clinic.manager, now=START - 3 * MINUTE)
    back = undo(appointment.pk, by=clinic.reception, now=START - 2 * MINUTE).appointment
    assert back is not None
    assert back.status == "booked"
    cancel(appointment.pk, reason="A slip", by=clinic.reception, now=START - 2 * MINUTE)
    with pytest.raises(Invalid):
        undo(appointment.pk, by=clinic.reception, now=START - MINUTE)
    other = clinic.book(clinic.fit_patient("Cole"), START + 120 * MINUTE).appointment
    assert other is not None
    cancel(other.pk, reason="A slip", by=clinic.reception, now=other.start_at - MINUTE)
    back = undo(other.pk, by=clinic.reception, now=other.start_at + 5 * MINUTE).appointment
    assert back is not None
    assert back.status == "booked"


def test_only_the_change_that_was_seen_is_taken_back(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody moves it on while the lock is waited for: nothing is taken back, least of all their move."""
    appointment = booked(clinic)
    move(appointment.pk, MoveRequest(start=START + 60 * MINUTE), by=clinic.reception, now=NOW)

    def lock_late(appointment_id: int, **asked: Any) -> Any:
        move(appointment_id, MoveRequest(start=START + 120 * MINUTE), by=clinic.radiologist, now=NOW)
        return lock_appointment(appointment_id, **asked)

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(undoing, "lock_appointment", lock_late)
        with pytest.raises(WrongState, match="has just been changed"):
            undo(appointment.pk, by=clinic.reception, now=NOW)
    appointment.refresh_from_db()
    assert appointment.start_at == START + 60 * MINUTE


def test_nobody_but_the_desk_takes_anything_back_and_nothing_of_nobody(clinic: Clinic) -> None:
    appointment = booked(clinic)
    cancel(appointment.pk, reason="A slip", by=clinic.reception, now=NOW)
    for act in (undo, propose_undo):
        for by in (clinic.manager, PATIENT):
            with pytest.raises(Forbidden):
                act(appointment.pk, by=by, now=NOW)
        with pytest.raises(Missing):
            act(appointment.pk + 1, by=clinic.reception, now=NOW)
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"
