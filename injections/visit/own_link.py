"""The patient's own link of a visit: they say that they are coming, get a new link, or have one opened again."""

from __future__ import annotations

from datetime import datetime

from injections.messages.news import announce
from pht_clinic.audit.record import record as audit
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import writing
from scheduling.diary.locks import lock_appointment, use_case
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.patients import link
from scheduling.patients.death import check_alive
from scheduling.states import Status, WrongState


def check_may_confirm_coming(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongState unless the patient can say that they come. Boundary: until the start."""
    check_permitted("confirm-coming", by)
    if appointment.status != Status.BOOKED or appointment.start_at <= now or appointment.patient.has_died:
        raise WrongState("This appointment can no longer be confirmed.")


def check_may_replace_link(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden, or HasDied, unless this person may replace it; there is no state in which a link must stay as
    it is.
    """
    check_permitted("replace-link", by)
    check_alive(appointment.patient)


def check_may_open_link(appointment: Appointment, *, by: Actor) -> None:
    """Raise Forbidden, HasDied, or WrongState unless wrong dates of birth closed it."""
    check_permitted("open-link", by)
    check_alive(appointment.patient)
    if not link.closed_links().filter(pk=appointment.pk).exists():
        raise WrongState("This link is not closed after wrong dates of birth. It opens with the right one.")


def open_link(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """A link that wrong dates of birth closed opens again, with as many tries as at first; it stays the same link.

    Raises: Forbidden, Missing, HasDied, WrongState (it is not closed).
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_open_link(appointment, by=by)
        link.forget_tries(appointment)
        subject = f"appointment:{appointment.pk}"
        audit("patient-link-reopened", by=by, now=now, patients=[appointment.patient_id], subject=subject)
        return appointment


def confirm_coming(appointment_id: int, *, by: Actor, now: datetime) -> Appointment:
    """The patient says that they are coming. Raises: Forbidden, Missing, WrongState."""
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_confirm_coming(appointment, by=by, now=now)
        writing.confirm_coming(appointment, by=by, now=now)
        return appointment


def replace_link(appointment_id: int, *, reason: str, by: Actor, now: datetime) -> Appointment:
    """Give the patient a new link by mail: the old one stops working, and what is queued carries the new one.

    Raises: Forbidden, Missing, Invalid (a reason is required).
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say why the link is replaced.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_may_replace_link(appointment, by=by, now=now)
        writing.replace_link(appointment, by=by, now=now, reason=reason)
        link.forget_tries(appointment)
        news = {Status.BOOKED: "confirmed", Status.PENDING: "provisional"}.get(Status(appointment.status))
        if news and appointment.start_at > now:
            told = News(news, occasion=f"link:{appointment.link_version}", is_asked=True)
            announce(told, appointment=appointment, by=by, now=now)
        return appointment
