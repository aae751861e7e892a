"""Rows become frozen facts: the only bridge from the database to the rules. Unknown stays unknown.

`histories` reads everything about some patients in a fixed number of queries, however many patients and rows there are;
`History.facts` then answers for any request of that patient without another query.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from typing import Any, TypeVar

from injections.facts import sections, values
from injections.facts.answers import KnownAnswers, known_answers, newest_that_fits
from injections.facts.consent import STANDING_WITHDRAWALS
from injections.facts.patient_rows import (
    CURRENT,
    DECISIONS_OF_PATIENT,
    STANDING_DEATH,
    Found,
    Part,
    Records,
    current,
    none_of,
    one_of,
)
from injections.models import (
    AllergyIntolerance,
    Call,
    Condition,
    ConsentWithdrawal,
    Decision,
    ImagingReport,
    Injection,
    Note,
    OutcomeMeasure,
    Pathway,
    PlannedActivity,
    RecoveryAnswer,
    Screening,
)
from injections.safety import facts as safety
from injections.safety.beside import without_beside
from injections.safety.sites import area_of
from injections.safety.visit import at_one_visit
from injections.visit_kinds import INJECTING, KINDS, LOADING
from pht_clinic.errors import Missing
from scheduling.models import Appointment, Death, Patient
from scheduling.patients.restricted import shown_to_who_looks
from scheduling.states import HOLDING, Status

OPENED_BY_THE_INJECTION = (Call.Why.WARNING_SIGN, Call.Why.COMPLICATION)
"""Calls about an injection that keep the patient from another one until they are closed."""
HOLDING_BACK = (*OPENED_BY_THE_INJECTION, Call.Why.RED_FLAG)
"""Every call that is a fact of the rules while it is open."""
ABOUT_THE_INJECTION = (*OPENED_BY_THE_INJECTION, Call.Why.NOT_BETTER)
"""Calls that hold back next steps and recovery questions."""


Value = TypeVar("Value")

_SUPERSEDED_BY: Any = ImagingReport._meta.get_field("superseded_by")
"""Only reports that stand are read: what shows them need not ask."""


@dataclass(slots=True)
class History:
    """Everything the rules may know of one patient, as rows. `now` tells visits that are over from booked ones."""

    patient: Patient
    now: datetime
    injections: list[Injection] = field(default_factory=list)
    visits: list[Appointment] = field(default_factory=list)
    activities: list[PlannedActivity] = field(default_factory=list)
    screenings: list[Screening] = field(default_factory=list)
    pathways: list[Pathway] = field(default_factory=list)
    reports: list[ImagingReport] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    open_calls: list[Call] = field(default_factory=list)
    withdrawals: list[ConsentWithdrawal] = field(default_factory=list)
    # shown and judged by nobody: read by `history_to_show` alone
    allergies: list[AllergyIntolerance] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    deaths: list[Death] = field(default_factory=list)
    measures: list[OutcomeMeasure] = field(default_factory=list)
    recovery: list[RecoveryAnswer] = field(default_factory=list)
    _screenings: dict[tuple[str | None, str | None], safety.ScreeningFacts | None] = field(default_factory=dict)

    def without_visit(self, appointment_id: int | None) -> History:
        """The same as it would be without one of the visits; None leaves it as it is."""
        return replace(self, visits=[one for one in self.visits if one.pk != appointment_id])

    def facts(self, request: safety.Request, *, appointment: Appointment | None = None) -> safety.Facts:
        """The facts for one request. `appointment` is the booking being judged.

        What was asked for after it is left out: of two bookings the one asked for (or moved) last bears the finding.
        A visit that is over counts as given, whenever it was asked for.
        """
        others = [visit for visit in self.visits if not _is_later(visit, appointment)]
        area = area_of(request.site) if request.site else None
        pathway = newest_that_fits(self.pathways, area, request.side)
        return safety.Facts(
            request=request,
            patient=self._patient_facts(),
            injections=(
                *map(values.given, self.injections),
                *_each(map(values.without_outcome, self._ended_besides(appointment))),
            ),
            booked=_each(values.booked(visit) for visit in others if self._is_booked(visit)),
            loading=tuple(values.loading(visit) for visit in others if visit.kind in LOADING),
            activities=tuple(map(values.activity, self.activities)),
            screening=self._screening(area, request.side),
            pathway=values.pathway(pathway) if pathway else None,
            reports=tuple(map(values.report, self.reports)),
            decisions=_each(map(values.decision, self.decisions)),
        )

    def facts_of_visit(
        self, requests: Sequence[safety.Request], *, appointment: Appointment | None = None
    ) -> tuple[safety.Facts, ...]:
        """The facts for each injection of one visit, with the others as booked at that time."""
        return at_one_visit([self.facts(request, appointment=appointment) for request in requests])

    def _patient_facts(self) -> safety.PatientFacts:
        red_flags = {call.rule for call in self.open_calls if call.why == Call.Why.RED_FLAG}
        return safety.PatientFacts(
            date_of_birth=self.patient.date_of_birth,
            open_warning_sign=any(call.why in OPENED_BY_THE_INJECTION for call in self.open_calls),
            open_calls=tuple(sorted(red_flags)),
        )

    def answers(self, area: str | None, side: str | None) -> KnownAnswers:
        """The answers that count for an area and side; None asks for any."""
        return known_answers(self.screenings, area, side)

    def _screening(self, area: str | None, side: str | None) -> safety.ScreeningFacts | None:
        """The same as facts, put together once for each place."""
        if (area, side) not in self._screenings:
            answers = self.answers(area, side)
            self._screenings[area, side] = sections.screening(without_beside(answers.content())) if answers else None
        return self._screenings[area, side]

    def _is_booked(self, visit: Appointment) -> bool:
        """Whether it injects and is not over."""
        return visit.kind in INJECTING and visit.end_at > self.now

    def _ended_besides(self, judged: Appointment | None) -> list[Appointment]:
        """The visits to inject that are over, whenever they were asked for, but for the one being judged."""
        own = judged.pk if judged else None
        return [
            visit for visit in self.visits if visit.pk != own and visit.kind in INJECTING and visit.end_at <= self.now
        ]

    def last_recorded_at(self) -> datetime | None:
        """When the newest answer, pathway or report was recorded; a call closed before that has not heard of it."""
        rows = (*self.screenings, *self.pathways, *self.reports)
        return max((row.recorded_at for row in rows), default=None)


def histories_about(patients: Iterable[Patient], *, now: datetime) -> dict[int, History]:
    """The histories of these patients by the id of the record that is kept, in one query.

    What was recorded on a merged record counts for the one kept; asked for a merged one, the kept one answers.
    """
    found = {patient.kept_id: History(patient.kept, now) for patient in patients}
    _fill(found, _HISTORIES.of(found))
    return found


def history_of(patient_id: int, *, now: datetime) -> History:
    """The history of the patient for whom a record counts, the patient's own row in it. One query. Raises: Missing."""
    return _of_one(_HISTORY_OF_ONE, patient_id, now=now)


def history_to_show(patient_id: int, *, now: datetime) -> History:
    """The same with what no rule judges: allergies, conditions, notes. One query.

    Raises: Missing; Forbidden, on a page of somebody who may not see whoever was erased.
    """
    found = _of_one(_HISTORY_TO_SHOW, patient_id, now=now)
    shown_to_who_looks(found.patient)
    return found


def histories_to_show(patients: Iterable[Patient], *, now: datetime) -> dict[int, History]:
    """The same of several patients, by the id of the record that is kept. One query."""
    found = {patient.kept_id: History(patient.kept, now) for patient in patients}
    _fill(found, (one for one in _HISTORY_TO_SHOW.of(found) if one.part != "patient"))
    return found


def histories_to_warn(patients: Iterable[int], *, now: datetime) -> dict[int, History]:
    """Of these patients what `alerts_of` asks for, but for notes, by the id of the record that is kept. One query."""
    found: dict[int, History] = {}
    rows = list(_HISTORIES_TO_WARN.of(list(patients)))
    found.update((one.patient_id, History(one.row, now)) for one in rows if one.part == "patient")
    _fill(found, (one for one in rows if one.part != "patient"))
    return found


def _of_one(records: Records, patient_id: int, *, now: datetime) -> History:
    rows = list(records.of([patient_id]))
    kept = next((one.row for one in rows if one.part == "patient"), None)
    if kept is None:
        raise Missing("There is no such patient.")
    found = History(kept, now)
    _fill({kept.pk: found}, (one for one in rows if one.part != "patient"))
    return found


def _fill(histories: Mapping[int, History], rows: Iterable[Found]) -> None:
    for one in rows:
        if one.part == "reports":
            _SUPERSEDED_BY.set_cached_value(one.row, None)
        getattr(histories[one.patient_id], one.part).append(one.row)


def history_about(patient: Patient, *, now: datetime) -> History:
    """The history of one patient whose row is at hand, or of the one whom that record was merged into. One query."""
    kept = patient.kept
    return histories_about([kept], now=now)[kept.pk]


def requests_of(appointment: Appointment) -> tuple[safety.Request, ...]:
    """What an appointment asks the rules: may this stand here. One of each injection, or of the visit itself."""
    kind = KINDS[appointment.kind]
    start, end = appointment.start_at, appointment.end_at
    if not kind.injects:
        return (safety.Request(kind=appointment.kind, start=start, end=end, includes_scan=kind.includes_scan),)
    return tuple(
        safety.Request(
            site=one.site, side=one.side, start=start, end=end, targets=one.targets, includes_scan=kind.includes_scan
        )
        for one in appointment.injection_request.wanted
    )


def _each(found: Iterable[list[Value]]) -> tuple[Value, ...]:
    return tuple(chain.from_iterable(found))


def _is_later(visit: Appointment, judged: Appointment | None) -> bool:
    if judged is None:
        return False
    if visit.pk == judged.pk:
        return True
    return (visit.asked_at, visit.pk) > (judged.asked_at, judged.pk)


_LATE_QUESTIONS = (RecoveryAnswer.Question.SIX_WEEKS.value, RecoveryAnswer.Question.THREE_MONTHS.value)
_CHANGE = f"""(
    SELECT said.change FROM {RecoveryAnswer._meta.db_table} AS said
     WHERE said.appointment_id = row.appointment_id AND said.question IN {_LATE_QUESTIONS}
     ORDER BY said.id DESC LIMIT 1)"""  # noqa: S608 - nothing but the table's own name and codes are put in
"""What the patient said last, at 6 weeks or 3 months, of how it is since the injection; null where nothing was said."""


_PARTS = {
    "injections": Part(Injection, where=CURRENT, extra={"change": _CHANGE}),
    "visits": Part(
        Appointment,
        # not as "one of": the planner would take the index that keeps visits from overlapping, which finds a time at
        # once and a patient among 200,000 visits 40 times more slowly than the index that is there for it
        where=f"{none_of('status', {*Status} - {*HOLDING})} AND {one_of('kind', INJECTING | LOADING)}",
        beside=("injection_request",),
    ),
    "activities": Part(PlannedActivity, where="row.withdrawn_at IS NULL"),
    "screenings": Part(Screening),
    "pathways": Part(Pathway, who=("recorded_by",)),
    "reports": Part(ImagingReport, where=current(ImagingReport)),
    "open_calls": Part(Call, where=f"row.closed_at IS NULL AND {one_of('why', HOLDING_BACK)}"),
    "decisions": DECISIONS_OF_PATIENT,
    "withdrawals": STANDING_WITHDRAWALS,
}
_HISTORIES = Records(**_PARTS)
_OF_ONE = {**_PARTS, "patient": Part(Patient, of="id", where="row.merged_into_id IS NULL")}
_HISTORY_OF_ONE = Records(**_OF_ONE)
_WARNED_OF = {
    "allergies": Part(AllergyIntolerance, where=current(AllergyIntolerance)),
    "conditions": Part(Condition, where=current(Condition)),
    "deaths": STANDING_DEATH,
}
_HISTORY_TO_SHOW = Records(
    **_OF_ONE
    | {"decisions": replace(DECISIONS_OF_PATIENT, who=("by",)), "screenings": Part(Screening, who=("recorded_by",))},
    **_WARNED_OF,
    notes=Part(Note, who=("recorded_by",)),
    measures=Part(OutcomeMeasure),
    recovery=Part(RecoveryAnswer),
)
_HISTORIES_TO_WARN = Records(
    patient=_OF_ONE["patient"],
    screenings=_PARTS["screenings"],
    decisions=DECISIONS_OF_PATIENT,
    withdrawals=STANDING_WITHDRAWALS,
    **_WARNED_OF,
)
