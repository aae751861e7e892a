"""Entries of the audit trail as AuditEvent."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet
from fhir.resources.R4B.auditevent import (
    AuditEvent,
    AuditEventAgent,
    AuditEventAgentNetwork,
    AuditEventEntity,
    AuditEventSource,
)
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.reference import Reference

from injections.doors.fhir import systems
from injections.doors.fhir.clinical import elements
from injections.doors.fhir.references import to
from pht_clinic.audit.models import Entry
from scheduling.audit.words import REFUSALS, entry_words

_DCM: Final = "http://dicom.nema.org/resources/ontology/DCM"
_PATIENT_RECORD: Final = Coding(system=_DCM, code="110110", display="Patient Record")
_APPLICATION: Final = Coding(system=_DCM, code="110100", display="Application Activity")
_ROLE: Final = "http://terminology.hl7.org/CodeSystem/object-role"
_PATIENT: Final = Coding(system=_ROLE, code="1", display="Patient")
_ACTIONS: Final = {
    "viewed": "R",
    "recorded": "C",
    "registered": "C",
    "added": "C",
    "corrected": "U",
    "changed": "U",
    "withdrawn": "U",
}
"""What R4 calls what was done, by the last word of the verb; of the rest it has no code, and they say none."""
_SUCCESS, _REFUSED = "0", "4"


def audit_entries() -> QuerySet[Entry]:
    """Every entry with what its resource shows, in one query."""
    return Entry.objects.select_related("user")


def audit_event(row: Entry) -> AuditEvent:
    """One entry: who did or saw what, when, by which door and from which network, and whose record it was."""
    return AuditEvent(
        id=str(row.pk),
        type=_PATIENT_RECORD if row.patient_ids else _APPLICATION,
        subtype=[Coding(system=systems.AUDIT, code=row.verb, display=entry_words(row.verb, row.subject))],
        action=_ACTIONS.get(row.verb.rpartition("-")[2]),
        recorded=row.at,
        outcome=_REFUSED if row.verb in REFUSALS else _SUCCESS,
        agent=[_agent(row)],
        source=AuditEventSource(
            observer=Reference(display="PHT Clinic"),
            type=[Coding(system=systems.DOOR, code=row.door)] if row.door else None,
        ),
        entity=_entities(row),
    )


def _agent(row: Entry) -> AuditEventAgent:
    return AuditEventAgent(
        type=elements.concept(systems.ACTOR, row.actor_kind) if row.actor_kind else None,
        role=[elements.concept(systems.ROLE, row.user.role)] if row.user and row.user.role else None,
        who=elements.named(row.actor_name),
        requestor=True,
        network=AuditEventAgentNetwork(address=row.network) if row.network else None,
    )


def _entities(row: Entry) -> list[AuditEventEntity] | None:
    """Each patient whose record it was, then what it was about."""
    patients = [AuditEventEntity(what=to("Patient", pk), role=_PATIENT) for pk in row.patient_ids]
    about = [AuditEventEntity(name=row.subject)] if row.subject else []
    return [*patients, *about] or None
