"""Somebody with a canary in every field that says how they are reached, in all the places where such a thing lands."""

from __future__ import annotations

from typing import Final

from injections.merging.merge import merge_patients
from injections.patient.identity import correct_patient
from scheduling.models import MailNews, Message, Patient
from scheduling.patients.duplicates import report_duplicate
from tests.clinic import Clinic

CANARIES: Final = {
    "email": "canary.now@mail.example",
    "old-email": "canary.before@mail.example",
    "phone": "+447700900811",
    "old-phone": "+447700900812",
    "address": "Canary Wharf Lane",
    "gp": "Dr Canarygp",
    "gp-email": "canary.gp@practice.example",
    "carer": "Canarina Carer",
    "carer-phone": "+447700900813",
    "merged-email": "canary.merged@mail.example",
    "note": "ring canary neighbour",
    "bounce": "mailbox canary.full",
}


def somebody(clinic: Clinic) -> Patient:
    """A patient with one earlier injection, corrected once, merged from another record, written to, nothing open."""
    patient = clinic.patient(
        "Canaryman",
        email=CANARIES["old-email"],
        phone="07700 900812",
        nhs_number="9990043019",
        address=f"1 {CANARIES['address']}",
        gp_name=CANARIES["gp"],
        gp_email=CANARIES["gp-email"],
        carer_name=CANARIES["carer"],
        carer_phone="07700 900813",
    )
    other = clinic.patient("Canaryman-Twice", email=CANARIES["merged-email"], phone="07700 900812")
    by = {"by": clinic.manager, "now": clinic.now}
    report_duplicate(patient.pk, other_id=other.pk, note=CANARIES["note"], **by)
    merge_patients(other.pk, into_id=patient.pk, **by)
    changes = {"email": CANARIES["email"], "phone": "07700 900811"}
    correct_patient(patient.pk, changes=changes, by=clinic.reception, now=clinic.now)
    clinic.earlier_injection(patient, "2025-01-20")
    message = Message.objects.create(
        kind="confirmed",
        template="scheduling/mail/confirmed",
        subject=f"patient:{patient.pk}",
        occasion="canary",
        patient=patient,
        recipient=CANARIES["email"],
        values={"dear": CANARIES["email"], "risks_version": "1"},
        due_at=clinic.now,
        expires_at=clinic.now,
        planned_at=clinic.now,
        sent_at=clinic.now,
        status=Message.State.SENT,
    )
    MailNews.objects.create(
        key="canary",
        provider="smtp",
        kind=MailNews.Kind.BOUNCED,
        message=message,
        at=clinic.now,
        heard_at=clinic.now,
        said=CANARIES["bounce"],
    )
    return Patient.objects.get(pk=patient.pk)
