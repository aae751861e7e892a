"""What came between a merge and taking it back: of each row that was written since, whose it is.

A row says so by what it belongs to: what hangs on a visit, a report or an injection goes where that goes, and a visit
that the merge handed over goes back. Of what hangs on nothing (a visit booked since, answers, a report, a note) a
person says whose it is. What nobody can be asked about, a verdict, a message by itself or a death that was taken back,
stays where it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import models

from injections.models import Assessment
from pht_clinic.rows import together
from scheduling.models import Appointment, Death, Merge, Message
from scheduling.patients.joining import of_patients

NOT_ASKED: Final = (Assessment, Death, Message)
"""Of whom the record has them alone, a person could say nothing more than the record does."""


@dataclass
class Between:
    """The rows by whose they are, as far as they say so. The lists hold rows of several models, by table and id."""

    source: list[models.Model] = field(default_factory=list)
    target: list[models.Model] = field(default_factory=list)
    asked: list[models.Model] = field(default_factory=list)
    followers: dict[str, list[models.Model]] = field(default_factory=dict)
    """Of those asked about: what goes along with each, by its name."""


def name_of(row: models.Model) -> str:
    """How the API and forms call a row: `appointment:12`."""
    return f"{row._meta.model_name}:{row.pk}"


def rows_between(merge: Merge) -> Between:
    """Everything written on the record that stands since it was merged, and what the merge brought. 2 queries."""
    return _Sorting(merge).sorted()


_Key = tuple[str, int]


class _Sorting:
    """Follows each row to what it belongs to."""

    def __init__(self, merge: Merge) -> None:
        self._merge = merge
        self._brought = {(table, pk) for table, ids in merge.brought.items() for pk in ids}
        found = [row for rows in together(*map(self._since, of_patients())) for row in rows]
        self._rows: dict[_Key, models.Model] = {_key(row): row for row in found}
        self._older = {_key(row): row for row in self._related(found)}

    def sorted(self) -> Between:
        """Each row in the order of its table and id."""
        told = Between()
        for row in self._rows.values():
            end = self._end_of(row)
            if isinstance(end, models.Model):
                if end is row:
                    told.asked.append(row)
                told.followers.setdefault(name_of(end), []).append(row)
            elif end == self._merge.source_id:
                told.source.append(row)
            else:
                told.target.append(row)
        return told

    def _since(self, model: type[models.Model]) -> models.QuerySet[Any]:
        """Rows of one model that stand on the record now and were not there before."""
        table = model._meta.db_table
        since = models.Q(pk__gt=self._merge.newest.get(table, 0)) | models.Q(pk__in=self._merge.brought.get(table, ()))
        return model._base_manager.filter(since, patient=self._merge.target_id).order_by("pk")

    def _end_of(self, row: models.Model) -> int | models.Model:
        """The patient whose it is, or the row that somebody is asked about."""
        if _key(row) in self._brought:
            return self._merge.source_id
        patient_id: int = getattr(row, "patient_id")  # noqa: B009 - of every row here, by `of_patients`
        if _key(row) not in self._rows:
            return patient_id
        for model, pk in _belongs_to(row):
            related = self._rows.get(key := (model._meta.db_table, pk)) or self._older.get(key)
            if related is not None:
                return self._end_of(related)
        return self._merge.target_id if isinstance(row, NOT_ASKED) else row

    def _related(self, rows: Iterable[models.Model]) -> list[models.Model]:
        """What these rows point at that is older than the merge."""
        wanted: dict[type[models.Model], set[int]] = {}
        for row in rows:
            for model, pk in _belongs_to(row):
                if (model._meta.db_table, pk) not in self._rows:
                    wanted.setdefault(model, set()).add(pk)
        asked = [model._base_manager.filter(pk__in=ids) for model, ids in wanted.items()]
        return [row for found in together(*asked) for row in found] if asked else []


def _key(row: models.Model) -> _Key:
    return row._meta.db_table, row.pk


def _belongs_to(row: models.Model) -> list[tuple[type[models.Model], int]]:
    """The other rows of patients that it points at, by model and id; a visit first, for it says most.

    By foreign keys, and by a `subject` that names a row as the audit trail does ("injection:12").
    """
    owned = {str(model._meta.model_name): model for model in of_patients()}
    found: list[Any] = [
        (one.related_model, getattr(row, one.attname))
        for one in row._meta.concrete_fields
        if one.is_relation and one.related_model in owned.values()
    ]
    found.sort(key=lambda one: one[0] is not Appointment)
    noun, _, number = str(getattr(row, "subject", "")).partition(":")
    if noun in owned and number.isdigit():
        found.append((owned[noun], int(number)))
    return [(model, pk) for model, pk in found if pk is not None]


def by_model(rows: Iterable[models.Model]) -> Mapping[type[models.Model], list[int]]:
    """The ids of these rows, by their model."""
    found: dict[type[models.Model], list[int]] = {}
    for row in rows:
        found.setdefault(type(row), []).append(row.pk)
    return found
