"""Who does not answer that a visit was moved because of a closure at short notice is phoned. By `system`."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from django.db.models import Exists, OuterRef, Q, QuerySet

from injections.assessment.open_calls import open_call
from injections.assessment.turns import take_turns
from injections.models import Call
from pht_clinic import clock
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import words
from scheduling.models import Appointment, AppointmentChange, Closure, Message
from scheduling.states import Status

AT_THE_EARLIEST: Final = timedelta(hours=2)
A_DAY: Final = timedelta(hours=24)
"""So long somebody has to say that they come; a visit that is nearer than that is phoned about before."""
FORGOTTEN: Final = timedelta(days=14)
"""A closure that ended longer ago, or a message that left longer ago, is phoned about no more."""


def call_the_unanswered(*, now: datetime) -> int:
    """Put on the call list whoever was written to that their visit has moved and has not confirmed it: once a move.

    24 hours after the message left, or 24 hours before the visit where that is sooner, never less than 2 after it left;
    boundary: exactly then. Returns how many. Whom nobody wrote to is a phone task already, with its message.
    """
    closures = list(Closure.objects.filter(at_short_notice=True, ends_at__gt=now - FORGOTTEN))
    if not closures:
        return 0
    return take_turns("call-the-unanswered", _unanswered(closures, now), partial(_call, now=now), now=now)


def _unanswered(closures: list[Closure], now: datetime) -> QuerySet[Appointment]:
    """Visits to come that were moved out of one of these closures; the message left, and nobody confirmed them."""
    here = OuterRef("pk")
    moved = AppointmentChange.objects.filter(_out_of(closures), appointment=here, verb="move")
    told = _told_of_move().filter(appointment=here, sent_at__gt=now - FORGOTTEN, sent_at__lte=now - AT_THE_EARLIEST)
    rows = Appointment.objects.filter(Exists(moved), Exists(told), status=Status.BOOKED, start_at__gt=now)
    return rows.filter(coming_confirmed_at=None)


def _told_of_move() -> QuerySet[Message]:
    return Message.objects.filter(kind="moved", status=Message.State.SENT)


def _out_of(closures: list[Closure]) -> Q:
    """Moves that began where one of these closures is. Times in `before` are instants in UTC, as text."""
    hit = Q()
    for one in closures:
        starts_at, ends_at = one.starts_at.isoformat(), one.ends_at.isoformat()
        there = Q(before__start_at__gte=starts_at, before__start_at__lt=ends_at)
        if one.practitioner_id is not None:
            there &= Q(before__practitioner=one.practitioner_id)
        if one.room_id is not None:
            there &= Q(before__room=one.room_id)
        hit |= there
    return hit


def _call(appointment_id: int, *, now: datetime) -> int:
    with use_case():
        appointment, locked = lock_appointment(appointment_id)
        told = _told_of_move().filter(appointment=appointment).order_by("-sent_at").first()
        is_open = appointment.status == Status.BOOKED and appointment.coming_confirmed_at is None
        if told is None or told.sent_at is None or not is_open or now < when_due(told.sent_at, appointment.start_at):
            return 0
        calls = Call.objects.filter(why=Call.Why.NOT_ANSWERED, appointment=appointment, opened_at__gte=told.sent_at)
        if calls.exists():
            return 0
        when = words.when(appointment.start_at, clock.zone())
        say = (
            f"The visit was moved to {when} with {appointment.practitioner}, {appointment.room}. The message was sent"
            f" on {words.when(told.sent_at, clock.zone())}, and the patient has not said that they are coming. Ask"
            " whether that time suits them."
        )
        patient = locked.patients[appointment.patient_id]
        open_call(patient, why=Call.Why.NOT_ANSWERED, say=say, appointment=appointment, now=now)
        return 1


def when_due(sent_at: datetime, start_at: datetime) -> datetime:
    """When it is phoned about."""
    return max(sent_at + AT_THE_EARLIEST, min(sent_at + A_DAY, start_at - A_DAY))
