"""Cancelling an appointment, and taking one out of the diary for any other reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from injections.assessment import reassess
from injections.assessment.calls_of_consent import VISIT_IS_OFF, close_calls_of_consent
from injections.booking.may import check_may_cancel
from injections.booking.propose import propose_cancel
from injections.messages.news import announce
from injections.visit_kinds import KINDS
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from scheduling.diary import writing
from scheduling.diary.locks import check_revision, lock_appointment, use_case
from scheduling.diary.why_cancelled import CLINIC, CODES, PATIENT, WHO, Said
from scheduling.messages.drafts import News
from scheduling.models import Appointment
from scheduling.states import Status


@dataclass(frozen=True, slots=True)
class Why:
    """Why a visit is cancelled: in words, and who cancelled and why as codes of `why_cancelled`, "" where nobody said.
    What the code says by itself needs no words; that it is the clinic's own also says who.
    """

    words: str
    by: str = ""
    code: str = ""

    @property
    def said(self) -> Said:
        return Said(self.by or (CLINIC if self.code == CLINIC else ""), self.code)

    @property
    def text(self) -> str:
        """In words: what somebody wrote, else what the code says."""
        return self.words.strip() or self.said.words

    @property
    def is_patients(self) -> bool:
        """Whether it was the patient who cancelled, on the phone or here."""
        return self.by == PATIENT


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
    Raises: Missing, Invalid (a reason is required, and codes that there are), StaleRevision, those of check_may_cancel.
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
    """Raise Invalid unless it says why, by codes that there are if by any."""
    problems = []
    if not why.text:
        problems.append(FieldError("#/reason", "Say why it is cancelled."))
    if why.by and why.by not in WHO:
        problems.append(FieldError("#/by", f"Choose one of {', '.join(WHO)}."))
    if why.code and why.code not in CODES:
        problems.append(FieldError("#/reason_code", f"Choose one of {', '.join(CODES)}."))
    if (why.by, why.code) == (PATIENT, CLINIC):
        problems.append(
            FieldError("#/reason_code", "This reason is for when the clinic cancels, but the patient is cancelling.")
        )
    if problems:
        raise Invalid(problems)


def end(appointment: Appointment, verb: str, status: Status, *, reason: str | Why, by: Actor, now: datetime) -> None:
    """Take a locked appointment out of the diary and judge the patient's other bookings again without it."""
    why = reason if isinstance(reason, Why) else Why(reason)
    writing.change(appointment, verb, status, by=by, now=now, reason=why.text, said=why.said)
    close_calls_of_consent([appointment], said=VISIT_IS_OFF, by=by, now=now)
    if KINDS[appointment.kind].needs_check:
        reassess.patients([appointment.patient], occasion=verb, by=by, now=now)


def end_each(visits: Sequence[Appointment], *, reason: Why, by: Actor, now: datetime) -> None:
    """Cancel several locked appointments of one patient, whose other bookings are judged again once, without them."""
    for visit in visits:
        writing.change(visit, "cancel", Status.CANCELLED, by=by, now=now, reason=reason.text, said=reason.said)
    close_calls_of_consent(visits, said=VISIT_IS_OFF, by=by, now=now)
    if any(KINDS[visit.kind].needs_check for visit in visits):
        reassess.patients([visits[0].patient], occasion="cancel", by=by, now=now)


def end_for_good(visits: Iterable[Appointment], verb: str, *, reason: str, by: Actor, now: datetime) -> None:
    """Take all that a locked patient has to come out of the diary; nobody is told, and nothing is left to be judged."""
    for visit in visits:
        writing.change(visit, verb, Status.CANCELLED, by=by, now=now, reason=reason)
