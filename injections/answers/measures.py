"""How it is before and after an injection, as the patient says it, and a VISA-H total that was scored elsewhere.

Rows are added and never changed: of what was said more than once before an injection the newest counts, field by field;
of two totals of one day and side the one recorded last. No rule judges any of it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, time
from typing import Any

from injections.assessment.fact_change import fact_about, tell, written
from injections.facts.answers import fits
from injections.models import Injection, OutcomeMeasure, RecoveryAnswer, VisaScore
from injections.models.outcome import BEFORE_WITHIN, BEST_VISA, WORST_PAIN
from injections.safety.codes import REQUEST_SIDES
from injections.safety.sites import area_of
from injections.words import LOADING_STAGES
from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.periods import wall_to_utc
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment, Patient

LONGEST_GOAL = 200
LONGEST_NAME = 200
PAINS = ("pain_sitting", "pain_walking", "pain_running", "stage_pain")
Occasion = OutcomeMeasure.Occasion
_CODES = {
    "strength": OutcomeMeasure.Strength,
    "change": RecoveryAnswer.Change,
    "goal_reached": OutcomeMeasure.GoalReached,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """What a patient says; None or "" where nothing was said. Pain 0–10; `stage` 1–4, 0 without a programme."""

    pain_sitting: int | None = None
    pain_walking: int | None = None
    pain_running: int | None = None
    strength: str = ""
    change: str = ""
    goal: str = ""
    goal_reached: str = ""
    stage: int | None = None
    stage_pain: int | None = None

    @property
    def says_anything(self) -> bool:
        return any(value not in (None, "") for value in asdict(self).values())


NOTHING_SAID = Measure()


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidOf:
    """Of which area and side it is said, "" for every or both; `appointment` is the visit that it is about."""

    area: str = ""
    side: str = ""
    appointment: Appointment | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisaTotal:
    """A VISA-H total from 0 to 100 and the local day it was scored on; `side` "" is both legs."""

    total: int
    scored_on: date
    side: str = ""
    scored_by: str = ""


def said_at(day: date, *, now: datetime) -> datetime:
    """When what was said on a local day counts as said: of today now; of an earlier day its first moment, so that what
    was said later on it stands.
    """
    if day == clock.local_date(now):
        return now
    return wall_to_utc(day, time.min, clock.zone(), fold=0)


def measure_problems(measure: Measure) -> list[FieldError]:
    """Every problem of it, at its field."""
    problems = [
        FieldError(f"#/{name}", f"Choose a number from 0 to {WORST_PAIN}.")
        for name in PAINS
        if (pain := getattr(measure, name)) is not None and pain not in range(WORST_PAIN + 1)
    ]
    for name, known in _CODES.items():
        if (said := getattr(measure, name)) and said not in known.values:
            problems.append(FieldError(f"#/{name}", f"Choose one of {', '.join(known.values)}."))
    if measure.stage is not None and measure.stage not in (0, *LOADING_STAGES):
        problems.append(FieldError("#/stage", "Choose a stage from 1 to 4, or none."))
    elif measure.stage_pain is not None and not measure.stage:
        problems.append(FieldError("#/stage", "Say which stage of the programme this pain belongs to."))
    if len(measure.goal.strip()) > LONGEST_GOAL:
        problems.append(FieldError("#/goal", f"Say it in one sentence of at most {LONGEST_GOAL} characters."))
    return problems


def keep_measure(
    patient: Patient,
    measure: Measure,
    place: SaidOf,
    *,
    occasion: str,
    said: tuple[datetime, str],
    by: Actor,
    now: datetime,
) -> OutcomeMeasure | None:
    """Store it in the caller's transaction, the patient locked; None of one that says nothing.

    `said`: when it was said, and by whom. Raises: Invalid (every field).
    """
    if problems := measure_problems(measure):
        raise Invalid(problems)
    if not measure.says_anything:
        return None
    values: dict[str, Any] = asdict(measure) | {"goal": " ".join(measure.goal.split())}
    row = OutcomeMeasure.objects.create(
        patient=patient,
        area=place.area,
        side=place.side,
        appointment=place.appointment,
        occasion=occasion,
        answered_at=said[0],
        answered_by=said[1],
        **values,
        **written(by=by, now=now),
    )
    tell(row, "outcome-recorded", patient, by=by, now=now, detail={"occasion": occasion})
    return row


def place_of_visit(appointment: Appointment) -> SaidOf:
    """Of what was given at a visit; of several places none by itself."""
    given = Injection.objects.given().filter(appointment=appointment).values_list("site", "side")
    places = {(area_of(site) or "", side) for site, side in given}
    area, side = places.pop() if len(places) == 1 else ("", "")
    return SaidOf(area=area, side=side, appointment=appointment)


def goal_before(appointment: Appointment) -> str:
    """What the patient named last before the injection of this visit as their goal, "" where they named none."""
    place = place_of_visit(appointment)
    rows = OutcomeMeasure.objects.of_patient(appointment.patient_id).filter(occasion=Occasion.BEFORE).exclude(goal="")
    since = appointment.start_at - BEFORE_WITHIN
    said = [row for row in rows.filter(answered_at__gte=since) if fits(row, place.area or None, place.side or None)]
    return said[-1].goal if said else ""


def record_visa(patient_id: int, score: VisaTotal, *, by: Actor, now: datetime) -> VisaScore:
    """Store a total that somebody else scored. Boundary: 0 and 100, and today, are taken.

    Raises: Forbidden, Missing, Conflict, Invalid (every field).
    """
    check_permitted("record-outcome", by)
    with fact_about(patient_id) as patient:
        if problems := visa_problems(score, patient, today=clock.local_date(now)):
            raise Invalid(problems)
        return keep_visa(patient, score, by=by, now=now)


def keep_visa(patient: Patient, score: VisaTotal, *, by: Actor, now: datetime) -> VisaScore:
    """Store a total that `visa_problems` has nothing against, in the caller's transaction, the patient locked."""
    row = VisaScore.objects.create(
        patient=patient,
        side=score.side,
        total=score.total,
        scored_on=score.scored_on,
        scored_by=score.scored_by.strip(),
        **written(by=by, now=now),
    )
    tell(row, "visa-recorded", patient, by=by, now=now)
    return row


def visa_problems(score: VisaTotal, patient: Patient, *, today: date) -> list[FieldError]:
    """Every problem of it, at its field; `today` is the clinic-local day."""
    problems = []
    if score.total not in range(BEST_VISA + 1):
        problems.append(FieldError("#/total", f"Give a total from 0 to {BEST_VISA}."))
    if score.scored_on > today:
        problems.append(FieldError("#/scored_on", "The day is in the future."))
    elif score.scored_on < patient.date_of_birth:
        problems.append(FieldError("#/scored_on", "That is before the patient was born."))
    if score.side and score.side not in REQUEST_SIDES:
        problems.append(FieldError("#/side", f"Choose one of {', '.join(REQUEST_SIDES)}."))
    if len(score.scored_by.strip()) > LONGEST_NAME:
        problems.append(FieldError("#/scored_by", f"Write at most {LONGEST_NAME} characters."))
    return problems
