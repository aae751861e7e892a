"""The clinical types of resource: rows of the registry. Data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from injections.fhir import systems
from injections.fhir.clinical.audit_events import audit_entries, audit_event
from injections.fhir.clinical.calls import call_resource, calls
from injections.fhir.clinical.detected_issues import assessment_of, detected_issues, standing_assessments
from injections.fhir.clinical.known import (
    allergies,
    allergy_resource,
    condition_resource,
    conditions,
    medicine_resource,
    medicines,
)
from injections.fhir.resource_type import (
    NOTHING,
    ResourceType,
    SearchParam,
    at_instant,
    each,
    of_code,
    of_patient,
    same_person,
    visible,
)
from injections.fhir.values import Reference, Token
from injections.models import Call
from pht_clinic.people.actors import Actor

Rows = Callable[[Actor, datetime], QuerySet[Any]]


def _seen_by_whom(rows: Callable[[], QuerySet[Any]]) -> Rows:
    """These rows, those of erased people only for whoever may see them."""

    def of(by: Actor, now: datetime) -> QuerySet[Any]:
        return visible(rows(), by)

    return of


def _whose(row: Any) -> int | None:
    kept: int = row.patient.kept_id
    return kept


def _by_status(name: str, found: dict[str, Q], *, system: str = "", what: str) -> SearchParam:
    """A status that is no column: which rows have it."""

    def matches(value: Token) -> Q:
        if not value.may_be_of(system):
            return NOTHING
        return found.get(value.code, NOTHING) if value.code else Q()

    return SearchParam(name=name, kind="token", matches=matches, what=what)


_OF_RECORDS: Final[dict[str, Any]] = {
    "action": "read-records",
    "patient_of": _whose,
    "patient_path": "patient",
    "updated": "changed_at",
}
_IN_ERROR: Final = Q(superseded_by__isnull=False)
"""Corrected, or withdrawn by a row that says so."""
_VERIFICATION: Final = {"entered-in-error": _IN_ERROR}
_STANDS: Final = {"active": ~_IN_ERROR}

ALLERGY: Final = ResourceType(
    name="AllergyIntolerance",
    rows=_seen_by_whom(allergies),
    resources=each(allergy_resource),
    params=(
        of_patient(),
        at_instant("date", "recorded_at", what="When it was recorded"),
        _by_status(
            "clinical-status",
            _STANDS,
            system="http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
            what="active",
        ),
        _by_status(
            "verification-status",
            _VERIFICATION,
            system="http://terminology.hl7.org/CodeSystem/allergyintolerance-verification",
            what="entered-in-error: corrected or withdrawn",
        ),
    ),
    what="One that was corrected or withdrawn is entered-in-error.",
    **_OF_RECORDS,
)
CONDITION: Final = ResourceType(
    name="Condition",
    rows=_seen_by_whom(conditions),
    resources=each(condition_resource),
    params=(
        of_patient(),
        at_instant("recorded-date", "recorded_at", what="When it was recorded"),
        _by_status(
            "clinical-status", _STANDS, system="http://terminology.hl7.org/CodeSystem/condition-clinical", what="active"
        ),
        _by_status(
            "verification-status",
            _VERIFICATION,
            system="http://terminology.hl7.org/CodeSystem/condition-ver-status",
            what="entered-in-error: corrected or withdrawn",
        ),
    ),
    what="One that was corrected or withdrawn is entered-in-error.",
    **_OF_RECORDS,
)
MEDICATION_STATEMENT: Final = ResourceType(
    name="MedicationStatement",
    rows=_seen_by_whom(medicines),
    resources=each(medicine_resource),
    params=(
        of_patient(),
        _by_status("status", {**_STANDS, **_VERIFICATION}, what="active; entered-in-error: corrected or withdrawn"),
    ),
    what="Medicines that a patient takes. What was injected stands in Procedure.",
    **_OF_RECORDS,
)
DETECTED_ISSUE: Final = ResourceType(
    name="DetectedIssue",
    rows=_seen_by_whom(standing_assessments),
    resources=detected_issues,
    row_id=assessment_of,
    params=(of_patient(), at_instant("identified", "at", what="When it was found")),
    what="Each finding of the newest safety check of a visit, and of each request that was refused. What covers it is "
    "a mitigation.",
    **_OF_RECORDS,
)
TASK: Final = ResourceType(
    name="Task",
    rows=_seen_by_whom(calls),
    resources=each(call_resource),
    params=(
        of_patient(),
        at_instant("authored-on", "opened_at", what="When it was opened"),
        _by_status(
            "status",
            {
                "requested": Q(closed_at__isnull=True, tried_at__isnull=True),
                "in-progress": Q(closed_at__isnull=True, tried_at__isnull=False),
                "completed": Q(closed_at__isnull=False, closed_by__isnull=False),
                "cancelled": Q(closed_at__isnull=False, closed_by__isnull=True),
            },
            what="requested, in-progress (tried), completed, cancelled (closed by itself)",
        ),
        of_code("code", "why", systems=(systems.CALL,), what=f"Why: {', '.join(Call.Why.values)}"),
    ),
    what="Calls that somebody has to make.",
    **{**_OF_RECORDS, "action": "read-calls"},
)


def _entry_of_patient(value: Reference) -> Q:
    return Q(patient_ids__overlap=list(same_person(value.id).values_list("pk", flat=True)))


AUDIT_EVENT: Final = ResourceType(
    name="AuditEvent",
    action="read-audit",
    rows=lambda by, now: audit_entries(),
    resources=each(audit_event),
    patient_of=lambda row: row.patient_ids[0] if row.patient_ids else None,
    updated="at",
    params=(
        SearchParam(
            name="patient",
            kind="reference",
            matches=_entry_of_patient,
            what="The patient, merged records too",
            targets=("Patient",),
        ),
        at_instant("date", "at", what="When it was done"),
        of_code("subtype", "verb", systems=(systems.AUDIT,), what="What was done, by the verb of the trail"),
    ),
    what="The audit trail.",
)

CLINICAL: Final[tuple[ResourceType, ...]] = (
    ALLERGY,
    CONDITION,
    MEDICATION_STATEMENT,
    DETECTED_ISSUE,
    TASK,
    AUDIT_EVENT,
)
