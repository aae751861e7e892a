"""The clinical types of resource: rows of the registry. Data."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from django.db.models import Q, QuerySet

from injections.doors.fhir import systems
from injections.doors.fhir.clinical.answers import answered_patients, patient_of_response, responses
from injections.doors.fhir.clinical.audit_events import audit_entries, audit_event
from injections.doors.fhir.clinical.calls import call_resource, calls
from injections.doors.fhir.clinical.detected_issues import assessment_of, detected_issues, standing_assessments
from injections.doors.fhir.clinical.known import (
    ALLERGY_CODES,
    CONDITION_CODES,
    allergies,
    allergy_resource,
    condition_resource,
    conditions,
    medicine_resource,
    medicines,
)
from injections.doors.fhir.clinical.params import IN_ERROR, by_status, given_on, of_entry, with_days
from injections.doors.fhir.clinical.procedures import procedure_resource, procedures
from injections.doors.fhir.clinical.provenance import clinical_entries, provenances, without_erased
from injections.doors.fhir.clinical.reports import report_resource, reports
from injections.doors.fhir.resource_type import ResourceType, at_instant, code_of, each, of_code, of_patient, on_day
from injections.models import Call, Injection
from pht_clinic.audit.models import Entry
from pht_clinic.people.actors import Actor
from scheduling.patients.restricted import may_see_restricted

Rows = Callable[[Actor, datetime], QuerySet[Any]]


def _all(rows: Callable[[], QuerySet[Any]]) -> Rows:
    """All of these rows, whoever asks and whenever."""

    def of(by: Actor, now: datetime) -> QuerySet[Any]:
        return rows()

    return of


def _whose(row: Any) -> Sequence[int]:
    return (row.patient.kept_id,)


def _whose_entry(row: Entry) -> Sequence[int]:
    return row.patient_ids


def _entries_seen(by: Actor, now: datetime) -> QuerySet[Entry]:
    rows = clinical_entries()
    return rows if may_see_restricted(by) else without_erased(rows)


_OF_RECORDS: Final[dict[str, Any]] = {
    "action": "read-records",
    "patients_of": _whose,
    "patient_path": "patient",
    "updated": "changed_at",
}
_VERIFICATION: Final = {"entered-in-error": IN_ERROR}
_CLINICAL: Final = {"active": ~IN_ERROR}
_WHAT_IN_ERROR: Final = "entered-in-error: corrected or withdrawn"
_CORRECTED: Final = "One that was corrected or withdrawn is entered-in-error."

PROCEDURE: Final = ResourceType(
    name="Procedure",
    rows=_all(lambda: with_days(procedures())),
    resources=each(procedure_resource, updated="changed_at"),
    params=(
        of_patient(),
        given_on(),
        by_status(
            "status",
            {
                "completed": ~IN_ERROR & Q(status=Injection.Status.GIVEN),
                "stopped": ~IN_ERROR & Q(status=Injection.Status.PART_GIVEN),
                "not-done": ~IN_ERROR & Q(status=Injection.Status.NOT_GIVEN),
                **_VERIFICATION,
            },
            systems=code_of("event-status"),
            what=f"completed, stopped (given in part), not-done, {_WHAT_IN_ERROR}",
        ),
    ),
    what=f"Injections given here, elsewhere, or as patients report them. {_CORRECTED}",
    **_OF_RECORDS,
)
DIAGNOSTIC_REPORT: Final = ResourceType(
    name="DiagnosticReport",
    rows=_all(reports),
    resources=each(report_resource, updated="changed_at"),
    params=(
        of_patient(),
        on_day("date", "performed_on", what="The day of the scan"),
        at_instant("issued", "recorded_at", what="When it was recorded"),
        by_status(
            "status",
            {
                "final": ~IN_ERROR & Q(supersedes__isnull=True),
                "corrected": ~IN_ERROR & Q(supersedes__isnull=False),
                **_VERIFICATION,
            },
            systems=code_of("diagnostic-report-status"),
            what=f"final, corrected (took the place of another), {_WHAT_IN_ERROR}",
        ),
    ),
    what=f"Imaging reports. {_CORRECTED}",
    **_OF_RECORDS,
)
ALLERGY: Final = ResourceType(
    name="AllergyIntolerance",
    rows=_all(allergies),
    resources=each(allergy_resource, updated="changed_at"),
    params=(
        of_patient(),
        at_instant("date", "recorded_at", what="When it was recorded"),
        by_status("clinical-status", _CLINICAL, systems=(f"{ALLERGY_CODES}clinical",), what="active"),
        by_status("verification-status", _VERIFICATION, systems=(f"{ALLERGY_CODES}verification",), what=_WHAT_IN_ERROR),
    ),
    what=_CORRECTED,
    **_OF_RECORDS,
)
CONDITION: Final = ResourceType(
    name="Condition",
    rows=_all(conditions),
    resources=each(condition_resource, updated="changed_at"),
    params=(
        of_patient(),
        at_instant("recorded-date", "recorded_at", what="When it was recorded"),
        by_status("clinical-status", _CLINICAL, systems=(f"{CONDITION_CODES}clinical",), what="active"),
        by_status("verification-status", _VERIFICATION, systems=(f"{CONDITION_CODES}ver-status",), what=_WHAT_IN_ERROR),
    ),
    what=_CORRECTED,
    **_OF_RECORDS,
)
MEDICATION_STATEMENT: Final = ResourceType(
    name="MedicationStatement",
    rows=_all(medicines),
    resources=each(medicine_resource, updated="changed_at"),
    params=(
        of_patient(),
        by_status(
            "status",
            {**_CLINICAL, **_VERIFICATION},
            systems=code_of("CodeSystem/medication-statement-status"),
            what=f"active, {_WHAT_IN_ERROR}",
        ),
    ),
    what="Medicines that a patient takes. What was injected stands in Procedure.",
    **_OF_RECORDS,
)
QUESTIONNAIRE_RESPONSE: Final = ResourceType(
    name="QuestionnaireResponse",
    rows=_all(answered_patients),
    resources=responses,
    row_id=patient_of_response,
    is_one_each=False,
    params=(of_patient("pk"),),
    what="The answers that count, one for each time, giver and place, and the pathway. A page holds all of a "
    "patient’s.",
    **{**_OF_RECORDS, "patients_of": lambda row: (row.pk,), "patient_path": "pk"},
)
DETECTED_ISSUE: Final = ResourceType(
    name="DetectedIssue",
    rows=_all(standing_assessments),
    resources=detected_issues,
    row_id=assessment_of,
    is_one_each=False,
    params=(of_patient(), at_instant("identified", "at", what="When it was found")),
    what="Each finding of the newest safety check of a visit, and of each request that was refused. What covers it is "
    "a mitigation.",
    **_OF_RECORDS,
)
TASK: Final = ResourceType(
    name="Task",
    rows=_all(calls),
    resources=each(call_resource, updated="changed_at"),
    params=(
        of_patient(),
        at_instant("authored-on", "opened_at", what="When it was opened"),
        by_status(
            "status",
            {
                "requested": Q(closed_at__isnull=True, tried_at__isnull=True),
                "in-progress": Q(closed_at__isnull=True, tried_at__isnull=False),
                "completed": Q(closed_at__isnull=False, closed_by__isnull=False),
                "cancelled": Q(closed_at__isnull=False, closed_by__isnull=True),
            },
            systems=code_of("task-status"),
            what="requested, in-progress (tried), completed, cancelled (closed automatically)",
        ),
        of_code("code", "why", systems=(systems.CALL,), what=f"Why: {', '.join(Call.Why.values)}"),
    ),
    what="Calls that somebody has to make.",
    **{**_OF_RECORDS, "action": "read-calls"},
)
PROVENANCE: Final = ResourceType(
    name="Provenance",
    action="read-records",
    rows=_entries_seen,
    resources=provenances,
    is_one_each=False,
    patients_of=_whose_entry,
    updated="at",
    params=(of_entry(), at_instant("recorded", "at", what="When it was done")),
    what="Who recorded, corrected or withdrew a clinical resource, and why.",
)
AUDIT_EVENT: Final = ResourceType(
    name="AuditEvent",
    action="read-audit",
    rows=_all(audit_entries),
    resources=each(audit_event, updated="at"),
    patients_of=_whose_entry,
    updated="at",
    params=(
        of_entry(),
        at_instant("date", "at", what="When it was done"),
        of_code("subtype", "verb", systems=(systems.AUDIT,), what="What was done, by the verb of the trail"),
    ),
    what="The audit trail.",
)

CLINICAL: Final[tuple[ResourceType, ...]] = (
    PROCEDURE,
    DIAGNOSTIC_REPORT,
    ALLERGY,
    CONDITION,
    MEDICATION_STATEMENT,
    QUESTIONNAIRE_RESPONSE,
    DETECTED_ISSUE,
    TASK,
    PROVENANCE,
    AUDIT_EVENT,
)
