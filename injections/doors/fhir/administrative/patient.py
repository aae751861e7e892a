"""Patients as FHIR has them."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat, Greatest
from fhir.resources.R4B.address import Address
from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.coding import Coding
from fhir.resources.R4B.contactpoint import ContactPoint
from fhir.resources.R4B.humanname import HumanName
from fhir.resources.R4B.identifier import Identifier
from fhir.resources.R4B.patient import Patient as PatientResource
from fhir.resources.R4B.patient import PatientCommunication, PatientContact, PatientLink
from fhir.resources.R4B.reference import Reference

from injections.doors.coded.people import NHS_NUMBER
from injections.doors.fhir.references import to
from injections.doors.fhir.resource_type import NOTHING, ResourceType, SearchParam, each, on_day
from injections.doors.fhir.values import NotUnderstood, Token
from pht_clinic.people.actors import Actor
from scheduling.models import Death, Merge, NameWord, Patient, RecordEdit
from scheduling.patients.folding import words_of

LANGUAGES: Final = "urn:ietf:bcp:47"
_SPACES: Final = re.compile(r"[\s-]")
MOST_WORDS: Final = 200


def _rows(by: Actor, now: datetime) -> QuerySet[Patient]:
    rows = Patient.objects.select_related("merged_into__death", "death").prefetch_related("merged_from")
    return rows.alias(**_CHANGES).annotate(updated=_UPDATED)


_EDITED: Any = RecordEdit.objects.filter(
    record=Concat(Value("patient:"), Cast(OuterRef("pk"), CharField()), output_field=CharField())
)
_CHANGES: Final[dict[str, Any]] = {
    "edited": Subquery(_EDITED.order_by("-revision").values("at")[:1]),
    "death_told": Subquery(Death.objects.filter(patient=OuterRef("pk")).order_by("-pk").values("recorded_at")[:1]),
    "merged": Subquery(
        Merge.objects.filter(Q(source=OuterRef("pk")) | Q(target=OuterRef("pk")))
        .order_by(Coalesce("undone_at", "at").desc())
        .values(last=Coalesce("undone_at", "at"))[:1]
    ),
}
_UPDATED: Any = Greatest("registered_at", "edited", "death_told", "merged", "erasure__at")


def patient_resource(patient: Patient) -> PatientResource:
    """One record. One that was merged away is not active, and says which replaces it."""
    death = patient.kept.death
    died: Any = death.on if death else None  # as exact as it is known, which the types of the package do not know
    return PatientResource(
        id=str(patient.pk),
        identifier=_identifiers(patient),
        active=patient.merged_into_id is None,
        name=_names(patient),
        telecom=_telecom(patient),
        birthDate=patient.date_of_birth,
        deceasedDateTime=died,
        address=[Address(text=patient.address)] if patient.address else None,
        contact=_contacts(patient),
        communication=_languages(patient),
        generalPractitioner=_gp(patient),
        link=_links(patient),
    )


def _identifiers(patient: Patient) -> list[Identifier] | None:
    return [Identifier(system=NHS_NUMBER, value=patient.nhs_number)] if patient.nhs_number else None


def _names(patient: Patient) -> list[HumanName]:
    given: list[str | None] = [*patient.given_name.split()]
    present = HumanName(use="official", text=str(patient), family=patient.family_name or None, given=given or None)
    return [present, *(HumanName(use="old", text=name) for name in patient.former_names)]


def _telecom(patient: Patient) -> list[ContactPoint] | None:
    """A preferred way has rank 1. An address from which mails come back is old."""
    first = {Patient.Contact.PHONE: "phone", Patient.Contact.SMS: "phone", Patient.Contact.EMAIL: "email"}
    preferred = first.get(Patient.Contact(patient.preferred_contact)) if patient.preferred_contact else None
    found = [
        ContactPoint(system=system, value=value, use=use, rank=1 if system == preferred else None)
        for system, value, use in (
            ("phone", patient.phone, None),
            ("email", patient.email, "old" if patient.is_email_failing else None),
        )
        if value
    ]
    return found or None


def _contacts(patient: Patient) -> list[PatientContact] | None:
    if not patient.carer_name:
        return None
    relation = [CodeableConcept(text=patient.carer_relation)] if patient.carer_relation else None
    phone = [ContactPoint(system="phone", value=patient.carer_phone)] if patient.carer_phone else None
    return [PatientContact(relationship=relation, name=HumanName(text=patient.carer_name), telecom=phone)]


def _languages(patient: Patient) -> list[PatientCommunication] | None:
    """The one to interpret into, in words, and the one that they read, by its code."""
    found = [CodeableConcept(text=patient.language)] if patient.language else []
    if patient.written_language:
        found.append(CodeableConcept(coding=[Coding(system=LANGUAGES, code=patient.written_language)]))
    return [PatientCommunication(language=one) for one in found] or None


def _gp(patient: Patient) -> list[Reference] | None:
    words = ", ".join(filter(None, (patient.gp_name, patient.gp_practice)))
    return [Reference(display=words)] if words else None


def _links(patient: Patient) -> list[PatientLink] | None:
    if patient.merged_into_id is not None:
        return [PatientLink(other=to("Patient", patient.merged_into_id), type="replaced-by")]
    return [PatientLink(other=to("Patient", one.pk), type="replaces") for one in patient.merged_from.all()] or None


def _numbered(value: Token) -> Q:
    """By the NHS number, spaces or not."""
    return Q(nhs_number=_SPACES.sub("", value.code)) if value.code and value.may_be_of(NHS_NUMBER) else NOTHING


def _named(text: str) -> Q:
    """Every word begins a word of a present or former name, without accents or case. A query for each word.

    Raises: NotUnderstood (so many names begin so that not all could be looked for).
    """
    wanted = Q()
    typed = words_of(text)
    for word in typed:
        known = NameWord.objects.filter(word__startswith=word).order_by("word")
        meant = [*known.values_list("word", flat=True)[: MOST_WORDS + 1]]
        if len(meant) > MOST_WORDS:
            raise NotUnderstood.field("name", "begins too many names: say more of it")
        wanted &= Q(name_words__overlap=meant)
    return wanted if typed else NOTHING


PATIENT: Final = ResourceType(
    name="Patient",
    action="read-patients",
    rows=_rows,
    resources=each(patient_resource, updated="updated"),
    patients_of=lambda row: (row.pk,),
    patient_path="pk",
    updated="updated",
    needs=("_id", "identifier", "name", "birthdate", "_lastUpdated"),
    what="A record that was merged into another is not active and links to the one that replaces it.",
    params=(
        SearchParam(name="identifier", kind="token", matches=_numbered, what="The NHS number", is_personal=True),
        SearchParam(
            name="name",
            kind="string",
            matches=_named,
            what="Words that present or former names begin with, accents and case aside",
            is_personal=True,
        ),
        on_day("birthdate", "date_of_birth", what="The date of birth", is_personal=True),
    ),
)
