"""Who recorded, corrected or withdrew what, as Provenance: those entries of the audit trail that tell of a resource."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.provenance import Provenance, ProvenanceAgent, ProvenanceEntity
from fhir.resources.R4B.reference import Reference
from fhir.resources.R4B.resource import Resource

from injections import models
from injections.doors.fhir import systems
from injections.doors.fhir.bundle import last_updated
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.references import to
from pht_clinic.audit.models import Entry
from scheduling.audit.words import done_words
from scheduling.models import Patient

_PARTICIPANT: Final = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
_OPERATION: Final = "http://terminology.hl7.org/CodeSystem/v3-DataOperation"
_CREATED: Final = Coding(system=_OPERATION, code="CREATE", display="create")
_REVISED: Final = Coding(system=_OPERATION, code="UPDATE", display="revise")
_NULLIFIED: Final = Coding(system=_OPERATION, code="NULLIFY", display="nullify")
_ACTIVITIES: Final[Mapping[str, Coding]] = {
    "allergy-recorded": _CREATED,
    "allergy-withdrawn": _NULLIFIED,
    "call-attempted": _REVISED,
    "call-closed": _REVISED,
    "condition-recorded": _CREATED,
    "condition-withdrawn": _NULLIFIED,
    "injection-corrected": _REVISED,
    "injection-recorded": _CREATED,
    "injection-withdrawn": _NULLIFIED,
    "procedure-recorded": _CREATED,
    "report-corrected": _REVISED,
    "report-recorded": _CREATED,
    "report-withdrawn": _NULLIFIED,
}
"""The verbs of the trail that tell of clinical rows, and what R4 calls what was done to them."""
_VERSIONED: Final[Mapping[str, tuple[Any, str]]] = {
    "allergyintolerance": (models.AllergyIntolerance, "AllergyIntolerance"),
    "condition": (models.Condition, ""),
    "imagingreport": (models.ImagingReport, "DiagnosticReport"),
    "injection": (models.Injection, "Procedure"),
}
_OF_CONDITIONS: Final = {"condition": "Condition", "medicine": "MedicationStatement"}
_Subject = tuple[str, int]
"""What an entry names, and its number: ("injection", 12)."""


@dataclass(frozen=True, slots=True)
class _Told:
    """A resource that an entry tells of, the one whose place it took, and the reason that stands with it."""

    type: str
    id: int
    before: int | None = None
    reason: str = ""


def clinical_entries() -> QuerySet[Entry]:
    """The entries that tell of clinical rows of one patient."""
    return Entry.objects.filter(verb__in=_ACTIVITIES, patient_ids__len=1)


def provenances(rows: Sequence[Entry]) -> list[Resource]:
    """One of each entry, in seven queries however many there are; none of a row that is gone."""
    about = _about({_subject(row) for row in rows})
    return [_provenance(row, about[_subject(row)]) for row in rows if about.get(_subject(row))]


def without_erased(rows: QuerySet[Entry]) -> QuerySet[Entry]:
    """Those that are of nobody who was erased."""
    erased = list(Patient.objects.filter(erasure__isnull=False).values_list("pk", flat=True))
    return rows.exclude(patient_ids__overlap=erased) if erased else rows


def _subject(row: Entry) -> _Subject:
    noun, _, number = row.subject.partition(":")
    return noun, int(number)


def _about(subjects: Iterable[_Subject]) -> dict[_Subject, list[_Told]]:
    numbers: dict[str, set[int]] = defaultdict(set)
    for noun, number in subjects:
        numbers[noun].add(number)
    told = {("call", number): [_Told("Task", number)] for number in numbers["call"]}
    for noun, (model, kind) in _VERSIONED.items():
        told |= {(noun, row.pk): [_of_version(row, kind)] for row in model.objects.filter(pk__in=numbers[noun])}
    for row in models.Injection.objects.filter(appointment__in=numbers["appointment"], supersedes=None):
        told.setdefault(("appointment", row.appointment_id or 0), []).append(_Told("Procedure", row.pk))
    return told


def _of_version(row: Any, kind: str) -> _Told:
    """A row that only withdraws another is no resource: then it tells of the other one."""
    kind = kind or _OF_CONDITIONS[row.kind]
    is_withdrawal = getattr(row, "is_withdrawn", False) or getattr(row, "status", "") == "entered-in-error"
    if is_withdrawal and row.supersedes_id is not None:
        return _Told(kind, row.supersedes_id, reason=row.reason)
    return _Told(kind, row.pk, before=row.supersedes_id, reason=row.reason if row.supersedes_id else "")


def _provenance(row: Entry, told: Sequence[_Told]) -> Provenance:
    first = told[0]
    return Provenance(
        id=str(row.pk),
        meta=last_updated(row.at),
        target=[to(one.type, one.id) for one in told],
        recorded=row.at,
        reason=[elements.text_only(first.reason)] if first.reason.strip() else None,
        activity=CodeableConcept(
            coding=[_ACTIVITIES[row.verb], Coding(system=systems.AUDIT, code=row.verb)], text=done_words(row.verb)
        ),
        agent=[_agent(row)],
        entity=[ProvenanceEntity(role="revision", what=to(first.type, first.before))] if first.before else None,
    )


def _agent(row: Entry) -> ProvenanceAgent:
    """Whoever entered it; the patient by their link is the patient themselves."""
    who = to("Patient", row.patient_ids[0]) if row.actor_kind == "patient" else Reference(display=row.actor_name)
    return ProvenanceAgent(type=elements.concept(_PARTICIPANT, "enterer", "Enterer"), who=who)
