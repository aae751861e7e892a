"""Rows that the product's use cases made once, put back into the database of each later test with ids of their own.

A clinic takes 15 ms to open and a patient's facts take 22, a copy of either 2. What is put back is what was stored:
ids are drawn as for any new row, so that their order is that of making, and whatever names a row names the copy.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db import connection, models

from scheduling.models import Patient

T = TypeVar("T")
Row = dict[str, Any]
Key = tuple[type[models.Model], int]
Ids = dict[Key, int]
"""By model and the id at first: the id of the copy."""


class MadeOnce(Generic[T]):
    """Made by use cases the first time in a process, and copied afterwards."""

    def __init__(self) -> None:
        self._kept: tuple[Kept, T, Sequence[Key]] | None = None

    def __call__(self, make: Callable[[], T], *about: Key) -> tuple[T, Ids]:
        """What was made at first (do not change it), and the ids of the copies, if it is copied now.

        `about` are rows there before that are named in it, always in the same order. What is committed is never kept:
        other processes may write at the same time.
        """
        if self._kept:
            kept, made, before = self._kept
            return made, kept.put_back(dict(zip(before, (new for _, new in about), strict=True)))
        if not connection.in_atomic_block:
            return make(), {}
        made, kept = keep(make)
        self._kept = kept, made, about
        return made, {}


@dataclass
class Kept:
    """What was made, model by model, in the order of making."""

    rows: Mapping[type[models.Model], list[Row]]

    def put_back(self, known: Ids) -> Ids:
        """Copy all of it, in two statements; `known` says what stands for rows that were there before."""
        ids = self._drawn() | known
        values = [json.dumps([_renumbered(model, row, ids) for row in rows]) for model, rows in self.rows.items()]
        with connection.cursor() as cursor:
            cursor.execute(self._inserting, values)
        return ids

    def _drawn(self) -> Ids:
        old = [(model, row["id"]) for model, rows in self.rows.items() for row in rows]
        with connection.cursor() as cursor:
            cursor.execute(self._drawing)
            return {key: new for key, (new,) in zip(old, cursor.fetchall(), strict=True)}

    @cached_property
    def _drawing(self) -> str:
        return " UNION ALL ".join(
            f"SELECT nextval(pg_get_serial_sequence('{model._meta.db_table}', 'id'))"  # noqa: S608 - our own names
            f" FROM generate_series(1, {len(rows)})"
            for model, rows in self.rows.items()
        )

    @cached_property
    def _inserting(self) -> str:
        parts = []
        for number, model in enumerate(self.rows):
            table = model._meta.db_table
            columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
            parts.append(
                f"kept{number} AS (INSERT INTO {table} ({columns}) SELECT {columns}"  # noqa: S608 - our own tables
                f" FROM jsonb_populate_recordset(NULL::{table}, %s))"
            )
        return f"WITH {', '.join(parts)} SELECT 1"


def keep(make: Callable[[], T]) -> tuple[T, Kept]:
    """Make something; what can be put back of it."""
    before = _everything()
    made = make()
    after = _everything()
    assert all(rows.items() >= before[model].items() for model, rows in after.items()), "more than new rows"
    new = {model: [rows[key] for key in sorted(rows.keys() - before[model])] for model, rows in after.items()}
    return made, Kept({model: rows for model, rows in new.items() if rows})


def _everything() -> dict[type[models.Model], dict[int, Row]]:
    """Every row of every model that has an id."""
    found = [model for model in apps.get_models() if model._meta.pk.column == "id" and model._meta.managed]
    each = " UNION ALL ".join(
        f"SELECT {number}, to_jsonb(one)::text FROM {model._meta.db_table} one"  # noqa: S608 - our own tables
        for number, model in enumerate(found)
    )
    rows: dict[type[models.Model], dict[int, Row]] = {model: {} for model in found}
    with connection.cursor() as cursor:
        cursor.execute(each)
        for number, text in cursor.fetchall():
            row = json.loads(text)
            rows[found[number]][row["id"]] = row
    return rows


def _renumbered(model: type[models.Model], row: Row, ids: Ids) -> Row:
    """The row with the copies' ids in place of all that it has of the first ones'."""
    changed = row | {"id": ids[model, row["id"]]}
    for field in model._meta.concrete_fields:
        value = row[field.column]
        if value and isinstance(field, models.ForeignKey):
            changed[field.column] = ids[field.related_model, value]  # type: ignore[index]
        elif value and field.name == "patient_ids" and isinstance(field, ArrayField):
            changed[field.column] = [ids[Patient, one] for one in value]
        elif value and field.name == "subject":
            changed[field.column] = _subject(value, ids)
    return changed


def _subject(subject: str, ids: Ids) -> str:
    """ "room:3" with the number of the copy."""
    word, _, number = subject.partition(":")
    return next(
        (f"{word}:{new}" for (model, old), new in ids.items() if (model._meta.model_name, str(old)) == (word, number)),
        subject,
    )
