"""One change of a fact about a patient: one transaction, the patient locked, their open bookings judged again in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models.functions import Coalesce

from injections import reassess
from injections.reassess import Reassessed
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Missing
from pht_clinic.people.actors import Actor
from scheduling import diary
from scheduling.models import Patient


@dataclass(frozen=True, slots=True)
class Recorded:
    """The new row and what became of the patient's open bookings."""

    row: models.Model
    reassessed: list[Reassessed]


@contextmanager
def fact_about(patient_id: int) -> Iterator[Patient]:
    """One transaction with the patient locked, so that no booking is judged by half a change. Raises: Missing."""
    with diary.use_case():
        patient = Patient.objects.select_for_update(no_key=True).filter(pk=patient_id).first()
        if patient is None:
            raise Missing("There is no such patient.")
        if patient.merged_into_id is not None:
            raise Conflict(
                "This record was merged into another. Change that one.",
                extra={"into": str(patient.merged_into_id)},
            )
        yield patient


def who_holds(rows: models.QuerySet[Any]) -> int | None:
    """For whom the one row counts: its patient, or the record that one was merged into; None where there is no row."""
    return rows.values_list(Coalesce("patient__merged_into_id", "patient_id"), flat=True).first()


def settle(
    row: models.Model,
    verb: str,
    patient: Patient,
    *,
    by: Actor,
    now: datetime,
    detail: Mapping[str, object] | None = None,
) -> Recorded:
    """Tell the audit trail of a change to `row`, and judge the patient's open bookings again."""
    subject = f"{row._meta.model_name}:{row.pk}"
    record(verb, by=by, now=now, patients=[patient.pk], subject=subject, detail=detail)
    return Recorded(row, reassess.patients([patient], occasion=verb, by=by, now=now))


def written(*, by: Actor, now: datetime) -> dict[str, Any]:
    """When and by whom: the fields that every new row carries."""
    return {"recorded_at": now, "recorded_by_id": by.user_id}
