"""What the clinic must not forget: undecided visits before their time. Use cases of the actor `system`."""

from __future__ import annotations

from datetime import datetime, timedelta

from injections import call_list
from injections.booking import end
from injections.models import Call
from pht_clinic.people.actors import SYSTEM
from scheduling import diary
from scheduling.lifecycle import Status
from scheduling.messages import outbox
from scheduling.models import Appointment

DECIDE_BEFORE = timedelta(hours=2)
"""An appointment still pending this long before its start is cancelled, and the patient phoned."""


def lapse_undecided(*, now: datetime) -> int:
    """Cancel what is still pending 2 h before its start, tell the patient and put them on the call list.

    Boundary: what became pending later than that lapses at its start. Returns how many lapsed, one transaction each.
    """
    due = Appointment.objects.filter(status=Status.PENDING, start_at__lte=now + DECIDE_BEFORE).order_by(
        "start_at", "pk"
    )
    return sum(_lapse(pk, now=now) for pk in list(due.values_list("pk", flat=True)))


def lapses_at(appointment: Appointment) -> datetime:
    """When a pending appointment is cancelled for want of a decision."""
    decide_by = appointment.start_at - DECIDE_BEFORE
    if appointment.pending_since is not None and appointment.pending_since >= decide_by:
        return appointment.start_at
    return decide_by


def _lapse(appointment_id: int, *, now: datetime) -> int:
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        if appointment.status != Status.PENDING or now < lapses_at(appointment):
            return 0
        end(appointment, "lapse", Status.CANCELLED, reason="Nobody decided in time.", by=SYSTEM, now=now)
        outbox.announce("cancelled", appointment=appointment, by=SYSTEM, now=now)
        say = "The appointment was cancelled because it was not decided in time. Phone the patient and offer another."
        call_list.open_call(
            appointment.patient, why=Call.Why.UNDECIDED, say=say, appointment=appointment, now=now
        )
        return 1
