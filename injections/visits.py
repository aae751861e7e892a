"""What becomes of a visit beside its booking: the patient is coming, has a new link, has been here, or it was wrong."""

from __future__ import annotations

from datetime import datetime

from injections import messages
from injections.booking import end
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.people.roles import MANAGER
from scheduling import diary, links
from scheduling.lifecycle import Status, WrongState
from scheduling.messages import outbox
from scheduling.models import Appointment


def confirm_coming(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient says that they are coming. Boundary: until the start. Raises: Missing, WrongState."""
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        if appointment.status != Status.BOOKED or appointment.start_at <= now:
            raise WrongState("This appointment cannot be confirmed any more.")
        diary.confirm_coming(appointment, by=by, now=now)
        return appointment


def replace_link(appointment_id: int, *, reason: str, by: Actor, now: datetime) -> Appointment:
    """Give the patient a new link by mail: the old one stops working, and what is queued carries the new one.

    Raises: Missing, Invalid (a reason is required).
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say why the link is replaced.")
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        diary.replace_link(appointment, by=by, now=now, reason=reason)
        links.forget_tries(appointment)
        news = {Status.BOOKED: "confirmed", Status.PENDING: "provisional"}.get(Status(appointment.status))
        if news and appointment.start_at > now:
            occasion = f"link:{appointment.link_version}"
            messages.announce(news, appointment=appointment, by=by, now=now, occasion=occasion)
        return appointment


def fulfil(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """A visit that injects nothing has taken place; one that injects is completed by its procedure.

    Raises: Missing, WrongState.
    """
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        if appointment.kind_of_visit.injects:
            raise WrongState("An injection is completed by recording its procedure.")
        if appointment.status == Status.BOOKED and appointment.start_at <= now:
            diary.change(
                appointment, "arrive", Status.ARRIVED, by=by, now=now, reason="recorded with its end"
            )
        diary.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now)
        return appointment


def enter_in_error(appointment_id: int, *, reason: str, by: Actor, now: datetime) -> Appointment:
    """Take an appointment out of the diary as a mistake; managers only.

    An injection recorded at it stays and counts until it is withdrawn itself. Raises: Forbidden, Invalid, Missing.
    """
    if by.role != MANAGER:
        raise Forbidden("Only a manager marks an appointment as entered in error.")
    if not reason.strip():
        raise Invalid.field("reason", "Say what was wrong with it.")
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        end(appointment, "enter-in-error", Status.ENTERED_IN_ERROR, reason=reason, by=by, now=now)
        outbox.withdraw(appointment, reason="entered in error", now=now)
        return appointment
