"""Emails that a patient may do without: what is not about a booked visit. A link in each ends them.

The link is the patient's number, signed under a salt of its own: nothing about a person can be read in it, it opens no
page of theirs, and it does not end. Source: RFC 8058 (one click), RFC 2369 (List-Unsubscribe).
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import PATIENT, Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import Patient

_LONGEST: Final = 100
_SALT: Final = "scheduling.opt-out"


def address_of(patient: Patient) -> str:
    """The full address at which this patient ends what is not about a booked visit."""
    return f"{settings.PUBLIC_BASE_URL}{reverse('mails-off', args=[token_of(patient.kept_id)])}"


def token_of(patient_id: int) -> str:
    """The signed part of it. The same for the same patient."""
    return _signer().sign(str(patient_id))


def follow(token: str) -> Patient | None:
    """Whose link this is, the record that is kept; None for anything that was not signed here."""
    if len(token) > _LONGEST:
        return None
    try:
        patient_id = _signer().unsign(token)
    except BadSignature:
        return None
    found = Patient.objects.select_related("merged_into").filter(pk=int(patient_id)).first()
    return found.kept if found else None


def opt_out(patient: Patient, *, how: str, now: datetime) -> bool:
    """The patient wants no emails but those about a booked visit; False where that was known.

    `how` is one of `Patient.OptedOut`. What is planned is looked at once more when it is due. A phone call, and what
    stands on their own page, are as before.
    """
    with use_case():
        kept = the(Patient.objects.select_for_update(no_key=True), patient.kept_id)
        if kept.opted_out_at is not None:
            return False
        _store(kept, how=how, at=now)
        _record("patient-opted-out", kept, by=PATIENT, now=now, detail={"how": how})
        return True


def opt_in_again(patient_id: int, *, by: Actor, now: datetime) -> Patient:
    """The patient said that they want them again. Raises: Forbidden, Missing, Conflict (they get all of them)."""
    check_permitted("correct-patient", by)
    with use_case():
        patient = the(Patient.objects.select_for_update(no_key=True), patient_id)
        if patient.opted_out_at is None:
            raise Conflict("They have not asked for fewer emails.")
        _store(patient, how="", at=None)
        _record("patient-opted-in", patient, by=by, now=now, detail={})
        return patient


def _store(patient: Patient, *, how: str, at: datetime | None) -> None:
    patient.opted_out_how, patient.opted_out_at = how, at
    patient.save(update_fields=["opted_out_how", "opted_out_at"])


def _record(verb: str, patient: Patient, *, by: Actor, now: datetime, detail: dict[str, object]) -> None:
    record(verb, by=by, now=now, patients=[patient.pk], subject=f"patient:{patient.pk}", detail=detail)


def _signer() -> Signer:
    return Signer(salt=_SALT, sep=".")
