"""Cancelling an appointment, and taking one out of the diary for any other reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from injections.assessment import reassess
from injections.booking.may import check_may_cancel
from injections.booking.propose import propose_cancel
from injections.messages.news import announce
from injections.visit_kinds import KINDS
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import check_revision, lock_appointment, use_case
from scheduling.diary.why_cancelled import BY_PATIENT, REASONS
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status


@dataclass(frozen=True, slots=True)
class Why:
    """Why a visit is cancelled: in words, and as a code of `REASONS` where somebody said one ("" where not)."""

    words: str
    code: str = ""

    @property
    def is_patients(self) -> bool:
        """Whether it was the patient who cancelled, on the phone or here."""
        return self.code in BY_PATIENT


def cancel(
    appointment_id: int,
    *,
    reason: str | Why,
    revision: int | None = None,
    tell_patient: bool = True,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Cancel an appointment that is pending or booked; its time is free at once.

    Whoever cancelled is said in what the patient is told: "as you asked" where it was they.
    Raises: Missing, Invalid (a reason is required, and a code that there is), StaleRevision, those of check_may_cancel.
    """
    why = reason if isinstance(reason, Why) else Why(reason)
    check_why(why)
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        check_revision(appointment, revision)
        cancel_locked(appointment, why, tell_patient=tell_patient, by=by, now=now)
        return appointment


def cancel_locked(appointment: Appointment, why: Why, *, tell_patient: bool, by: Actor, now: datetime) -> None:
    """Cancel a locked appointment for a reason that was checked. Raises: those of check_may_cancel."""
    check_may_cancel(appointment, by=by, now=now)
    news = propose_cancel(appointment).news
    end(appointment, "cancel", Status.CANCELLED, reason=why, by=by, now=now)
    told = News(news, tell_patient=tell_patient, by_patient=why.is_patients)
    announce(told, appointment=appointment, by=by, now=now)


def check_why(why: Why) -> None:
    """Raise Invalid unless it says why, by a code that there is if by any."""
    problems = []
    if not why.words.strip():
        problems.append(FieldError("#/reason", "Say why it is cancelled."))
    if why.code and why.code not in REASONS:
        problems.append(FieldError("#/reason_code", f"Choose one of {', '.join(REASONS)}."))
    if problems:
        raise Invalid(problems)


def end(appointment: Appointment, verb: str, status: Status, *, reason: str | Why, by: Actor, now: datetime) -> None:
    """Take a locked appointment out of the diary and judge the patient's other bookings again without it."""
    why = reason if isinstance(reason, Why) else Why(reason)
    writing.change(appointment, verb, status, by=by, now=now, reason=why.words, reason_code=why.code)
    if KINDS[appointment.kind].needs_check:
        reassess.patients([appointment.patient], occasion=verb, by=by, now=now)


def end_for_good(visits: Iterable[Appointment], verb: str, *, reason: str, by: Actor, now: datetime) -> None:
    """Take all that a locked patient has to come out of the diary; nobody is told, and nothing is left to be judged."""
    for visit in visits:
        writing.change(visit, verb, Status.CANCELLED, by=by, now=now, reason=reason)
