"""Taking a change back: the visit is where it was, with whom it was, and what the change had planned is gone."""

from datetime import timedelta

from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.visit.arrival import no_show
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.models import Appointment, Message, Schedule
from tests.clinic import NOW, Clinic, local

START = local("2026-03-10")


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
    move(appointment.pk, there, by=clinic.reception, now=NOW)
    back = undo(appointment.pk, by=clinic.reception, now=NOW).appointment
    assert back is not None
    assert (back.practitioner_id, back.room_id) == (clinic.practitioner.pk, clinic.room.pk)


def test_a_missed_visit_taken_back_leaves_no_letter_that_says_so(clinic: Clinic) -> None:
    """Nor a reminder: it has begun."""
    appointment = booked(clinic)
    no_show(appointment.pk, by=clinic.reception, now=START)
    queued = Message.objects.filter(appointment=appointment, status="queued")
    assert list(queued.values_list("kind", flat=True)) == ["missed"]
    undo(appointment.pk, by=clinic.reception, now=START + timedelta(minutes=5))
    assert not queued.exists()
