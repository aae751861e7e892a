"""How resources name each other, and what of a person FHIR says in structures of its own."""

from __future__ import annotations

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.reference import Reference

from injections.doors.coded.own import system_of
from injections.visit_kinds import KINDS
from scheduling.models import Patient, Practitioner, Room


def to(type_: str, row_id: int | str, *, display: str = "") -> Reference:
    """A reference to a resource of this server."""
    return Reference(reference=f"{type_}/{row_id}", display=display or None)


def to_patient(patient: Patient) -> Reference:
    """To the record that counts for this person."""
    return to("Patient", patient.kept_id)


def to_practitioner(practitioner: Practitioner) -> Reference:
    return to("Practitioner", practitioner.pk, display=practitioner.name)


def to_room(room: Room) -> Reference:
    return to("Location", room.pk, display=room.name)


def service_type(kind: str) -> CodeableConcept:
    """A kind of visit."""
    name = KINDS[kind].name if kind in KINDS else kind
    return CodeableConcept(coding=[Coding(system=system_of("service"), code=kind, display=name)], text=name)
