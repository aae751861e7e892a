"""Whole rows in and out, by statements that are written once: for what nearly every request reads and stores.

A query set is put together anew each time, and that takes several times as long as the database's answer. Everything
that is read or stored less often stays with query sets.

- `WholeRows` reads rows of one model by a statement of our own, `answers` several statements in one round trip.
- `together` reads query sets of several models as one statement, for pages that are held to a number of them.
- `store` and `store_where_absent` insert new rows.
- `prepared` runs one statement that the server has parsed and planned before, for what runs with every message.

SQL text is made of the product's own names and sentences alone; what anybody sends goes beside it, as a value.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Generic, TypeVar
from uuid import UUID

import psycopg
from django.contrib.postgres.fields import DateTimeRangeField
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
        fields = self.model._meta.concrete_fields
        row = from_columns(self.model, fields, found[: len(fields)])
        for (name, _), value in zip(self.extra, found[len(fields) :], strict=True):
            setattr(row, name, value)
        return row

    @cached_property
    def statement(self) -> str:
        """The whole `SELECT`."""
        table = self.model._meta.db_table
        columns = [f"{table}.{field.column}" for field in self.model._meta.concrete_fields]
        selected = ", ".join([*columns, *(expression for _, expression in self.extra)])
        return f"SELECT {selected} FROM {table} {self.rest}"  # noqa: S608 - names of models, and our own SQL


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


def together(*wanted: models.QuerySet[Any]) -> list[list[Any]]:
    """The rows of each of these query sets, in its order. One statement, which puts them into JSON.

    The query sets join no other table; what is read in pages or by the thousand belongs into a query of its own.
    """
    parts: list[str] = []
    values: list[Any] = []
    for rows in wanted:
        sql, its_values = rows.query.sql_with_params()
        parts.append(f"(SELECT coalesce(jsonb_agg(to_jsonb(row)), '[]') FROM ({sql}) AS row)")  # noqa: S608 - Django's own
        values += its_values
    [[found]] = answers((f"SELECT {', '.join(parts)}", values))
    return [
        [from_json(rows.model, stored) for stored in json.loads(text)] for rows, text in zip(wanted, found, strict=True)
    ]


def prepared(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> psycopg.Cursor[tuple[Any, ...]]:
    """Run a statement over Django's connection, in its transaction if there is one. Raises Django's database errors.

    The server binds the values, so the statement names their types wherever it cannot tell them.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    connection.validate_no_broken_transaction()
    line = connection.connection
    # Django prepares nothing; its own cursors still do not
    line.prepare_threshold = line.prepare_threshold or 1
    with connection.wrap_database_errors:
        return psycopg.Cursor(line).execute(statement, values, prepare=True)


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


def from_columns(model: type[Row], fields: Sequence[models.Field[Any, Any]], values: Sequence[Any]) -> Row:
    """The row of a model whose columns, in the model's order, hold these values; only JSON comes as text."""
    read = [
        json.loads(value) if value is not None and isinstance(field, models.JSONField) else value
        for field, value in zip(fields, values, strict=True)
    ]
    return model.from_db(connection.alias, [field.attname for field in fields], read)


def from_json(model: type[Row], stored: Mapping[str, Any]) -> Row:
    """The row of a model that `to_jsonb` made into `stored`; fields of ranges stay in their table until asked for."""
    readers = _readers(model)
    values = [read(stored[column]) for column, read in readers.values()]
    return model.from_db(connection.alias, list(readers), values)


_Reader = Callable[[Any], Any]


@cache
def _readers(model: type[models.Model]) -> dict[str, tuple[str, _Reader]]:
    """By attribute of the model: the column, and how its JSON becomes the field's value."""
    return {
        one.attname: (str(one.column), _reader(one))
        for one in model._meta.concrete_fields
        if not isinstance(one, DateTimeRangeField)
    }


def _reader(of: models.Field[Any, Any]) -> _Reader:
    if isinstance(of, models.DateTimeField):
        return lambda value: value and datetime.fromisoformat(value)
    if isinstance(of, models.DateField):
        return lambda value: value and date.fromisoformat(value)
    if isinstance(of, models.UUIDField):
        return lambda value: value and UUID(value)
    if isinstance(of, models.DecimalField):
        step = Decimal(1).scaleb(-of.decimal_places)
        return lambda value: None if value is None else Decimal(str(value)).quantize(step)
    return lambda value: value
