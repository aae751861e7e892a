"""Correcting and withdrawing what was recorded: a new row takes the place of the old one, which stays as it was."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from django.db import models
from django.db.models import QuerySet, Value
from django.db.models.functions import JSONObject

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
            raise Superseded("This record has already been corrected or withdrawn. Open the one that counts now.")
        yield patient, old


def columns_of(row: models.Model) -> dict[str, Any]:
    """Every column of a row but its id, as a new row takes them."""
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields if not field.primary_key}


_OF_EACH_ROW: Final = {"recorded_at", "recorded_by_id", "recorded_on", "supersedes_id", "reason"}
_CORRECTED: Final[dict[str, Any]] = {
    str(model._meta.model_name): model for model in (AllergyIntolerance, Condition, ImagingReport, Injection)
}


def register_changes() -> None:
    """Tell the audit trail how the changes of what can be corrected are read; called once, when the apps are ready."""
    changes.register_changes(_changes)


def _changes(about: Mapping[int, tuple[str, int]], entries: Collection[Entry]) -> dict[int, list[changes.FieldChange]]:
    """What each row of these entries says otherwise than the one whose place it took."""
    wanted = {entry.pk: about[entry.pk] for entry in entries if about.get(entry.pk, ("", 0))[0] in _CORRECTED}
    versions = [
        _versions(noun, {number for kind, number in wanted.values() if kind == noun}) for noun in sorted(_CORRECTED)
    ]
    found = {(noun, number): (old, new) for noun, number, old, new in versions[0].union(*versions[1:], all=True)}
    return {pk: _differences(*found[row]) for pk, row in wanted.items() if row in found}


def _versions(noun: str, numbers: Collection[int]) -> QuerySet[Any, Any]:
    """Rows of one kind that took the place of others: their kind, number, and both versions as JSON."""
    model = _CORRECTED[noun]
    names = [field.attname for field in model._meta.concrete_fields if field.attname not in (*_OF_EACH_ROW, "id")]
    before, after = {name: f"supersedes__{name}" for name in names}, {name: name for name in names}
    rows: QuerySet[Any, Any] = model.objects.filter(pk__in=numbers, supersedes__isnull=False).order_by()
    return rows.values_list(Value(noun), "pk", JSONObject(**before), JSONObject(**after))


def _differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[changes.FieldChange]:
    return [changes.FieldChange(name, before[name], value) for name, value in after.items() if value != before[name]]


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
