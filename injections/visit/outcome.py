"""What became of a visit: it has taken place, or was a mistake."""

from __future__ import annotations

from datetime import datetime

from injections.booking.cancel import end
from injections.messages.news import announce
from injections.visit_kinds import KINDS
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import outbox
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status, WrongState, check_transition


def check_may_fulfil(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongState unless it can be completed; what is booked only from its start on."""
    check_permitted("fulfil", by)
    if KINDS[appointment.kind].injects:
        raise WrongState("An injection is completed by recording its procedure.")
    if not _comes_with_its_arrival(appointment, now=now):
        check_transition("fulfil", appointment.status, Status.FULFILLED)


def check_may_enter_in_error(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongState unless it can be taken out of the diary as a mistake, however long ago it was."""
    check_permitted("enter-in-error", by)
    check_transition("enter-in-error", appointment.status, Status.ENTERED_IN_ERROR)


def fulfil(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """A visit that injects nothing has taken place; one that injects is completed by its procedure.

    Raises: Forbidden, Missing, WrongState.
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_fulfil(appointment, by=by, now=now)
        if _comes_with_its_arrival(appointment, now=now):
            writing.change(appointment, "arrive", Status.ARRIVED, by=by, now=now, reason="recorded with its end")
        writing.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now)
        return appointment


def enter_in_error(appointment_id: int, *, reason: str, by: Actor, now: datetime) -> Appointment:
    """Take an appointment out of the diary as a mistake; managers only.

    An injection recorded at it stays and counts until it is withdrawn itself. What the patient was told of a time to
    come is taken back.
    Raises: Forbidden, Invalid, Missing, WrongState.
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say what was wrong with it.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_enter_in_error(appointment, by=by, now=now)
        end(appointment, "enter-in-error", Status.ENTERED_IN_ERROR, reason=reason, by=by, now=now)
        outbox.withdraw(appointment, reason="entered in error", now=now)
        if appointment.start_at > now:
            announce(News("cancelled"), appointment=appointment, by=by, now=now)
        return appointment


def _comes_with_its_arrival(appointment: Appointment, *, now: datetime) -> bool:
    """Whether nobody said that the patient had come, who must have."""
    return appointment.status == Status.BOOKED and appointment.start_at <= now
