"""Correcting and withdrawing what was recorded: a new row takes the place of the old one, which stays as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import models

from injections.assessment.fact_change import fact_about, who_holds
from pht_clinic.errors import Conflict, FieldError, Missing
from scheduling.models import Patient


class Superseded(Conflict):
    """The record was corrected or withdrawn before; only the one that stands can be changed."""

    code = "superseded"


@contextmanager
def superseding(rows: Any, row_id: int, *, named: str) -> Iterator[tuple[Patient, Any]]:
    """The patient, locked as by `fact_about`, and the row of these (`current()` says which stand) to be superseded.

    Raises: Missing (`named` says what), Superseded, Conflict, Busy.
    """
    patient_id = who_holds(rows.filter(pk=row_id))
    if patient_id is None:
        raise Missing(f"There is no such {named}.")
    with fact_about(patient_id) as patient:
        old = rows.current().filter(pk=row_id).first()
        if old is None:
            raise Superseded("This record was corrected or withdrawn before. Open the one that stands.")
        yield patient, old


def columns_of(row: models.Model) -> dict[str, Any]:
    """Every column of a row but its id, as a new row takes them."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}


LONGEST_REASON = 4000
NOTHING_CHANGED = "Nothing differs from what is recorded. Change what was wrong, or leave the record as it is."


def difference_problems(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[FieldError]:
    """A correction changes something: a second row that says the same would hide who recorded it."""
    return [FieldError("#", NOTHING_CHANGED)] if before == after else []


def reason_problems(reason: str) -> list[FieldError]:
    """Nothing is corrected or withdrawn without a reason."""
    if not reason.strip():
        return [FieldError("#/reason", "Say why.")]
    if len(reason) > LONGEST_REASON:
        return [FieldError("#/reason", f"Use at most {LONGEST_REASON} characters.")]
    return []
