"""Erasing a person: how to reach them goes, the clinical record stays and is shown to few. Nothing takes it back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import transaction

from injections.assessment.open_calls import open_calls_about
from injections.models import WaitingWish
from injections.patient.keeping.going import empty_later, empty_now
from injections.patient.keeping.remove import ALIAS
from pht_clinic.audit.record import entry, record
from pht_clinic.audit.values import forget
from pht_clinic.errors import Busy, Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import what_is_hidden
from scheduling.diary.locks import lock, use_case
from scheduling.messages import outbox
from scheduling.messages.recipients import ERASED
from scheduling.models import Appointment, Erasure, Message, Patient
from scheduling.states import HOLDING
from scheduling.templatetags.clinic_words import kind_name, moment

LONGEST_REASON: Final = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedToErase:
    """Why, as a code and in words, and the record's number as it was typed to say that it is meant."""

    reason_code: str
    reason: str
    number: str


class StillOpen(Conflict):
    """Something stands that needs to reach the patient: `extra["open"]` names each."""

    code = "still-open"


def problems_of(patient: Patient, asked: AskedToErase) -> list[FieldError]:
    """Every problem of what was sent."""
    problems = []
    if asked.reason_code not in Erasure.Why.values:
        problems.append(FieldError("#/reason_code", f"Choose one of {', '.join(Erasure.Why.values)}."))
    if not asked.reason.strip():
        problems.append(FieldError("#/reason", "Say why in words."))
    elif why := what_is_hidden(asked.reason, lines=True):
        problems.append(FieldError("#/reason", f"This text {why}"))
    elif len(asked.reason.strip()) > LONGEST_REASON:
        problems.append(FieldError("#/reason", f"Use at most {LONGEST_REASON} characters."))
    if asked.number.strip() != str(patient.pk):
        problems.append(FieldError("#/number", f"Type the record’s number, {patient.pk}, to say that you mean it."))
    return problems


def what_stands(patient: Patient) -> list[str]:
    """What keeps a person from being erased, each in a sentence: visits that hold their time or of which nobody said
    what happened, open calls, wishes on the waiting list.
    """
    return list(_open(patient))


def erase(patient_id: int, asked: AskedToErase, *, by: Actor, now: datetime) -> Erasure:
    """Erase a person: every record that counts for them, at once or not at all.

    1. Lock the records; nothing may stand that needs to reach the patient.
    2. Say so in a row, by which every door restricts the record from then on.
    3. Take back what waits to be said, and empty what the application's role may empty. `finish` does the rest.
    Raises: Forbidden, Missing, Invalid (every problem), Conflict (merged into another record, erased already),
    StillOpen, Busy.
    """
    check_permitted("erase-patient", by)
    records = records_of(patient_id)
    if not records:
        raise Missing("There is no such patient.")
    with use_case():
        patient = lock(patients=records).patients[patient_id]
        if records_of(patient_id) != records:
            raise Busy("Another record is being merged into this one right now. Try again in a moment.")
        check_may_be_erased(patient)
        if problems := problems_of(patient, asked):
            raise Invalid(problems)
        row = Erasure.objects.create(
            record=patient, at=now, by_id=by.user_id, reason_code=asked.reason_code, reason=asked.reason.strip()
        )
        outbox.take_back(Message.objects.filter(patient__in=records), reason=ERASED, now=now)
        empty_now(records, now=now)
        Patient.objects.filter(pk__in=records).update(erasure=row)
        detail = {"reason_code": asked.reason_code, "records": records}
        record("patient-erased", by=by, now=now, patients=records, subject=f"patient:{patient.pk}", detail=detail)
        return row


def check_may_be_erased(patient: Patient) -> None:
    """Raise Conflict where the record was merged or erased before, StillOpen where something stands."""
    if patient.merged_into_id is not None:
        into = {"into": str(patient.merged_into_id)}
        raise Conflict("This record was merged into another. Erase that one: both belong to one person.", extra=into)
    if patient.is_restricted:
        raise Conflict("This person has already been erased. There is nothing left to remove.")
    if stands := what_stands(patient):
        raise StillOpen(f"This cannot be erased yet. {' '.join(stands)}", extra={"open": stands})


def finish(*, by: Actor, now: datetime) -> int:
    """Remove, as the role of retention, what the erasures so far left in rows that may only be added to; returns how
    many erasures that finished. One that another worker has is left to it.
    """
    return sum(_finish(pk, by=by, now=now) for pk in _unfinished())


def records_of(patient_id: int) -> list[int]:
    """The record and those merged into it, in order."""
    return list(Patient.objects.records_of(patient_id).order_by("pk").values_list("pk", flat=True))


def _unfinished() -> Sequence[int]:
    return list(Erasure.objects.filter(finished_at=None).order_by("pk").values_list("pk", flat=True))


def _finish(erasure_id: int, *, by: Actor, now: datetime) -> bool:
    rows = Erasure.objects.using(ALIAS).select_for_update(skip_locked=True)
    with transaction.atomic(using=ALIAS):
        row = rows.filter(pk=erasure_id, finished_at=None).first()
        if row is None:
            return False
        records = records_of(row.record_id)
        empty_later(records, alias=ALIAS, now=now)
        for record_id in records:
            forget(record_id, alias=ALIAS)
        row.finished_at = now
        row.save(using=ALIAS, update_fields=["finished_at"])
        told = entry("erasure-finished", by=by, now=now, patients=records, subject=f"patient:{row.record_id}")
        told.save(using=ALIAS)
        return True


def _open(patient: Patient) -> Iterator[str]:
    for visit in Appointment.objects.of_patient(patient.pk).filter(status__in=HOLDING).order_by("start_at", "pk"):
        yield f"{kind_name(visit.kind).capitalize()} on {moment(visit.start_at)}: cancel it, or say what happened."
    for call in open_calls_about(patient.pk).order_by("pk"):
        yield f"An open call: {call.get_why_display()}. Close it first."
    for wish in WaitingWish.objects.of_patient(patient.pk).filter(ended_at=None).order_by("pk"):
        yield f"On the waiting list for {kind_name(wish.kind)}: take it off first."
