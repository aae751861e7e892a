"""Somebody with a canary in every field that says how they are reached, in all the places where such a thing lands."""

from __future__ import annotations

from typing import Final

from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import change, put_on, take_off
from injections.booking.wish import Wish
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
    "wish": "ask at canary bakery",
    "old-wish": "ask at canary butcher",
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
    _waited(clinic, patient)
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


def _waited(clinic: Clinic, patient: Patient) -> None:
    """For an earlier time once, with a note that was changed."""
    by = {"by": clinic.reception, "now": clinic.now}
    wish = put_on(NewWish(patient_id=patient.pk, what=Wish(kind="follow-up"), note=CANARIES["old-wish"]), **by)
    change(wish.pk, {"note": CANARIES["wish"]}, **by)
    take_off(wish.pk, reason="They came before", **by)
