"""Findings of stored assessments as DetectedIssue, with the decisions that cover them as mitigations."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Greatest
from fhir.resources.R4B.detectedissue import DetectedIssue, DetectedIssueEvidence, DetectedIssueMitigation
from fhir.resources.R4B.resource import Resource

from injections.assessment.coverage import concerns_of_finding, holding
from injections.doors.coded.own import RULES
from injections.doors.fhir import systems
from injections.doors.fhir.bundle import last_updated
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.references import to, to_patient
from injections.doors.fhir.values import row_of
from injections.models import Assessment, Decision
from injections.safety.findings import Concern, Severity
from pht_clinic import clock

_SEVERITY: Final = {Severity.CRITICAL: "high", Severity.WARNING: "moderate", Severity.INFO: "low"}


def standing_assessments() -> QuerySet[Assessment]:
    """The newest assessment of each visit, and each of a request that was refused; with what its findings show and
    `changed_at`, in two queries.
    """
    later = Assessment.objects.filter(appointment=OuterRef("appointment"), pk__gt=OuterRef("pk"))
    newest = Decision.objects.filter(appointment=OuterRef("appointment")).order_by("-at").values("at")[:1]
    return (
        Assessment.objects.filter(~Exists(later))
        .defer("facts")
        .select_related("patient", "by", "appointment")
        .prefetch_related("appointment__decisions__by")
        .annotate(changed_at=Greatest(F("at"), Subquery(newest)))
    )


def detected_issues(rows: Sequence[Assessment]) -> list[Resource]:
    """One for each finding, in the order in which the check gives them, worst first; of a clear one there is none."""
    found: list[Resource] = []
    for row in rows:
        made = issues_of(row)
        for one in made:
            one.meta = last_updated(getattr(row, "changed_at"))  # noqa: B009 - an annotation, no field of the model
        found += made
    return found


def issue_id(row: Assessment, finding: Mapping[str, Any]) -> str:
    """The assessment and the rule: a rule gives one finding."""
    return f"{row.pk}-{finding['rule']}"


def assessment_of(issue: str) -> int | None:
    """The number of the assessment that an id leads to; None of an id that none can have."""
    number, _, rule = issue.partition("-")
    return row_of(number) if rule else None


def issues_of(row: Assessment) -> list[DetectedIssue]:
    """Those of one assessment, which do not say when they changed."""
    decisions = _holding(row)
    return [
        DetectedIssue(
            id=issue_id(row, finding),
            status="final",
            code=elements.concept(RULES, finding["rule"]),
            severity=_SEVERITY[finding["severity"]],
            patient=to_patient(row.patient),
            identifiedDateTime=row.at,
            author=elements.person(row.by),
            implicated=[to("Appointment", row.appointment_id)] if row.appointment_id else None,
            evidence=_evidence(finding),
            detail=_detail(finding),
            mitigation=_mitigations(finding, decisions),
        )
        for finding in row.findings
    ]


def _holding(row: Assessment) -> list[Decision]:
    """The decisions on its visit that still count on its day, oldest first."""
    if row.appointment is None:
        return []
    decisions = sorted(row.appointment.decisions.all(), key=lambda one: one.pk)
    standing = holding(decisions, on=clock.local_date(row.appointment.start_at))
    return [one for one in decisions if one.pk in standing]


def _detail(finding: Mapping[str, Any]) -> str:
    """What is said of it, what to do, what would clear it, and where the rule comes from; a line each."""
    said = (finding["message"], finding["action"], f"Clears: {finding['clears']}", f"Source: {finding['source']}")
    return "\n".join(line for line in said if line)


def _evidence(finding: Mapping[str, Any]) -> list[DetectedIssueEvidence] | None:
    """Each value that the finding rests on, by its name, as JSON."""
    values = ((name, json.dumps(value, ensure_ascii=False)) for name, value in finding["evidence"].items())
    found = [
        DetectedIssueEvidence(code=[elements.concept(systems.EVIDENCE, name, f"{name}: {value}")])
        for name, value in values
    ]
    return found or None


def _mitigations(finding: Mapping[str, Any], decisions: Sequence[Decision]) -> list[DetectedIssueMitigation] | None:
    """The decisions that cover any of its concerns."""
    concerns = concerns_of_finding(finding)
    covering = [one for one in decisions if concerns & {Concern(**kept) for kept in one.covers}]
    return [_mitigation(one) for one in covering] or None


def _mitigation(row: Decision) -> DetectedIssueMitigation:
    words = f"{Decision.Outcome(row.outcome).label.capitalize()}: {row.reason}"
    return DetectedIssueMitigation(
        action=elements.concept(systems.DECISION, row.outcome, words), date=row.at, author=elements.person(row.by)
    )
