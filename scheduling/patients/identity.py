"""Who a patient is: registering somebody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from psycopg.errors import UniqueViolation

from pht_clinic.audit.record import record
from pht_clinic.audit.values import added
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import Patient
from scheduling.patients.identity_checks import MixedScripts, check_identity, check_number_free, mixed_words
from scheduling.patients.look_alikes import LookAlike, look_alikes
from scheduling.patients.matching import Person
from scheduling.patients.name_words import note_words
from scheduling.patients.restricted import shown_to_who_looks


def find_patient(patient_id: int) -> Patient:
    """One patient. Raises: Missing; Forbidden, on a page of somebody who may not see whoever was erased."""
    return shown_to_who_looks(the(Patient.objects.select_related("merged_into"), patient_id))


class LikelyDuplicate(Conflict):
    """Somebody much like this is registered. `extra["duplicates"]` names each and why; `confirm_new` passes it."""

    code = "likely-duplicate"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPatient:
    """Who somebody is and how to reach them, as typed. One of the two names may be "".

    Where nothing is said of `email_opt_in`, an address that is given is one to write to.
    """

    given_name: str = ""
    family_name: str = ""
    date_of_birth: date
    former_names: Sequence[str] = ()
    email: str = ""
    phone: str = ""
    nhs_number: str | None = None
    email_opt_in: bool | None = None
    address: str = ""
    preferred_contact: str = ""
    language: str = ""
    written_language: str = ""
    needs: str = ""
    gp_name: str = ""
    gp_practice: str = ""
    gp_address: str = ""
    gp_email: str = ""
    carer_name: str = ""
    carer_relation: str = ""
    carer_phone: str = ""
    carer_may_speak: bool = False


def register_patient(
    new: NewPatient, *, confirm_new: bool = False, confirm_spelling: bool = False, by: Actor, now: datetime
) -> Patient:
    """Register a new patient.

    Registrations wait for each other, so that one person who is typed in at two desks is seen by the second.
    Raises: Forbidden, Invalid (every field that is wrong), NumberTaken, LikelyDuplicate unless `confirm_new`,
    MixedScripts unless either is confirmed.
    """
    check_permitted("register-patient", by)
    values = check_identity(asdict(new), now=now)
    if values["email_opt_in"] is None:
        values["email_opt_in"] = bool(values["email"])
    with use_case():
        _wait_for_other_registrations()
        check_number_free(values["nhs_number"])
        alike = look_alikes(_person(values))
        mixed = mixed_words(values)
        if alike and not confirm_new:
            raise LikelyDuplicate(_who_is_alike(alike), extra=_named(alike))
        if mixed and not (confirm_new or confirm_spelling):
            raise MixedScripts.of(mixed)
        patient = Patient(registered_at=now, **values)
        note_words(patient)
        try:
            with transaction.atomic():
                patient.save()
        except IntegrityError as error:
            if isinstance(error.__cause__, UniqueViolation):
                check_number_free(values["nhs_number"])
            raise
        record("patient-registered", by=by, now=now, changed=added(values), **_about(patient))
        _note_passed(patient, alike, mixed, by=by, now=now)
        return patient


def _note_passed(
    patient: Patient, alike: Sequence[LookAlike], mixed: Sequence[str], *, by: Actor, now: datetime
) -> None:
    """Tell the audit trail which questions were passed."""
    if alike:
        like = {"like": [str(one.patient.pk) for one in alike]}
        record("duplicate-passed", by=by, now=now, detail=like, **_about(patient))
    if mixed:
        record("spelling-passed", by=by, now=now, **_about(patient))


def _about(patient: Patient) -> dict[str, Any]:
    return {"patients": [patient.pk], "subject": f"patient:{patient.pk}"}


def _wait_for_other_registrations() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [REGISTRATIONS])


REGISTRATIONS = 0x70617469656E74
"""Which of the database's advisory locks: "patient" in ASCII."""


def _person(values: dict[str, object]) -> Person:
    told = {name: values[name] for name in Person.__dataclass_fields__}
    return Person(**told | {"former_names": tuple(values["former_names"])})  # type: ignore[arg-type]  # as checked


def _who_is_alike(alike: Sequence[LookAlike]) -> str:
    first = alike[0]
    others = f", and {len(alike) - 1} more," if len(alike) > 1 else ""
    return f"{first.patient}{others} may be the same person. {' '.join(first.because)}"


def _named(alike: Sequence[LookAlike]) -> dict[str, object]:
    return {
        "patient": str(alike[0].patient.pk),
        "duplicates": [
            {"patient": str(one.patient.pk), "name": str(one.patient), "because": one.because} for one in alike
        ],
    }
