"""Injections, given here or elsewhere, as Procedure."""

from __future__ import annotations

from typing import Final

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery
from django.db.models.functions import Greatest
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.extension import Extension
from fhir.resources.R4B.medication import Medication, MedicationBatch
from fhir.resources.R4B.period import Period
from fhir.resources.R4B.procedure import Procedure, ProcedurePerformer
from fhir.resources.R4B.reference import Reference

from injections.doors.coded.body_sites import body_sites
from injections.doors.coded.concepts import injection_code, own_concept
from injections.doors.coded.own import REST_HOURS
from injections.doors.fhir import systems
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.clinical.versions import all_versions, holds_no_more
from injections.doors.fhir.references import to, to_patient
from injections.models import Complication, Injection

_STATUS: Final = {
    Injection.Status.GIVEN.value: "completed",
    Injection.Status.PART_GIVEN.value: "stopped",
    Injection.Status.NOT_GIVEN.value: "not-done",
}
_DRUG: Final = "drug"
_GIVEN: Final = "given_there"
"""On an appointment, where `procedures` read it: its injections that were given, in their order."""


def procedures() -> QuerySet[Injection]:
    """Every injection with what its resource shows, in a fixed number of queries. It changes with its own corrections,
    and when a complication of its visit is recorded.
    """
    noticed = Complication.objects.filter(appointment=OuterRef("appointment")).order_by("-recorded_at")
    newest = Subquery(noticed.values("recorded_at")[:1])
    given = Prefetch("appointment__injections", queryset=Injection.objects.given().order_by("number"), to_attr=_GIVEN)
    rows = all_versions(Injection.objects.all()).annotate(changed_at=Greatest("changed_at", newest))
    found: QuerySet[Injection] = rows.prefetch_related("appointment__complications", given)
    return found


def procedure_resource(row: Injection) -> Procedure:
    """One injection. Its date is as exact as it is known ("2025-08"); one of unknown date has none.

    A part-given one is "stopped". One that was corrected or withdrawn is "entered-in-error".
    """
    is_patients = row.origin == Injection.Origin.PATIENT_REPORTED
    return Procedure(
        id=str(row.pk),
        extension=_extensions(row),
        contained=[_medication(row)] if row.drug else None,
        status="entered-in-error" if holds_no_more(row) else _STATUS[row.status],
        statusReason=_why_not(row),
        code=injection_code(steroid=row.steroid),
        subject=to_patient(row.patient),
        performedPeriod=Period(start=row.started_at, end=row.ended_at) if row.ended_at else None,
        performedDateTime=None if row.ended_at else elements.partial_date(row.given),
        recorder=elements.person(row.recorded_by),
        asserter=to_patient(row.patient) if is_patients else None,
        performer=_performer(row),
        bodySite=[*body_sites(row.site, row.side), *_targets(row)],
        complication=_complications(row),
        note=elements.notes(row.note, row.complications, _dose(row), row.rest_reason),
        usedReference=[Reference(reference=f"#{_DRUG}")] if row.drug else None,
    )


def _why_not(row: Injection) -> CodeableConcept | None:
    """Why nothing was injected, the kind of reason before its words."""
    if row.status != Injection.Status.NOT_GIVEN or not row.why_not_given:
        return None
    why = elements.text_only(row.why_not_given)
    return elements.concept(systems.NOT_GIVEN, row.reason_code, row.why_not_given) if row.reason_code else why


def _performer(row: Injection) -> list[ProcedurePerformer] | None:
    """Of our own whoever the visit was with."""
    if row.appointment is None:
        return None
    return [ProcedurePerformer(actor=to("Practitioner", row.appointment.practitioner_id))]


def _targets(row: Injection) -> list[CodeableConcept]:
    return [own_concept("target", one) for one in row.targets]


def _complications(row: Injection) -> list[CodeableConcept] | None:
    """What was noticed afterwards, with the first injection of its visit that was given."""
    if row.appointment is None:
        return None
    given: list[Injection] = getattr(row.appointment, _GIVEN)
    if row.pk not in [one.pk for one in given[:1]]:
        return None
    return [_complication(one) for one in row.appointment.complications.all()] or None


def _complication(row: Complication) -> CodeableConcept:
    said = ": ".join(filter(None, (f"{row.get_kind_display()}, {row.severity}, {row.on.isoformat()}", row.note)))
    return elements.concept(systems.COMPLICATION, row.kind, said)


def _medication(row: Injection) -> Medication:
    """What was injected, with its batch: by it whoever got a batch that is called back is found."""
    expires = elements.day(row.expires_on)
    batch = MedicationBatch(lotNumber=row.batch or None, expirationDate=expires) if row.batch or expires else None
    return Medication(id=_DRUG, code=elements.text_only(row.drug), batch=batch)


def _dose(row: Injection) -> str:
    amounts = ((row.dose_mg, "mg"), (row.strength_mg_ml, "mg/ml"), (row.volume_ml, "ml"))
    said = ", ".join(f"{amount:f} {unit}" for amount, unit in amounts if amount is not None)
    return f"Dose: {said}" if said else ""


def _extensions(row: Injection) -> list[Extension]:
    """When it was recorded, which a date that is known only in part is never later than; hours of rest."""
    recorded = Extension(url=systems.PROCEDURE_RECORDED, valueDateTime=elements.day(row.recorded_on))
    if row.rest_hours is None:
        return [recorded]
    return [recorded, Extension(url=REST_HOURS, valueUnsignedInt=row.rest_hours)]
