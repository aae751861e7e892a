"""The patient is here, or did not come."""

from __future__ import annotations

from datetime import datetime

from injections.booking.cancel import end
from injections.messages.news import announce
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling import states
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages import outbox
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status, WrongState


def check_may_arrive(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongState unless the patient can be marked as here, on whatever day."""
    check_permitted("arrive", by)
    states.check_transition("arrive", appointment.status, Status.ARRIVED)


def check_may_miss(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongState unless it can be marked as missed. Boundary: from the start on."""
    check_permitted("no-show", by)
    states.check_can("no-show", appointment.status)
    if now < appointment.start_at:
        raise WrongState("An appointment can be missed only after its start.")


def arrive(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient is here. Raises: Forbidden, Missing, WrongState."""
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_arrive(appointment, by=by, now=now)
        writing.change(appointment, "arrive", Status.ARRIVED, by=by, now=now)
        outbox.withdraw(appointment, reason="the patient has arrived", now=now)
        return appointment


def no_show(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient did not come. Raises: Forbidden, Missing, WrongState."""
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_miss(appointment, by=by, now=now)
        end(appointment, "no-show", Status.NOSHOW, reason="", by=by, now=now)
        announce(News("missed"), appointment=appointment, by=by, now=now)
        return appointment
