"""Whose resources they are: one patient, and nothing of anybody else."""

from collections.abc import Iterator
from typing import Final

from fhir.resources.R4B.appointment import Appointment
from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.reference import Reference
from fhir.resources.R4B.resource import Resource

from injections.doors.coded.errors import CodedError
from injections.safety.reading.reader import Problem

NHS_NUMBER: Final = "https://fhir.nhs.uk/Id/nhs-number"
"""Source: NHS Digital, FHIR identifier systems, https://fhir.nhs.uk/Id/nhs-number"""
_SUBJECTS: Final = ("subject", "patient")


def the_patient(resources: list[Resource]) -> Patient | None:
    """The patient among the resources; None where there is none. Raises CodedError where there are two."""
    found = [resource for resource in resources if isinstance(resource, Patient)]
    if len(found) > 1:
        raise CodedError([Problem("#", f"has {len(found)} patients, where facts are of one")])
    return found[0] if found else None


def without_replaced(resources: list[Resource]) -> list[Resource]:
    """All but the records of one person that were merged into another record: what was written on them names that."""
    return [one for one in resources if not (isinstance(one, Patient) and _is_replaced(one))]


def _is_replaced(patient: Patient) -> bool:
    return any(link.type == "replaced-by" for link in patient.link or ())


def reason_to_leave(resource: Resource, patient: Patient | None) -> str | None:
    """Why a resource must not be read: FHIR lets it carry what changes its meaning, or it is about somebody else."""
    if resource.implicitRules or getattr(resource, "modifierExtension", None):
        return "modifierExtension or implicitRules: may change its meaning in a way that is not known here"
    if patient is None or not patient.id or isinstance(resource, Patient):
        return None
    if any(_is_other(reference, patient.id) for reference in _subjects(resource)):
        return "it is about another patient"
    return None


def _subjects(resource: Resource) -> Iterator[str]:
    """The references to whom it is about."""
    if isinstance(resource, Appointment):
        actors = (participant.actor for participant in resource.participant or ())
        yield from (found for actor in actors if (found := _text(actor)) and _kind(found) == "Patient")
    for name in _SUBJECTS:
        reference = getattr(resource, name, None)
        if isinstance(reference, Reference) and (found := _text(reference)):
            yield found


def _text(reference: Reference | None) -> str | None:
    return reference.reference if reference else None


def _kind(reference: str) -> str:
    """The kind that "Patient/7", "https://…/Patient/7" or "…/Patient/7/_history/2" refers to; else nothing."""
    steps = reference.partition("/_history/")[0].split("/")
    return steps[-2] if len(steps) > 1 else ""


def _is_other(reference: str, patient_id: str) -> bool:
    """Whether the reference leads to somebody else. One that says no kind, such as urn:uuid, is taken on trust."""
    plain = reference.partition("/_history/")[0]
    return _kind(reference) != "" and plain.split("/")[-1] != patient_id
