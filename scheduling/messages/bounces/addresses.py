"""Addresses that do not work: marked for everybody who has them, and trusted again by the desk."""

from __future__ import annotations

from datetime import datetime

from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.messages import recipients
from scheduling.models import Patient


def mark(patient: Patient, *, why: str, now: datetime) -> None:
    """The patient's address does not work, or, with `why` "", works again; what waits to be sent follows.

    `why` is a name of `recipients.FAILING`. Call it with the patient locked.
    """
    patient.failing_email = patient.email if why else ""
    patient.failing_why, patient.failing_since = why, now if why else None
    patient.save(update_fields=["failing_email", "failing_why", "failing_since"])
    recipients.readdress(patient, now=now)


def trust_address(patient_id: int, *, by: Actor, now: datetime) -> Patient:
    """Somebody asked the patient: the address works, as after a mailbox that was full. Mails go there again.

    Another address on record needs none of this: the mark is of the one that failed.
    Raises: Forbidden, Missing, Conflict (it is not marked).
    """
    check_permitted("correct-patient", by)
    with use_case():
        patient = the(Patient.objects.select_for_update(no_key=True), patient_id)
        if not patient.is_email_failing:
            raise Conflict("Nothing is known against this address.")
        mark(patient, why="", now=now)
        record("patient-email-trusted", by=by, now=now, patients=[patient.pk], subject=f"patient:{patient.pk}")
        return patient
