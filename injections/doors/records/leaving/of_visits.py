"""Visits and what became of them, as lines: what a clinic has done for its patients. An import takes none of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db import models

from injections.assessment.shapes import AppointmentAnswer, AssessmentAnswer, ChangeAnswer, DecisionAnswer
from injections.assessment.visits import with_places
from injections.booking.waiting_list.api import WishAnswer
from injections.booking.waiting_list.wishes import with_rows
from injections.doors.records.leaving.columns import ByColumns
from injections.doors.records.leaving.kind import Line, LineKind, Shown
from injections.models import (
    Assessment,
    Call,
    CallAttempt,
    ClinicalLetter,
    Complication,
    ConsentWithdrawal,
    Decision,
    Incident,
    InformationAnswer,
    Injection,
    MilderVerdict,
    PhysiotherapyArranged,
    Recall,
    RecoveryAnswer,
    WaitingOffer,
    WaitingWish,
)
from injections.patient.injections_api import InjectionAnswer
from injections.procedure.api import IncidentAnswer
from injections.procedure.recorded_api import ComplicationAnswer
from scheduling.messages.api import MessageAnswer
from scheduling.models import (
    Appointment,
    AppointmentChange,
    MailNews,
    Merge,
    Message,
    Patient,
    PhoneAttempt,
    RecordEdit,
    VisitSeries,
)
from scheduling.states import Status

_OF_VISIT: Final = "appointment__patient__"


def _visit(row: Any) -> Line:
    return {"appointment": row.appointment_id and str(row.appointment_id)}


_NAMES_VISIT: Final = ("appointment",)

# -- The diary ----------------------------------------------------------------------------------------------
_APPOINTMENT = Shown(AppointmentAnswer)
_SERIES = ByColumns(VisitSeries)


def _appointments(found: Sequence[Any]) -> Iterator[Line]:
    """Each with its present assessment, and the rule by which it was booked with others, null for most."""
    series = VisitSeries.objects.filter(pk__in={row.series_id for row in found if row.series_id})
    rules = {line["id"]: line for line in _SERIES(list(series))}
    for visit in with_places(found):
        row: Any = visit.appointment
        line = _APPOINTMENT.line(row, kept=row.patient_number, shown=visit)
        yield {**line, "series": rules.get(str(row.series_id))}


_CHANGE = Shown(ChangeAnswer, more=_visit, and_columns=_NAMES_VISIT)

# -- Verdicts -----------------------------------------------------------------------------------------------
_ASSESSMENT = Shown(AssessmentAnswer, more=_visit, and_columns=_NAMES_VISIT)
_DECISION = Shown(DecisionAnswer, without=("holds", "holds_until"), more=_visit, and_columns=_NAMES_VISIT)

# -- What was done ------------------------------------------------------------------------------------------
_PROCEDURE = Shown(InjectionAnswer, without=("reassessed",))
_COMPLICATION = Shown(ComplicationAnswer, without=("reassessed",))
_INCIDENT = Shown(IncidentAnswer)


def _procedures() -> Any:
    rows = Injection.objects.filter(origin=Injection.Origin.OWN)
    return rows.select_related("recorded_by", "superseded_by")


# -- What was said ------------------------------------------------------------------------------------------
def _to_whom(row: Any) -> Line:
    return {"recipient": row.recipient}


_MESSAGE = Shown(MessageAnswer, more=_to_whom, and_columns=("recipient",))
_WISH = Shown(WishAnswer)

# -- What somebody changed ----------------------------------------------------------------------------------
_EDIT, _MERGE = ByColumns(RecordEdit), ByColumns(Merge)


def _merges() -> Any:
    """Those that hold: one that was taken back was of two people."""
    return _MERGE.rows().filter(undone_at=None)


def _edits(found: Sequence[Any]) -> Iterator[Line]:
    """Of some patients: what their details said before somebody changed them, and their wishes for a time."""
    whose = {f"patient:{row.pk}": row.patient_number for row in found}
    kept = {row.pk: row.patient_number for row in found}
    for pk, patient_id in WaitingWish.objects.filter(patient__in=kept).values_list("pk", "patient_id"):
        whose[f"waitingwish:{pk}"] = kept[patient_id]
    rows: list[Any] = list(RecordEdit.objects.filter(record__in=whose).select_related("by").order_by("pk"))
    for row in rows:
        row.patient_number = whose[row.record]
    return _EDIT(rows)


def _columns(name: str, about: str, model: type[models.Model], *, path: str = "patient__") -> LineKind:
    shown = ByColumns(model)
    return LineKind(name=name, about=about, rows=shown.rows, shape=shown, columns=shown.columns, path=path)


def _shown(name: str, about: str, rows: Any, shown: Shown, *, path: str = "patient__") -> LineKind:
    return LineKind(name=name, about=about, rows=rows, shape=shown, columns=shown.columns, path=path)


OF_VISITS: Final = (
    LineKind(
        name="appointment",
        about="Visits",
        rows=Appointment.objects.exclude(status=Status.PROPOSED).select_related("injection_request").all,
        shape=_appointments,
        columns=(*_APPOINTMENT.columns, "series"),
    ),
    _shown("appointment-change", "What became of visits", AppointmentChange.objects.all, _CHANGE, path=_OF_VISIT),
    _shown("assessment", "Verdicts", Assessment.objects.defer("facts").all, _ASSESSMENT),
    _shown("decision", "Decisions", Decision.objects.select_related("by").all, _DECISION, path=_OF_VISIT),
    _columns("answer-to-question", "Answers to radiologists’ questions", InformationAnswer),
    _columns("consent-withdrawal", "Consent withdrawn or given again", ConsentWithdrawal),
    _shown("procedure", "Injections given here, in full", _procedures, _PROCEDURE),
    _shown("incident", "Incidents", Incident.objects.select_related("injection", "recorded_by").all, _INCIDENT),
    _shown("complication", "Complications", Complication.objects.select_related("recorded_by").all, _COMPLICATION),
    _columns("recovery-answer", "Answers after injections", RecoveryAnswer),
    _columns("letter", "Letters about injections", ClinicalLetter),
    _columns("physiotherapy", "Physiotherapy arranged", PhysiotherapyArranged),
    _columns("call", "Calls", Call),
    _columns("call-attempt", "Attempts to call", CallAttempt, path="call__patient__"),
    _columns("recall", "Delayed patients called back", Recall, path="decision__appointment__patient__"),
    _columns("milder-verdict", "Changes that made a verdict milder", MilderVerdict),
    _shown("waiting-wish", "Waiting list", with_rows, _WISH),
    _columns("waiting-offer", "Earlier times that were offered", WaitingOffer, path="wish__patient__"),
    _shown("message", "Messages", Message.objects.all, _MESSAGE),
    _columns("mail-news", "What mail providers told", MailNews, path="message__patient__"),
    _columns("phone-attempt", "Attempts to phone about messages", PhoneAttempt, path="message__patient__"),
    LineKind(
        name="merge",
        about="Records that were merged, and when",
        rows=_merges,
        shape=_MERGE,
        columns=_MERGE.columns,
        path="target__",
    ),
    LineKind(
        name="record-edit",
        about="What details said before they were changed",
        rows=Patient.objects.all,
        shape=_edits,
        columns=_EDIT.columns,
        path="",
    ),
)
