"""What a person does not tolerate, has and takes: AllergyIntolerance, Condition, MedicationStatement.

Free text as it was recorded. A condition's own code is of whatever system its source used, which nobody recorded, so
it is given without a system.
"""

from __future__ import annotations

from typing import Any, Final

from django.db.models import QuerySet
from fhir.resources.R4B.allergyintolerance import AllergyIntolerance, AllergyIntoleranceReaction
from fhir.resources.R4B.annotation import Annotation
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.condition import Condition
from fhir.resources.R4B.medicationstatement import MedicationStatement
from fhir.resources.R4B.period import Period

from injections import models
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.clinical.versions import all_versions, holds_no_more
from injections.doors.fhir.references import to_patient

ALLERGY_CODES: Final = "http://terminology.hl7.org/CodeSystem/allergyintolerance-"
CONDITION_CODES: Final = "http://terminology.hl7.org/CodeSystem/condition-"
"""Before the name of each of the two statuses: that they have it, and how sure that is."""


def allergies() -> QuerySet[models.AllergyIntolerance]:
    """Every allergy with what its resource shows, in one query."""
    return all_versions(models.AllergyIntolerance.objects.all())


def conditions() -> QuerySet[models.Condition]:
    """Every condition with what its resource shows, in one query."""
    return all_versions(models.Condition.objects.filter(kind=models.Condition.Kind.CONDITION))


def medicines() -> QuerySet[models.Condition]:
    """Every medicine with what its resource shows, in one query."""
    return all_versions(models.Condition.objects.filter(kind=models.Condition.Kind.MEDICINE))


def allergy_resource(row: models.AllergyIntolerance) -> AllergyIntolerance:
    """One allergy; how sure it is nobody recorded, so it says nothing of that but when it was in error."""
    in_error = holds_no_more(row)
    return AllergyIntolerance(
        **_of_each(row),
        clinicalStatus=None if in_error else _status(f"{ALLERGY_CODES}clinical", "active"),
        verificationStatus=_status(f"{ALLERGY_CODES}verification", "entered-in-error") if in_error else None,
        code=elements.text_only(row.substance),
        patient=to_patient(row.patient),
        onsetDateTime=elements.partial_date(row.since),
        recordedDate=row.recorded_at,
        recorder=elements.person(row.recorded_by),
        reaction=[AllergyIntoleranceReaction(manifestation=[elements.text_only(row.reaction)])]
        if row.reaction
        else None,
    )


def condition_resource(row: models.Condition) -> Condition:
    """One condition. What stands is active: this record does not say that one has ended."""
    in_error = holds_no_more(row)
    return Condition(
        **_of_each(row),
        clinicalStatus=None if in_error else _status(f"{CONDITION_CODES}clinical", "active"),
        verificationStatus=_status(f"{CONDITION_CODES}ver-status", "entered-in-error") if in_error else None,
        code=_named(row),
        subject=to_patient(row.patient),
        onsetDateTime=elements.partial_date(row.since),
        recordedDate=row.recorded_at,
        recorder=elements.person(row.recorded_by),
    )


def medicine_resource(row: models.Condition) -> MedicationStatement:
    """One medicine, taken since then."""
    return MedicationStatement(
        **_of_each(row),
        status="entered-in-error" if holds_no_more(row) else "active",
        medicationCodeableConcept=_named(row),
        subject=to_patient(row.patient),
        effectivePeriod=Period(start=elements.partial_date(row.since)) if row.since else None,
        dateAsserted=row.recorded_at,
        informationSource=elements.person(row.recorded_by),
    )


def _of_each(row: models.AllergyIntolerance | models.Condition) -> dict[str, Any]:
    """What all three have: id, and who said so."""
    said: list[Annotation] | None = elements.notes(f"Said by: {row.said_by}" if row.said_by else "")
    return {"id": str(row.pk), "note": said}


def _named(row: models.Condition) -> CodeableConcept:
    return CodeableConcept(coding=[Coding(code=row.code)] if row.code else None, text=row.name)


def _status(system: str, code: str) -> CodeableConcept:
    return CodeableConcept(coding=[Coding(system=system, code=code)])
