"""Rows of several tables in one statement: the database puts them into JSON, here they become their models again.

For reads that need a little of much; what is read in pages or by the thousand belongs into a query of its own.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from typing import Any

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import connection, models


def together(*wanted: models.QuerySet[Any]) -> list[list[Any]]:
    """The rows of each of these query sets, in its order. They join no other table. One query."""
    parts: list[str] = []
    values: list[Any] = []
    for rows in wanted:
        sql, its_values = rows.query.sql_with_params()
        parts.append(f"(SELECT coalesce(jsonb_agg(to_jsonb(row)), '[]') FROM ({sql}) AS row)")  # noqa: S608 - Django's own
        values += its_values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        found = cursor.fetchone()
    return [
        [built(rows.model, stored) for stored in json.loads(text)]
        for rows, text in zip(wanted, found, strict=True)
    ]


def built(model: type[models.Model], stored: dict[str, Any]) -> models.Model:
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
        return lambda value: value and uuid.UUID(value)
    if isinstance(of, models.DecimalField):
        step = Decimal(1).scaleb(-of.decimal_places)
        return lambda value: None if value is None else Decimal(str(value)).quantize(step)
    return lambda value: value
