"""Correcting and withdrawing what was recorded: a new row takes the place of the old one, which stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any, Final

from django.db import models

from injections.assessment.fact_change import fact_about, who_holds
from injections.models import AllergyIntolerance, Condition, ImagingReport, Injection
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, FieldError, Missing
from scheduling.audit import changes
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


_OF_EACH_ROW: Final = {"recorded_at", "recorded_by_id", "recorded_on", "supersedes_id", "reason"}


def register_changes() -> None:
    """Tell the audit trail how the changes of what can be corrected are read; called once, when the apps are ready."""
    for model in (AllergyIntolerance, Condition, ImagingReport, Injection):
        changes.register_changes(str(model._meta.model_name), partial(_changes, model))


def _changes(model: Any, entries: Collection[Entry]) -> dict[int, list[changes.FieldChange]]:
    """What each row of these entries says otherwise than the one whose place it took. One query."""
    numbers = {entry.pk: int(entry.subject.partition(":")[2]) for entry in entries}
    rows = model.objects.filter(supersedes__isnull=False).select_related("supersedes").in_bulk(list(numbers.values()))
    return {pk: _differences(rows[number].supersedes, rows[number]) for pk, number in numbers.items() if number in rows}


def _differences(old: models.Model, new: models.Model) -> list[changes.FieldChange]:
    before, after = columns_of(old), columns_of(new)
    return [
        changes.FieldChange(name, before[name], value)
        for name, value in after.items()
        if name not in _OF_EACH_ROW and value != before[name]
    ]


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
