"""The timeline as a page shows it: drawn, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from injections.assessment.alerts import alerts_on_page
from injections.assessment.visits import Visit, appointments, with_assessments
from injections.facts.answers import KnownAnswers, known_answers
from injections.facts.history import History
from injections.facts.patient_rows import DECISIONS_OF_PATIENT, STANDING_DEATH, Part, Records
from injections.models import (
    AllergyIntolerance,
    ByAreaAndSide,
    Call,
    ClinicalLetter,
    Condition,
    Decision,
    ImagingReport,
    Injection,
    Note,
    OutcomeMeasure,
    Pathway,
    PlannedActivity,
    RecoveryAnswer,
    Screening,
    VisaScore,
    WaitingWish,
)
from injections.patient.late_and_missed import with_cancellation
from injections.timeline.before_after import BeforeAfter, before_and_after, visa_scores
from injections.timeline.lanes import FELL_THROUGH
from injections.timeline.whole import Timeline, timeline_of
from injections.visit_kinds import INJECTING
from pht_clinic.people.actors import Actor
from scheduling.models import Death, Practitioner
from scheduling.patients.link import with_closed
from scheduling.states import HOLDING


def shown_of_record(history: History, recorded: PatientRecord, *, by: Actor) -> Mapping[str, Any]:
    """The timeline and the alerts of what a patient's page has read already; fills the empty `history` with it."""
    history.screenings, history.decisions = recorded.screenings, recorded.decisions
    history.allergies = [row for row in recorded.allergies if row.stands]
    history.conditions = [row for row in recorded.conditions if row.stands]
    history.notes, history.deaths = recorded.notes, recorded.deaths
    return {
        "timeline": _timeline_of_record(history, recorded),
        **_before_after(recorded),
        **alerts_on_page(history, by=by),
    }


def _before_after(recorded: PatientRecord) -> Mapping[str, Any]:
    """How it was before and is after each injection, and scores from elsewhere."""
    current = [row for row in recorded.injections if row.stands]
    told: list[BeforeAfter] = before_and_after(current, recorded.measures, recorded.recovery)
    return {"before_after": told, "visa": visa_scores(recorded.visa)}


def _timeline_of_record(history: History, recorded: PatientRecord) -> Timeline:
    current = [row for row in recorded.injections if row.stands]
    visits = [visit.appointment for visit in recorded.visits if visit.appointment.kind in INJECTING]
    history.injections = sorted(current, key=lambda row: row.pk)
    history.measures, history.recovery = recorded.measures, recorded.recovery
    history.visits = [visit for visit in visits if visit.status in HOLDING]
    return timeline_of(history, fell_through=[visit for visit in visits if visit.status in FELL_THROUGH])


ByArea = TypeVar("ByArea", bound=ByAreaAndSide)


@dataclass(slots=True)
class PatientRecord:
    """What is recorded of one patient, newest first; merged records count in."""

    visits: list[Visit] = field(default_factory=list)
    injections: list[Injection] = field(default_factory=list)
    screenings: list[Screening] = field(default_factory=list)
    answers: list[PlacedAnswers] = field(default_factory=list)
    pathways: list[Pathway] = field(default_factory=list)
    pathway_versions: list[Pathway] = field(default_factory=list)
    reports: list[ImagingReport] = field(default_factory=list)
    activities: list[PlannedActivity] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    recovery: list[RecoveryAnswer] = field(default_factory=list)
    measures: list[OutcomeMeasure] = field(default_factory=list)
    visa: list[VisaScore] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    allergies: list[AllergyIntolerance] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    clinical_letters: list[ClinicalLetter] = field(default_factory=list)
    wishes: list[WaitingWish] = field(default_factory=list)

    @property
    def open_calls(self) -> list[Call]:
        return [call for call in self.calls if call.closed_at is None]

    def coming(self, now: datetime) -> list[Visit]:
        """Visits to come that hold their time, soonest first."""
        found = [one for one in self.visits if one.appointment.end_at > now and one.appointment.status in HOLDING]
        return found[::-1]


_WHOM = (
    f"(SELECT to_jsonb(whom) FROM {Practitioner._meta.db_table} AS whom"  # noqa: S608 - nothing but the table's own name
    " WHERE whom.id = row.practitioner_id)"
)
_RECORDED = Records(
    injections=Part(Injection, who=("recorded_by",)),
    screenings=Part(Screening, who=("recorded_by",)),
    pathways=Part(Pathway, who=("recorded_by",)),
    reports=Part(ImagingReport, who=("recorded_by",)),
    activities=Part(PlannedActivity, where="row.withdrawn_at IS NULL"),
    recovery=Part(RecoveryAnswer),
    measures=Part(OutcomeMeasure),
    visa=Part(VisaScore, who=("recorded_by",)),
    calls=Part(Call, who=("closed_by",)),
    notes=Part(Note, who=("recorded_by",)),
    allergies=Part(AllergyIntolerance, who=("recorded_by",)),
    conditions=Part(Condition, who=("recorded_by",)),
    decisions=DECISIONS_OF_PATIENT,
    deaths=STANDING_DEATH,
    clinical_letters=Part(ClinicalLetter, who=("recorded_by",)),
    wishes=Part(
        WaitingWish, where="row.ended_at IS NULL", extra={"practitioner": _WHOM}, rows={"practitioner": Practitioner}
    ),
)


def patient_record(patient_id: int) -> PatientRecord:
    """Everything recorded of a patient. Three queries."""
    rows = appointments().select_related("patient__merged_into").of_patient(patient_id)
    found = PatientRecord(visits=with_assessments(with_closed(with_cancellation(rows.order_by("-start_at", "-pk")))))
    for one in _RECORDED.of([patient_id]):
        getattr(found, one.part).append(one.row)
    _note_superseded(Injection, found.injections)
    _note_superseded(ImagingReport, found.reports)
    _note_superseded(AllergyIntolerance, found.allergies)
    _note_superseded(Condition, found.conditions)
    found.injections.reverse()
    found.answers = _answers_by_place(found.screenings)
    found.pathway_versions = found.pathways
    found.pathways = _newest_by_area(found.pathways)
    found.reports.sort(key=lambda row: (row.performed_on, row.pk), reverse=True)
    found.activities.sort(key=lambda row: (row.start_at, row.pk))
    found.recovery.reverse()
    found.notes.reverse()
    found.clinical_letters.reverse()
    found.allergies.reverse()
    found.conditions.reverse()
    _note_later(found.wishes, found.visits)
    found.calls.sort(key=lambda row: (row.opened_at, row.pk), reverse=True)
    return found


@dataclass(frozen=True, slots=True)
class PlacedAnswers:
    """The answers that count for an area and side, "" for all areas or both sides."""

    area: str
    side: str
    known: KnownAnswers


def _answers_by_place(rows: Sequence[Screening]) -> list[PlacedAnswers]:
    """For each area and side that somebody was asked about, the place asked about last first."""
    places = [(row.area, row.side) for row in reversed(rows)]
    return [PlacedAnswers(area, side, known_answers(rows, area, side)) for area, side in dict.fromkeys(places)]


def _newest_by_area(rows: Sequence[ByArea]) -> list[ByArea]:
    """The last of these rows, oldest first, for each area and side; newest first."""
    return sorted({(row.area, row.side): row for row in rows}.values(), key=lambda row: -row.pk)


def _note_later(wishes: Sequence[WaitingWish], visits: Sequence[Visit]) -> None:
    """Put on each wish the visit that it would move, which stands among these, so that nobody asks the database."""
    by_id = {visit.appointment.pk: visit.appointment for visit in visits}
    for wish in wishes:
        if wish.replaces_id in by_id:
            wish.replaces = by_id[wish.replaces_id]


_Superseding = Injection | ImagingReport | AllergyIntolerance | Condition


def _note_superseded(model: type[_Superseding], rows: Sequence[_Superseding]) -> None:
    """Put on each of all such rows of a patient the one that took its place, so that nobody asks the database."""
    relation: Any = model._meta.get_field("superseded_by")
    later = {row.supersedes_id: row for row in rows}
    for row in rows:
        relation.set_cached_value(row, later.get(row.pk))
