"""What a patient does by their link: the same use cases as at the desk, within what a patient may do alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from injections.answers.alarms import calls_from
from injections.answers.earlier import NOTHING_TOLD, ToldInjections, record_told
from injections.answers.measures import NOTHING_SAID, Measure, Occasion, SaidOf, keep_measure
from injections.answers.screening import answer_screening
from injections.assessment.fact_change import fact_about
from injections.booking.cancel import Why
from injections.booking.cancel import cancel as cancel_booking
from injections.booking.may import check_may_cancel
from injections.facts.history import requests_of
from injections.messages import news
from injections.models import Injection
from injections.safety.questions import QUESTIONS
from injections.safety.sites import BOTH
from injections.visit.own_link import confirm_coming
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.audit.record import record as audit
from pht_clinic.errors import why_not
from pht_clinic.people.actors import PATIENT
from scheduling.diary import why_cancelled
from scheduling.models import Appointment
from scheduling.patients.link import Link, is_date_of_birth
from scheduling.states import WAITING_OR_BOOKED, Status


@dataclass(frozen=True, slots=True)
class AfterAnswers:
    """What came of a patient's answers. `alarms` are the ☎ rules that they fire."""

    alarms: frozenset[str]
    open_questions: int
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAnswers:
    """What a patient sends: `by` says whether they or their carer gave the answers, `earlier` which injections were
    told of with a yes to them, `measure` how it is now.
    """

    screening: Mapping[str, Any]
    by: str = "patient"
    earlier: ToldInjections = NOTHING_TOLD
    measure: Measure = NOTHING_SAID


def may_cancel(appointment: Appointment, *, now: datetime) -> bool:
    """Whether its patient may cancel it by link."""
    return not why_not(check_may_cancel, appointment, by=PATIENT, now=now)


def is_here(appointment: Appointment, *, now: datetime) -> bool:
    """Whether its patient is with us. Boundary: on the visit's local day; an arrival of which nobody said more on a
    later one tells nothing.
    """
    is_today = clock.local_date(appointment.start_at) == clock.local_date(now)
    return appointment.status == Status.ARRIVED and is_today


def may_have_been_treated(appointment: Appointment, *, now: datetime) -> bool:
    """Whether its patient has to know what to look out for: from the start on, or from the arrival where that is
    earlier, whatever was recorded. Of one that was cancelled, missed or entered in error only where an injection is on
    record all the same. Hazard H16.
    """
    if appointment.status in (Status.CANCELLED, Status.NOSHOW, Status.ENTERED_IN_ERROR, Status.FULFILLED):
        was_given = Injection.objects.given().filter(appointment=appointment).exists()
        return was_given or (appointment.status == Status.FULFILLED and KINDS[appointment.kind].injects)
    has_begun = appointment.status == Status.ARRIVED or appointment.start_at <= now
    return has_begun and KINDS[appointment.kind].injects


def confirm(appointment: Appointment, *, now: datetime) -> Appointment:
    """The patient is coming. Raises: WrongState."""
    return confirm_coming(appointment.pk, by=PATIENT, now=now)


def cancel(appointment: Appointment, *, reason: str, revision: int, now: datetime) -> Appointment:
    """Cancel with enough notice. Raises: TooLate, StaleRevision."""
    told = " ".join(reason.split())
    why = f"By the patient: {told}" if told else "By the patient."
    return cancel_booking(
        appointment.pk,
        reason=Why(why, why_cancelled.PATIENT, why_cancelled.OTHER),
        revision=revision,
        by=PATIENT,
        now=now,
    )


def answer(
    appointment: Appointment, patient_id: int, said: OwnAnswers, *, about: int = 0, now: datetime
) -> AfterAnswers:
    """Store the patient's answers for an area and side of this visit; it may be booked by them at once.

    `about` is the number, from 0, of that area among the `places` of the visit.
    Raises: Missing, Invalid, Resembles (an injection that may be recorded already, of which nobody was asked yet).
    """
    area, side = appointment.injection_request.places[about]
    place: dict[str, Any] = {"area": area, "side": side, "answered_by": said.by}
    with fact_about(patient_id) as patient:
        answer_screening(patient_id, screening=said.screening, **place, by=PATIENT, now=now)
        record_told(patient_id, said.earlier, by=PATIENT, now=now)
        where = SaidOf(area=area, side="" if side == BOTH else side, appointment=appointment)
        when = (now, said.by)
        keep_measure(patient, said.measure, where, occasion=Occasion.BEFORE, said=when, by=PATIENT, now=now)
    appointment.refresh_from_db(fields=["status"])
    return AfterAnswers(alarms(appointment, said.screening), open_questions(said.screening), appointment.status)


def alarms(appointment: Appointment, screening: Mapping[str, Any]) -> frozenset[str]:
    """The ☎ rules that these answers alone fire for this visit. Reads nothing but the appointment."""
    found = calls_from(screening, requests_of(appointment), born_on=appointment.patient.date_of_birth)
    return frozenset(finding.rule for finding in found)


def open_questions(screening: Mapping[str, Any]) -> int:
    """How many questions have no answer at all; "not sure" is an answer."""
    answers = screening.get("answers", {})
    return sum(not answers.get(code) for code in QUESTIONS)


def needs_answers(appointment: Appointment) -> bool:
    """Whether the questions about this visit are to be answered: never yet, in part, or too long before it."""
    known = news.present_answers(appointment)
    return any(open_questions(one.content()) for one in known) or news.answers_grow_stale(appointment)


def others_to_come(link: Link, *, now: datetime) -> list[Appointment]:
    """What else their patient has to come, that waits or is booked, on whichever of their records; in order of time.
    One query.
    """
    rows = Appointment.objects.of_patient(link.patient.pk).filter(status__in=WAITING_OR_BOOKED, start_at__gt=now)
    rows = rows.exclude(pk=link.appointment.pk).select_related("practitioner")
    return list(rows.order_by("start_at", "pk"))


def unlock(link: Link, born_on: date, *, now: datetime) -> bool | None:
    """Whether whoever follows the link knows the date of birth; None when it was tried too often. Audited."""
    is_right = is_date_of_birth(link, born_on)
    verb = {True: "patient-link-opened", False: "patient-link-refused", None: "patient-link-closed"}[is_right]
    subject = f"appointment:{link.appointment.pk}"
    audit(verb, by=PATIENT, now=now, patients=[link.patient.pk], subject=subject)
    return is_right
