"""The one way in which facts about a patient change: one transaction, the patient locked, their open bookings judged
again in it, once. Where many facts come at once, each patient is noted in it, and judged when all are there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce

from injections.assessment import reassess
from injections.assessment.noted import is_judged_later, note_unjudged
from injections.assessment.reassess import Reassessed
from injections.models import Call
from pht_clinic.audit.record import record
from pht_clinic.audit.values import Changed
from pht_clinic.errors import Busy, Conflict, Invalid, Missing
from pht_clinic.people.actors import Actor
from scheduling.diary.locks import lock, use_case
from scheduling.models import Patient
from scheduling.patients.restricted import check_not_restricted


@dataclass(frozen=True, slots=True)
class FactChange:
    """The new row, what became of the patient's open bookings, and which calls nobody has to make any more."""

    row: models.Model
    reassessed: list[Reassessed]
    closed_calls: Sequence[Call] = ()


def together(done: Sequence[FactChange]) -> FactChange | None:
    """Several changes of one transaction as one: the row of the first, each booking as it stands after the last of them
    that touched it; None of none.
    """
    if not done:
        return None
    bookings = {one.appointment_id: one for each in done for one in each.reassessed}
    return FactChange(done[0].row, list(bookings.values()), [call for each in done for call in each.closed_calls])


@contextmanager
def fact_about(patient_id: int) -> Iterator[Patient]:
    """One transaction with the patient locked, so that no booking is judged by half a change. `settle` ends it.

    Raises: Missing, Conflict (the record was merged into another), IsRestricted (the person was erased), Busy.
    """
    with use_case():
        try:
            patient = lock(patients=[patient_id]).patients[patient_id]
        except Invalid as unknown:
            raise Missing("There is no such patient.") from unknown
        if patient.merged_into_id is not None:
            raise Conflict(
                "This record was merged into another. Change that one.", extra={"into": str(patient.merged_into_id)}
            )
        check_not_restricted(patient)
        yield patient


@contextmanager
def fact_if_free(patient_id: int) -> Iterator[Patient]:
    """The same for whoever comes again, and therefore does not wait.

    Raises: Busy (somebody else has the patient, or the record has just been merged into another).
    """
    free = Patient.objects.select_for_update(no_key=True, skip_locked=True)
    with use_case():
        patient = free.filter(pk=patient_id, merged_into=None).first()
        if patient is None:
            raise Busy("Somebody else is changing this right now.")
        yield patient


def who_holds(rows: models.QuerySet[Any]) -> int | None:
    """For whom the one row counts: its patient, or the record that one was merged into; None where there is no row."""
    return rows.values_list(Coalesce("patient__merged_into_id", "patient_id"), flat=True).first()


def settle(
    row: models.Model,
    verb: str,
    patient: Patient,
    *others: Patient,
    by: Actor,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> FactChange:
    """Tell the audit trail of a change to `row`, and judge the patient's open bookings again.

    Once for one change, when all of it is written. `others` are records that count for this patient from now on, or
    those that do so no more: they stand by themselves, and their bookings are judged as well.
    """
    tell(row, verb, patient, *others, by=by, now=now, detail=detail)
    return judged_anew(row, verb, patient, *others, by=by, now=now)


def judged_anew(
    row: models.Model, verb: str, patient: Patient, *others: Patient, by: Actor, now: datetime
) -> FactChange:
    """The second half of `settle`, for whoever tells the audit trail itself. Inside `judged_later` it comes later."""
    standing = [patient, *(one for one in others if one.merged_into_id is None)]
    if is_judged_later():
        note_unjudged(standing, now=now)
        return FactChange(row, [])
    return FactChange(row, reassess.patients(standing, occasion=verb, by=by, now=now))


def tell(
    row: models.Model,
    verb: str,
    *patients: Patient,
    by: Actor,
    now: datetime,
    detail: Mapping[str, object] | None = None,
    changed: Iterable[Changed] = (),
) -> None:
    """Tell the audit trail alone: of what no rule asks for, or of another row of the same change.

    Of several patients no row is named: the detail says which.
    """
    subject = "" if len(patients) > 1 else f"{row._meta.model_name}:{row.pk}"
    ids = [patient.pk for patient in patients]
    record(verb, by=by, now=now, patients=ids, subject=subject, detail=detail, changed=changed)


def written(*, by: Actor, now: datetime) -> dict[str, Any]:
    """When and by whom: the fields that every new row carries."""
    return {"recorded_at": now, "recorded_by_id": by.user_id}
