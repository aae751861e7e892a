"""Who the patients are and what is known of them, as lines: what an import takes, in the order in which it can."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from django.db.models import Q

from injections.answers.outcomes import KeptOutcome, together
from injections.answers.outcomes_api import OutcomeAnswer
from injections.answers.pathway_api import PathwayShape
from injections.answers.screening_api import ScreeningShape
from injections.conditions.api import AllergyAnswer, ConditionAnswer
from injections.doors.records.leaving.columns import ByColumns
from injections.doors.records.leaving.kind import Line, LineKind, Shown
from injections.facts.answers import values_of
from injections.imaging.api import ReportShape
from injections.models import (
    AllergyIntolerance,
    Condition,
    ImagingReport,
    Injection,
    Note,
    OutcomeMeasure,
    Pathway,
    PlannedActivity,
    Screening,
    VisaScore,
)
from injections.patient.activities_api import ActivityAnswer
from injections.patient.identity_shapes import PatientAnswer
from injections.patient.injections_api import InjectionAnswer
from pht_clinic.clinic_words import words_in_force
from pht_clinic.web.api.fields import Instant
from scheduling.models import Death, Patient

_OF_OURS_ALONE: Final = (
    *("targets", "appointment", "number", "started_at", "ended_at", "strength_mg_ml", "volume_ml", "batch"),
    *("expires_on", "weight_kg", "listed_drug", "complications", "rest_hours", "rest_reason", "reason_code"),
    *("local_anaesthetic", "consent", "checked_today", "checked_at", "checks_seen_by", "time_out_with"),
    *("sign_out_with", "precautions", "technique", "reassessed"),
)
"""What only an injection that was given here has: its `procedure` holds it."""
_WHO_WROTE: Final = ("recorded_by", "superseded_by")

# -- What was injected ------------------------------------------------------------------------------------
_INJECTION = Shown(InjectionAnswer, without=_OF_OURS_ALONE)


def _injections() -> Any:
    """Those of elsewhere, and of our own those that stand and were given."""
    ours = Q(pk__in=Injection.objects.given().filter(origin=Injection.Origin.OWN).values("pk"))
    return Injection.objects.filter(~Q(origin=Injection.Origin.OWN) | ours).select_related(*_WHO_WROTE)


def _as_elsewhere(found: Sequence[Any]) -> Iterator[Line]:
    """One that was given here is what another clinic records of it: given elsewhere, the note says where."""
    here = words_in_force().name
    for row in found:
        line = _INJECTION.line(row, kept=row.patient_number)
        if row.origin == Injection.Origin.OWN:
            how = "Given in part" if row.status == Injection.Status.PART_GIVEN else "Given"
            note = "\n".join(filter(None, (f"{how} at {here}.", row.note)))
            line |= {"origin": Injection.Origin.ELSEWHERE.value, "note": note}
            line |= {"status": Injection.Status.GIVEN.value, "reason": "", "supersedes": None}
        yield line


# -- What was answered ------------------------------------------------------------------------------------
_SCREENING = Shown(ScreeningShape)
_INSTANT = Instant()


def _answers(found: Sequence[Any]) -> Iterator[Line]:
    """What was answered at once, as a PUT takes it: each question with its giver, where they are several."""
    for row in found:
        content = row.content
        given = {question: value for question, value in values_of(content) if value is not None}
        said_by = content.get("answered_by") or {}
        givers = {question: said_by.get(question, row.answered_by) for question in given}
        is_one = len({*givers.values(), row.answered_by}) == 1
        yield {
            "id": str(row.pk),
            "patient": str(row.patient_number),
            "area": row.area or None,
            "side": row.side or None,
            "answered_at": row.answered_at and _INSTANT.to_representation(row.answered_at),
            "answered": _times(content.get("answered") or {}),
            "answered_by": row.answered_by if is_one else givers,
            "answers": {name: given.pop(name) for name in content.get("answers") or {} if name in given},
            **given,
            "recorded_at": _INSTANT.to_representation(row.recorded_at),
            "recorded_by": row.recorded_by.name if row.recorded_by else None,
        }


def _times(sent: dict[str, str]) -> dict[str, str]:
    """As the API answers a moment."""
    return {name: _INSTANT.to_representation(_INSTANT.to_internal_value(at)) for name, at in sent.items() if at}


# -- How it is ----------------------------------------------------------------------------------------------
_OUTCOME = Shown(OutcomeAnswer)


def _said(found: Sequence[Any]) -> Iterator[Line]:
    """What was said, with a total that was recorded at once."""
    totals = VisaScore.objects.filter(
        patient__in={row.patient_id for row in found}, recorded_at__in={row.recorded_at for row in found}
    )
    for one in together(found, totals):
        if one.measure is not None:
            yield _OUTCOME.line(one.measure, kept=_patient_of(one), shown=one)


def _totals(found: Sequence[Any]) -> Iterator[Line]:
    """Totals that were recorded by themselves."""
    said = OutcomeMeasure.objects.filter(
        patient__in={row.patient_id for row in found}, recorded_at__in={row.recorded_at for row in found}
    )
    for one in together(said, found):
        if one.measure is None:
            yield _OUTCOME.line(one.visa, kept=_patient_of(one), shown=one)


def _patient_of(outcome: KeptOutcome) -> int:
    row: Any = outcome.row
    number: int = row.patient_number
    return number


# -- Who they are -------------------------------------------------------------------------------------------
def _deaths(found: Sequence[Any]) -> Iterator[Line]:
    """Those that somebody took back, and what took them back, stand no more."""
    for row in found:
        yield {
            "id": str(row.pk),
            "patient": str(row.patient_number),
            "on": row.on,
            "source": row.source,
            "stands": row.takes_back_id is None and row.pk == row.patient.death_id,
            "takes_back": row.takes_back_id and str(row.takes_back_id),
            "reason": row.reason,
            "recorded_at": _INSTANT.to_representation(row.recorded_at),
            "recorded_by": row.recorded_by.name if row.recorded_by else None,
        }


def _is_planned(row: Any) -> Line:
    return {"stands": row.withdrawn_at is None}


def _noted_beside(row: Any) -> Line:
    return {"reason_is_clinicians": row.reason_is_clinicians}


_PATIENT = Shown(PatientAnswer)
_ALLERGY, _CONDITION = Shown(AllergyAnswer), Shown(ConditionAnswer)
_REPORT = Shown(ReportShape)
_PATHWAY = Shown(PathwayShape, without=("found",), more=_noted_beside, and_columns=("reason_is_clinicians",))
_ACTIVITY = Shown(ActivityAnswer, without=("reassessed",), more=_is_planned, and_columns=("stands",))
_NOTE = ByColumns(Note)
_OF_DEATH: Final = (*("id", "patient", "on", "source", "stands", "takes_back", "reason", "recorded_at", "recorded_by"),)


def _recorded(name: str, about: str, model: Any, shown: Shown) -> LineKind:
    rows = model.objects.select_related(*_WHO_WROTE)
    return LineKind(name=name, about=about, rows=rows.all, shape=shown, columns=shown.columns)


OF_PATIENTS: Final = (
    LineKind(
        name="patient",
        about="Patients",
        rows=Patient.objects.filter(merged_into=None).all,
        shape=_PATIENT,
        columns=_PATIENT.columns,
        path="",
    ),
    LineKind(
        name="merged-record",
        about="Records that were merged into others",
        rows=Patient.objects.exclude(merged_into=None).all,
        shape=_PATIENT,
        columns=_PATIENT.columns,
        path="",
    ),
    LineKind(
        name="injection",
        about="Injections, here and elsewhere",
        rows=_injections,
        shape=_as_elsewhere,
        columns=_INJECTION.columns,
    ),
    _recorded("allergy", "Allergies", AllergyIntolerance, _ALLERGY),
    _recorded("condition", "Conditions and medicines", Condition, _CONDITION),
    _recorded("report", "Imaging reports", ImagingReport, _REPORT),
    LineKind(
        name="screening",
        about="Answers to the safety questions",
        rows=Screening.objects.select_related("recorded_by").all,
        shape=_answers,
        columns=_SCREENING.columns,
    ),
    LineKind(
        name="pathway",
        about="Pathway",
        rows=Pathway.objects.select_related("recorded_by").all,
        shape=_PATHWAY,
        columns=_PATHWAY.columns,
    ),
    LineKind(
        name="activity", about="Plans", rows=PlannedActivity.objects.all, shape=_ACTIVITY, columns=_ACTIVITY.columns
    ),
    LineKind(
        name="outcome",
        about="How it is before and after injections",
        rows=OutcomeMeasure.objects.all,
        shape=_said,
        columns=_OUTCOME.columns,
    ),
    LineKind(
        name="outcome",
        about="VISA-H totals by themselves",
        rows=VisaScore.objects.all,
        shape=_totals,
        columns=_OUTCOME.columns,
    ),
    LineKind(name="note", about="Notes", rows=_NOTE.rows, shape=_NOTE, columns=_NOTE.columns),
    LineKind(
        name="death",
        about="Deaths",
        rows=Death.objects.select_related("recorded_by", "patient").all,
        shape=_deaths,
        columns=_OF_DEATH,
    ),
)
