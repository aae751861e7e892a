"""Whole rows in and out, by statements that are written once: for what nearly every request reads and stores.

A query set is put together anew each time, and that takes several times as long as the database's answer.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

Row = TypeVar("Row", bound=models.Model)


@dataclass(frozen=True)
class WholeRows(Generic[Row]):
    """`SELECT` all columns of `model` `FROM` its table, then `rest` (joins, conditions, order, locks) as SQL.

    `extra` are further SQL expressions by the name under which each row carries its value, as annotations are.
    """

    model: type[Row]
    rest: str
    extra: tuple[tuple[str, str], ...] = ()

    def read(self, *values: object) -> list[Row]:
        """The rows for these values of the statement's placeholders. One query."""
        return self.built(*answers((self.statement, values)))

    def built(self, answer: Iterable[tuple[Any, ...]]) -> list[Row]:
        """What the statement found, as rows of the model."""
        return [self._row(found) for found in answer]

    def _row(self, found: tuple[Any, ...]) -> Row:
        names = self._names
        row = self.model.from_db(connection.alias, names, found[: len(names)])
        for (name, _), value in zip(self.extra, found[len(names) :], strict=True):
            setattr(row, name, value)
        return row

    @cached_property
    def statement(self) -> str:
        """The whole `SELECT`."""
        table = self.model._meta.db_table
        columns = [f"{table}.{field.column}" for field in self.model._meta.concrete_fields]
        selected = ", ".join([*columns, *(expression for _, expression in self.extra)])
        return f"SELECT {selected} FROM {table} {self.rest}"  # noqa: S608 - names of models, and our own SQL

    @cached_property
    def _names(self) -> list[str]:
        return [field.attname for field in self.model._meta.concrete_fields]


def answers(*questions: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """The rows that each of these statements finds for its values, in one round trip.

    The database runs them in this order, each on what is committed when it begins, as if they came one by one.
    """
    values = [value for _, its_values in questions for value in its_values]
    found = []
    with connection.cursor() as cursor:
        cursor.execute(";".join(statement for statement, _ in questions), values)
        for _ in questions:
            found.append(cursor.fetchall())
            cursor.nextset()
    return found


def store(*rows: models.Model) -> None:
    """Insert these new rows in this order, in one round trip, and give each its id. No signal is sent.

    Raises: IntegrityError; TypeError for a value that has no place in JSON.
    """
    with connection.cursor() as cursor:
        statements = (f"{_insert(type(row))} RETURNING id" for row in rows)
        cursor.execute("; ".join(statements), [_as_json([row]) for row in rows])
        for row in rows:
            [row.pk] = cursor.fetchone()
            row._state.adding, row._state.db = False, connection.alias
            cursor.nextset()


def store_where_absent(rows: Sequence[models.Model]) -> None:
    """Insert these new rows of one model but for those that a unique constraint refuses; none of them learns its id."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_insert(type(rows[0]))} ON CONFLICT DO NOTHING", [_as_json(rows)])


@cache
def _insert(model: type[models.Model]) -> str:
    table = model._meta.db_table
    columns = ", ".join(f'"{column}"' for _, column in _columns(model))
    return (
        f"INSERT INTO {table} ({columns})"  # noqa: S608 - names of models
        f" SELECT {columns} FROM jsonb_populate_recordset(NULL::{table}, %s)"
    )


@cache
def _columns(model: type[models.Model]) -> list[tuple[str, str]]:
    """Attribute and column of each field but the id, which the database gives."""
    return [(one.attname, str(one.column)) for one in model._meta.concrete_fields if not one.primary_key]


def _as_json(rows: Sequence[models.Model]) -> str:
    columns = _columns(type(rows[0]))
    shown = [{column: getattr(row, name) for name, column in columns} for row in rows]
    return json.dumps(shown, default=_plain, ensure_ascii=False, allow_nan=False)


def _plain(value: object) -> str:
    """A value as PostgreSQL reads it in JSON."""
    match value:
        case date():
            return value.isoformat()
        case UUID():
            return str(value)
        case DateTimeTZRange():
            return f"[{value.lower.isoformat()},{value.upper.isoformat()})"
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")
