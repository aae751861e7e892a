"""A visit that nobody decided in time is cancelled, and the patient phoned. By the actor `system`."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

from django.db.models import Q

from injections.assessment import open_calls
from injections.assessment.turns import take_turns
from injections.booking.cancel import end
from injections.messages import news
from injections.models import Call
from pht_clinic.people.actors import SYSTEM
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status

DECIDE_BEFORE = timedelta(hours=2)
"""An appointment still pending this long before its start is cancelled, and the patient phoned."""


def lapse_undecided(*, now: datetime) -> int:
    """Cancel what is still pending 2 h before its start, tell the patient and put them on the call list.

    Boundary: what became pending later than that lapses at its start, a walk-in at its `decide_by`. Returns how many
    lapsed, one transaction each.
    """
    soon = Q(decide_by__isnull=True, start_at__lte=now + DECIDE_BEFORE)
    due = Appointment.objects.filter(soon | Q(decide_by__lte=now), status=Status.PENDING)
    return take_turns("lapse-undecided", due, partial(_lapse, now=now), now=now)


def lapses_at(appointment: Appointment) -> datetime:
    """When a pending appointment is cancelled for want of a decision; asked for or moved late, at its start;
    a walk-in at closing time.
    """
    if appointment.decide_by is not None:
        return appointment.decide_by
    decide_by = appointment.start_at - DECIDE_BEFORE
    since = max(appointment.pending_since or appointment.asked_at, appointment.asked_at)
    return appointment.start_at if since >= decide_by else decide_by


def _lapse(appointment_id: int, *, now: datetime) -> int:
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        if appointment.status != Status.PENDING or now < lapses_at(appointment):
            return 0
        end(appointment, "lapse", Status.CANCELLED, reason="Nobody decided in time.", by=SYSTEM, now=now)
        news.announce(News("cancelled"), appointment=appointment, by=SYSTEM, now=now)
        say = "The appointment was cancelled because it was not decided in time. Phone the patient and offer another."
        open_calls.open_call(appointment.patient, why=Call.Why.UNDECIDED, say=say, appointment=appointment, now=now)
        return 1
