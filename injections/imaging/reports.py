"""Use cases of imaging reports: add, correct, withdraw. A correction is a new row; what it withdraws stays readable."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from injections import words
from injections.answers.phone_at_once import phone_at_once
from injections.assessment import milder
from injections.assessment.calls_of_reports import close_calls_of_reports
from injections.assessment.fact_change import FactChange, fact_about, settle, written
from injections.assessment.superseding import columns_of, difference_problems, reason_problems, superseding
from injections.imaging.content import changed, content_of, read
from injections.messages import aftercare
from injections.models import Call, ImagingReport
from injections.patient.injection_checks import Whose
from injections.safety.dates import in_words
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Patient


def add_report(patient_id: int, *, report: Mapping[str, Any], by: Actor, now: datetime) -> FactChange:
    """Store an imaging report (a report of the batch check, and what `content.FIELDS` has beside it).

    Without `reported_by` it is who enters it. Raises: Forbidden, Missing, Invalid (every problem).
    """
    check_permitted("record-report", by)
    with fact_about(patient_id) as patient:
        columns = _columns(report, patient, now=now)
        columns["reported_by"] = columns["reported_by"] or by.name
        return _keep_report(columns | {"patient_id": patient.pk}, "report-recorded", patient, by=by, now=now)


def correct_report(report_id: int, *, reason: str, changes: Mapping[str, Any], by: Actor, now: datetime) -> FactChange:
    """Correct a report: a new row supersedes the old one. `changes` names fields of the report; null empties one.

    A ☎ call that reports alone called for closes if nothing calls for it any more.
    Raises: Forbidden, Missing, Superseded, Invalid (a reason is required; every problem).
    """
    check_permitted("correct-report", by)
    with superseding(ImagingReport.objects.all(), report_id, named="report") as (patient, old):
        content = changed(old, changes)
        besides = [*difference_problems(content_of(old), content), *reason_problems(reason)]
        columns = _columns(content, patient, besides, now=now)
        values = columns_of(old) | columns | {"reason": reason.strip(), "supersedes_id": old.pk}
        return _keep_report(values, "report-corrected", patient, by=by, now=now)


def withdraw_report(report_id: int, *, reason: str, by: Actor, now: datetime) -> FactChange:
    """Say that a report never was: it stays readable and counts no more. Hazard H11. Raises: as correct_report."""
    check_permitted("withdraw-report", by)
    if problems := reason_problems(reason):
        raise Invalid(problems)
    with superseding(ImagingReport.objects.all(), report_id, named="report") as (patient, old):
        values = columns_of(old) | {"reason": reason.strip(), "supersedes_id": old.pk, "is_withdrawn": True}
        return _keep_report(values, "report-withdrawn", patient, by=by, now=now)


_CLOSED_WITH = {"report-corrected": "corrected", "report-withdrawn": "withdrawn"}


def _keep_report(values: Mapping[str, Any], verb: str, patient: Patient, *, by: Actor, now: datetime) -> FactChange:
    """Store the row, in the transaction that is open, and everything that follows from it.

    An import may bring a report in, or take it back, whose radiologist has not seen what it changes. Hazard H4.
    """
    before = milder.weighed(patient, by=by, now=now)
    with aftercare.following_reports(patient, now=now):
        row = ImagingReport.objects.create(**{**values, **written(by=by, now=now)})
    closed: list[Call] = []
    if deed := _CLOSED_WITH.get(verb):
        said = f"Closed automatically: the {report_words(row)} was {deed}. {row.reason}"
        closed = close_calls_of_reports(patient, said=said, by=by, now=now)
    if not row.is_withdrawn:
        phone_at_once(patient, area=row.area, side=row.side, now=now)
    settled = settle(row, verb, patient, by=by, now=now)
    what = f"{report_words(row)}: {verb.removeprefix('report-')}"
    milder.note_if_milder(before, row, patient, what=what, reason=row.reason, by=by, now=now)
    return replace(settled, closed_calls=closed)


def report_words(row: ImagingReport) -> str:
    """ "MRI of 3 March 2026"."""
    return f"{words.MODALITIES[row.modality]} of {in_words(row.performed_on)}"


def _columns(
    content: Mapping[str, Any], patient: Patient, besides: list[FieldError] | None = None, *, now: datetime
) -> dict[str, Any]:
    columns, problems = read(content, Whose.of(patient, now))
    if problems := [*problems, *(besides or [])]:
        raise Invalid(problems)
    return columns
