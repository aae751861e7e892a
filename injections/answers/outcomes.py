"""Outcomes as programs record and read them: what a patient says of an area and side on one day, and a VISA-H total.

Rows are added and never changed; no rule judges any of it, and nobody is phoned because of it: whoever records it has
spoken to the patient.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime

from injections.answers.measures import (
    NOTHING_SAID,
    Measure,
    Occasion,
    SaidOf,
    VisaTotal,
    keep_measure,
    keep_visa,
    measure_problems,
    said_at,
    visa_problems,
)
from injections.assessment.fact_change import fact_about
from injections.models import Injection, OutcomeMeasure, VisaScore
from injections.safety.sites import AREAS
from injections.words import GIVERS
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment, Patient

_NAMES = {"#/total": "#/visa_h", "#/scored_on": "#/on"}
"""What a total on its own calls otherwise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOutcome:
    """What is recorded at once. `on` is the local day on which it was said or scored, None for today.

    `occasion` is before an injection, or one of the questions after it, which names its visit. `area` "" is every area,
    `side` "" both legs; a VISA-H total has a side alone.
    """

    measure: Measure = NOTHING_SAID
    visa_h: int | None = None
    scored_by: str = ""
    area: str = ""
    side: str = ""
    occasion: str = Occasion.BEFORE
    appointment: int | None = None
    on: date | None = None
    answered_by: str = "patient"


@dataclass(frozen=True, slots=True)
class KeptOutcome:
    """What is stored of one outcome: what was said, a total, or both where they were recorded at once.

    `on` is the local day of which it speaks.
    """

    on: date
    measure: OutcomeMeasure | None = None
    visa: VisaScore | None = None

    @property
    def row(self) -> OutcomeMeasure | VisaScore:
        """The one of the two that is there."""
        row = self.measure or self.visa
        assert row is not None  # noqa: S101 - nothing is kept of what says nothing
        return row

    @property
    def key(self) -> str:
        """Names it among all outcomes."""
        return f"{'said' if self.measure else 'visa'}-{self.row.pk}"


def record_outcome(patient_id: int, outcome: SaidOutcome, *, by: Actor, now: datetime) -> KeptOutcome:
    """Store what was said and scored. Boundary: today is taken, no later day.

    Raises: Forbidden, Missing, Conflict (the record was merged), Invalid (every field; nothing was said).
    """
    check_permitted("record-outcome", by)
    with fact_about(patient_id) as patient:
        day = outcome.on or clock.local_date(now)
        if problems := list(_problems(outcome, patient, day, today=clock.local_date(now))):
            raise Invalid(problems)
        place = SaidOf(area=outcome.area, side=outcome.side, appointment=_visit(outcome, patient))
        said = said_at(day, now=now), outcome.answered_by
        row = keep_measure(patient, outcome.measure, place, occasion=outcome.occasion, said=said, by=by, now=now)
        total = _total(outcome, day)
        return KeptOutcome(day, row, keep_visa(patient, total, by=by, now=now) if total else None)


def outcomes_of(patient: Patient) -> list[KeptOutcome]:
    """Everything that was said and scored of a patient, and of records merged into this one, the newest day first, of
    one day what was recorded last. Two queries.
    """
    measures, totals = OutcomeMeasure.objects.of_patient(patient.pk), VisaScore.objects.of_patient(patient.pk)
    return sorted(together(measures, totals), key=lambda one: (one.on, one.row.recorded_at, one.row.pk), reverse=True)


def together(measures: Iterable[OutcomeMeasure], totals: Iterable[VisaScore]) -> list[KeptOutcome]:
    """What was said, each with the total that was recorded at once, and then the totals that stand by themselves."""
    scored = {_at_once(row, row.scored_on): row for row in totals}
    found = []
    for row in measures:
        day = clock.local_date(row.answered_at)
        found.append(KeptOutcome(day, row, scored.pop(_at_once(row, day), None)))
    return [*found, *(KeptOutcome(row.scored_on, visa=row) for row in scored.values())]


def _at_once(row: OutcomeMeasure | VisaScore, day: date) -> tuple[object, ...]:
    """What two rows have in common that were recorded by one act."""
    return day, row.side, row.recorded_at, row.recorded_by_id, row.patient_id


def _total(outcome: SaidOutcome, day: date) -> VisaTotal | None:
    if outcome.visa_h is None:
        return None
    return VisaTotal(total=outcome.visa_h, scored_on=day, side=outcome.side, scored_by=outcome.scored_by)


def _problems(outcome: SaidOutcome, patient: Patient, day: date, *, today: date) -> Iterator[FieldError]:
    yield from measure_problems(outcome.measure)
    yield from _problems_of_occasion(outcome, patient)
    # of a day and a side it is said of what was scored on it, whether or not anything was
    total = _total(outcome, day) or VisaTotal(total=0, scored_on=day, side=outcome.side)
    for problem in visa_problems(total, patient, today=today):
        yield FieldError(_NAMES.get(problem.pointer, problem.pointer), problem.detail)
    if outcome.area and outcome.area not in AREAS:
        yield FieldError("#/area", f"Choose one of {', '.join(AREAS)}.")
    if outcome.answered_by not in GIVERS:
        yield FieldError("#/answered_by", f"Choose one of {', '.join(GIVERS)}.")
    if outcome.visa_h is None and not outcome.measure.says_anything:
        yield FieldError("#/pain_sitting", "Give at least one answer, or a VISA-H total.")


def _problems_of_occasion(outcome: SaidOutcome, patient: Patient) -> Iterator[FieldError]:
    """Of what is said before an injection, and after one that was given here."""
    if outcome.occasion not in Occasion.values:
        yield FieldError("#/occasion", f"Choose one of {', '.join(Occasion.values)}.")
    elif outcome.occasion != Occasion.BEFORE and _visit(outcome, patient) is None:
        yield FieldError("#/appointment", "Name the visit of this patient at which the injection was given.")
    elif outcome.occasion == Occasion.BEFORE and outcome.appointment is not None:
        yield FieldError("#/appointment", "An answer given before an injection does not belong to a visit.")
    if outcome.occasion == Occasion.BEFORE and outcome.measure.change:
        yield FieldError("#/change", "Better or worse than before can only be said after an injection.")


def _visit(outcome: SaidOutcome, patient: Patient) -> Appointment | None:
    """The visit that it names, where something was given to this patient at it."""
    if outcome.appointment is None or outcome.occasion == Occasion.BEFORE:
        return None
    given = Injection.objects.given().of_patient(patient.pk).filter(appointment=outcome.appointment)
    found = given.select_related("appointment").first()
    return found.appointment if found else None
