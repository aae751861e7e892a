"""What nearly every booking or message reads and stores, past the query builder (ADR 0014 has the measurements).

A query set is put together anew each time, and that takes several times as long as the database's answer. Everything
that is read or stored less often stays with query sets.

- `fetch_all` asks one statement of our own, `fetch_each` several in one round trip.
- `from_json` makes a model's row of what `to_jsonb` wrote.
- `together` reads query sets of several models as one statement, for a page that would take more than 12 without.
- `Compiled` is a query set that is put together once and asked with other values; `are_any` only whether it finds any.
- `store` and `store_where_absent` insert new rows; `insertion` is the statement that does.
- `prepared` runs one statement that the server has parsed and planned before, for what runs with every message and for
  the records of a patient, whose plan takes as long as its rows; `from_columns` makes a model's row of what it found.

SQL text is made of the product's own names and sentences alone; what anybody sends goes beside it, as a value.
Only what stands in `_PLAIN` is read and stored here: a model with any other field is refused before the first row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, cached_property
from typing import Any, Generic, TypeAlias, TypeVar
from uuid import UUID

import psycopg
from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.backends.utils import CursorWrapper
from django.db.models import NOT_PROVIDED

Row = TypeVar("Row", bound=models.Model)
_Field: TypeAlias = "models.Field[Any, Any]"
_PLAIN: frozenset[type[_Field]] = frozenset(
    {
        models.BooleanField,
        models.CharField,
        models.EmailField,
        models.TextField,
        models.IntegerField,
        models.BigIntegerField,
        models.PositiveIntegerField,
        models.PositiveSmallIntegerField,
        models.BigAutoField,
        models.ForeignKey,
        models.OneToOneField,
        models.DateField,
        models.DateTimeField,
        models.TimeField,
        models.UUIDField,
        models.JSONField,
    }
)
"""Fields whose values need no more than `_as_text` on the way in and `_reader` on the way out. Subclasses do not count:
they may convert."""


def fetch_all(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """The rows that this statement finds for its values."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def fetch_each(*asked: tuple[str, Sequence[Any]]) -> list[list[tuple[Any, ...]]]:
    """The rows that each of these statements finds for its values, run one after the other in one round trip."""
    with connection.cursor() as cursor:
        cursor.execute("; ".join(one for one, _ in asked), [value for _, values in asked for value in values])
        found = []
        for _ in asked:
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
    [found] = fetch_all(f"SELECT {', '.join(parts)}", values)
    return [
        [from_json(rows.model, stored) for stored in json.loads(text)] for rows, text in zip(wanted, found, strict=True)
    ]


class Compiled(Generic[Row]):
    """A query set that is put together when first asked, and after that asked with other values in the same places.

    `rows` makes it of one value of each of these `kinds`, looks at none of them, and joins no other table into it.
    """

    def __init__(self, rows: Callable[..., models.QuerySet[Row]], *kinds: type[int | datetime]) -> None:
        self._rows, self._kinds = rows, kinds

    def __call__(self, *values: int | datetime) -> list[Row]:
        """The rows that it finds for these values. One query."""
        return list(self._asked[0]._base_manager.raw(*self.filled(*values)))

    def filled(self, *values: int | datetime) -> tuple[str, list[Any]]:
        """The statement, and what stands in its places for these values."""
        _, statement, places = self._asked
        return statement, [given if at is None else values[at] for at, given in places]

    @cached_property
    def _asked(self) -> tuple[type[Row], str, list[tuple[int | None, Any]]]:
        """The model, the statement, and of each place which value stands there, or what always does."""
        stand_ins = [_LATEST - timedelta(at) if kind is datetime else 2**62 + at for at, kind in enumerate(self._kinds)]
        query_set = self._rows(*stand_ins)
        statement, given = query_set.query.sql_with_params()
        places = [(stand_ins.index(one) if one in stand_ins else None, one) for one in given]
        if not {at for at, _ in places}.issuperset(range(len(stand_ins))):
            raise TypeError("a query set that does not ask for each of its values cannot be asked with others")
        return query_set.model, statement, places


_LATEST = datetime.max.replace(tzinfo=UTC)


def are_any(*asked: tuple[Compiled[Any], Sequence[int | datetime]]) -> bool:
    """Whether any of these finds anything for its values. One query."""
    each = [one.filled(*values) for one, values in asked]
    any_of_them = " OR ".join(f"EXISTS ({statement})" for statement, _ in each)
    return bool(fetch_all(f"SELECT {any_of_them}", [value for _, values in each for value in values])[0][0])


def prepared(statement: str, values: Sequence[Any] | Mapping[str, Any]) -> CursorWrapper:
    """Run a statement that the server plans once for each connection, or each time behind a pooler; in Django's
    transaction if there is one, counted and wrapped like Django's own. Raises Django's database errors.

    The server binds the values, so the statement names their types wherever it cannot tell them.
    """
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    line = connection.connection
    if not settings.DATABASE_BEHIND_POOLER:  # there the next transaction may be on another connection
        # Django prepares nothing; its own cursors still do not
        line.prepare_threshold = line.prepare_threshold or 1
    cursor = CursorWrapper(psycopg.Cursor(line), connection)
    logged = connection.make_debug_cursor(cursor).debug_sql(statement) if connection.queries_logged else nullcontext()
    with logged:
        cursor.execute(statement, values)
    return cursor


def store(*rows: models.Model) -> None:
    """Insert these new rows in this order, in one round trip, and give each its id. No signal is sent.

    Raises: IntegrityError; TypeError for a field or a value that has no place in JSON, or that the database fills.
    """
    statements = "; ".join(f"{_insert(type(row))} RETURNING id" for row in rows)
    with connection.cursor() as cursor:
        cursor.execute(statements, [_as_json([row]) for row in rows])
        for row in rows:
            [row.pk] = cursor.fetchone()
            row._state.adding, row._state.db = False, connection.alias
            cursor.nextset()


def insertion(row: models.Model) -> tuple[str, str]:
    """The statement that inserts a new row and the one value that it takes, for whoever makes it part of a longer one.

    Raises: TypeError as `store`.
    """
    return _insert(type(row)), _as_json([row])


def store_where_absent(rows: Sequence[models.Model]) -> None:
    """Insert these new rows of one model but for those that a unique constraint refuses; none of them learns its id.

    Raises: as `store`.
    """
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
    id_field, *fields = model._meta.concrete_fields
    _check(type(id_field) is models.BigAutoField, id_field)
    for one in fields:
        is_range = type(one) is DateTimeRangeField
        is_filled = one.db_default is not NOT_PROVIDED or getattr(one, "auto_now", False)
        _check((_is_plain(one) or is_range) and not (is_filled or getattr(one, "auto_now_add", False)), one)
    return [(one.attname, str(one.column)) for one in fields]


def _as_json(rows: Sequence[models.Model]) -> str:
    columns = _columns(type(rows[0]))
    shown = [{column: getattr(row, name) for name, column in columns} for row in rows]
    return json.dumps(shown, default=_as_text, ensure_ascii=False, allow_nan=False)


def _as_text(value: object) -> str:
    """A value as PostgreSQL reads it in JSON."""
    match value:
        case date() | time():
            return value.isoformat()
        case UUID():
            return str(value)
        case DateTimeTZRange(lower=datetime(), upper=datetime(), bounds="[)"):
            return f"[{value.lower.isoformat()},{value.upper.isoformat()})"
    raise TypeError(f"{type(value).__name__} cannot be stored as JSON")


def from_columns(model: type[Row], fields: tuple[_Field, ...], values: Sequence[Any]) -> Row:
    """The row of a model whose columns, in the model's order, hold these values; only JSON comes as text."""
    read = [
        json.loads(value) if value is not None and is_json else value
        for is_json, value in zip(_are_json(fields), values, strict=True)
    ]
    return model.from_db(connection.alias, [field.attname for field in fields], read)


@cache
def _are_json(fields: tuple[_Field, ...]) -> list[bool]:
    for one in fields:
        _check(_is_plain(one), one)
    return [isinstance(one, models.JSONField) for one in fields]


def from_json(model: type[Row], stored: Mapping[str, Any]) -> Row:
    """The row of a model that `to_jsonb` made into `stored`; fields of ranges stay in their table until asked for.

    Raises: TypeError for a model with a field that it has no rule for.
    """
    readers = _readers(model)
    return model.from_db(connection.alias, list(readers), [read(stored[column]) for column, read in readers.values()])


_Reader = Callable[[Any], Any]


@cache
def _readers(model: type[models.Model]) -> dict[str, tuple[str, _Reader]]:
    """By attribute of the model: the column, and how its JSON becomes the field's value."""
    fields = [one for one in model._meta.concrete_fields if type(one) is not DateTimeRangeField]
    return {one.attname: (str(one.column), _reader(one)) for one in fields}


def _reader(of: _Field) -> _Reader:
    if type(of) is models.DecimalField:
        step = Decimal(1).scaleb(-of.decimal_places)
        return lambda value: None if value is None else Decimal(str(value)).quantize(step)
    if type(of) is models.GeneratedField:  # read like what it is made into; nobody stores one
        made_into: _Field = of.output_field  # type: ignore[assignment]  # it always has one
        _check(_is_plain(made_into), of)
        return _reader(made_into)
    _check(_is_plain(of), of)
    if isinstance(of, models.DateTimeField):
        return lambda value: value and datetime.fromisoformat(value)
    if isinstance(of, models.DateField):
        return lambda value: value and date.fromisoformat(value)
    if isinstance(of, models.TimeField):
        return lambda value: value and time.fromisoformat(value)
    if isinstance(of, models.UUIDField):
        return lambda value: value and UUID(value)
    return lambda value: value


_WHOLE_NUMBERS = frozenset({models.BigAutoField, models.PositiveIntegerField})
"""What the key of a row may be that others point at."""


def _is_plain(field: _Field) -> bool:
    if type(field) is ArrayField:
        return type(field.base_field) in {models.CharField, models.BigIntegerField}
    if isinstance(field, models.ForeignKey):
        return type(field) in _PLAIN and type(field.target_field) in _WHOLE_NUMBERS
    if isinstance(field, models.JSONField) and (field.encoder or field.decoder):
        return False
    return type(field) in _PLAIN


def _check(holds: bool, field: _Field) -> None:
    if not holds:
        raise TypeError(f"{field} ({type(field).__name__}) has no rule in rows.py: read and store it with query sets")
