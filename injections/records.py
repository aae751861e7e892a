"""What is recorded of patients, out of several tables in one statement.

Each part is one table's rows as JSON, put back into its model here: a patient's page or the facts of a thousand
patients cost one query however many kinds of record there are. What was recorded on a merged record counts as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import connection, models

from injections.models import Injection
from pht_clinic.people.models import User
from scheduling.models import Patient

CURRENT = f"""(
    row.status <> '{Injection.Status.ENTERED_IN_ERROR}'
    AND NOT EXISTS (SELECT FROM {Injection._meta.db_table} AS later WHERE later.supersedes_id = row.id))
"""
"""Of injections: those that stand, as `Injection.objects.current()`."""
_PATIENTS, _USERS = Patient._meta.db_table, User._meta.db_table
_RECORDS = f"""
WITH records AS (
    SELECT id, coalesce(merged_into_id, id) AS holder_id FROM {_PATIENTS}
     WHERE id = ANY(%(patients)s) OR merged_into_id = ANY(%(patients)s))
"""  # noqa: S608 - nothing but names of tables and codes of the product's own are put in


@dataclass(frozen=True)
class Part:
    """Rows of one model that belong to a patient.

    `where` speaks of the table as `row`. Along come: under each name in `extra` the value of that SQL expression; the
    one row of another table whose relation `beside` names; of users in the fields `who` their id, name and address.
    """

    model: type[models.Model]
    where: str = "true"
    extra: Mapping[str, str] = field(default_factory=dict)
    beside: tuple[str, ...] = ()
    who: tuple[str, ...] = ()

    def sql(self, name: str) -> str:
        """The statement that reads it."""
        along = {**self.extra, **{one: self._beside(one) for one in self.beside}}
        along |= {one: _who(one) for one in self.who}
        put = "".join(f" || jsonb_build_object('{key}', {value})" for key, value in along.items())
        return (
            f"SELECT '{name}', records.holder_id, row.id, to_jsonb(row){put} FROM records"  # noqa: S608 - as above
            f" JOIN {self.model._meta.db_table} AS row ON row.patient_id = records.id WHERE {self.where}"
        )

    def _beside(self, name: str) -> str:
        relation: Any = self.model._meta.get_field(name)
        table, column = relation.related_model._meta.db_table, relation.field.column
        return f"(SELECT to_jsonb(other) FROM {table} AS other WHERE other.{column} = row.id)"  # noqa: S608 - as above


def _who(name: str) -> str:
    shown = "jsonb_build_object('id', who.id, 'name', who.name, 'email', who.email)"
    return f"(SELECT {shown} FROM {_USERS} AS who WHERE who.id = row.{name}_id)"  # noqa: S608 - as above


def one_of(column: str, codes: Iterable[str]) -> str:
    """The SQL condition that a column of a part holds one of the product's own codes."""
    return f"row.{column} IN ({', '.join(repr(str(code)) for code in sorted(codes))})"


@dataclass(frozen=True, slots=True)
class Found:
    """One row: of which part, whose it is (the patient who is kept), and the row itself."""

    part: str
    patient_id: int
    row: Any


class Records:
    """Some parts, and the statement that reads them all, put together once."""

    def __init__(self, **parts: Part) -> None:
        self._parts = parts
        union = " UNION ALL ".join(part.sql(name) for name, part in parts.items())
        self._sql = f"{_RECORDS}{union} ORDER BY 1, 3"

    def of(self, patients: Collection[int]) -> Iterator[Found]:
        """The rows of these patients, those of each part in the order in which they were stored. One query."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql, {"patients": list(patients)})
            rows = cursor.fetchall()
        for name, patient_id, _, text in rows:
            yield Found(name, patient_id, _row(self._parts[name], json.loads(text)))


def _row(part: Part, stored: dict[str, Any]) -> Any:
    row = _built(part.model, stored)
    for name in part.extra:
        setattr(row, name, stored[name])
    for name in part.beside:
        relation: Any = part.model._meta.get_field(name)
        other = _built(relation.related_model, stored[name]) if stored[name] else None
        relation.set_cached_value(row, other)
    for name in part.who:
        setattr(row, name, User(**stored[name]) if stored[name] else None)
    return row


def _built(model: type[models.Model], stored: dict[str, Any]) -> models.Model:
    readers = _readers(model)
    values = [read(stored[column]) for column, read in readers.values()]
    return model.from_db(connection.alias, list(readers), values)


_Reader = Callable[[Any], Any]


@cache
def _readers(model: type[models.Model]) -> dict[str, tuple[str, _Reader]]:
    """By attribute of the model: the column, and how its JSON becomes the field's value. Ranges stay in their table."""
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
    if isinstance(of, models.DecimalField):
        step = Decimal(1).scaleb(-of.decimal_places)
        return lambda value: None if value is None else Decimal(str(value)).quantize(step)
    return lambda value: value
