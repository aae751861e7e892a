"""What became of a visit: it has taken place, or was a mistake."""

from __future__ import annotations

from datetime import datetime

from injections.booking.cancel import end
from injections.visit_kinds import KINDS
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.people.roles import MANAGER
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import outbox
from scheduling.models import Appointment
from scheduling.states import Status, WrongState


def fulfil(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """A visit that injects nothing has taken place; one that injects is completed by its procedure.

    Raises: Missing, WrongState.
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        if KINDS[appointment.kind].injects:
            raise WrongState("An injection is completed by recording its procedure.")
        if appointment.status == Status.BOOKED and appointment.start_at <= now:
            writing.change(appointment, "arrive", Status.ARRIVED, by=by, now=now, reason="recorded with its end")
        writing.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now)
        return appointment


def enter_in_error(appointment_id: int, *, reason: str, by: Actor, now: datetime) -> Appointment:
    """Take an appointment out of the diary as a mistake; managers only.

    An injection recorded at it stays and counts until it is withdrawn itself. Raises: Forbidden, Invalid, Missing.
    """
    if by.role != MANAGER:
        raise Forbidden("Only a manager marks an appointment as entered in error.")
    if not reason.strip():
        raise Invalid.field("reason", "Say what was wrong with it.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        end(appointment, "enter-in-error", Status.ENTERED_IN_ERROR, reason=reason, by=by, now=now)
        outbox.withdraw(appointment, reason="entered in error", now=now)
        return appointment
