"""Cancelling an appointment, and taking one out of the diary for any other reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from injections.assessment import reassess
from injections.booking.may import check_may_cancel
from injections.booking.propose import propose_cancel
from injections.messages.news import announce
from injections.visit_kinds import KINDS
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import check_revision, lock_appointment, use_case
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status


def cancel(
    appointment_id: int,
    *,
    reason: str,
    revision: int | None = None,
    tell_patient: bool = True,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Cancel an appointment that is pending or booked; its time is free at once.

    Raises: Missing, Invalid (a reason is required), StaleRevision, those of check_may_cancel.
    """
    if not reason.strip():
        raise Invalid.field("reason", "Say why it is cancelled.")
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_revision(appointment, revision)
        check_may_cancel(appointment, by=by, now=now)
        news = propose_cancel(appointment).news
        end(appointment, "cancel", Status.CANCELLED, reason=reason, by=by, now=now)
        announce(News(news, tell_patient=tell_patient), appointment=appointment, by=by, now=now)
        return appointment


def end(appointment: Appointment, verb: str, status: Status, *, reason: str, by: Actor, now: datetime) -> None:
    """Take a locked appointment out of the diary and judge the patient's other bookings again without it."""
    writing.change(appointment, verb, status, by=by, now=now, reason=reason)
    if KINDS[appointment.kind].needs_check:
        reassess.patients([appointment.patient], occasion=verb, by=by, now=now)


def end_for_good(visits: Iterable[Appointment], verb: str, *, reason: str, by: Actor, now: datetime) -> None:
    """Take all that a locked patient has to come out of the diary; nobody is told, and nothing is left to be judged."""
    for visit in visits:
        writing.change(visit, verb, Status.CANCELLED, by=by, now=now, reason=reason)
