"""What a statistic is, the period it counts, and how its sentence puts numbers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import ceil
from typing import Any

from django.db import connections

from injections.statistics.charts import Chart
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.periods import local_days
from pht_clinic.replica.scope import alias_to_read
from scheduling.messages.words import counted

LONGEST_DAYS = 1_100
"""A little over three years: a longer period would make a picture nobody can read. It is refused, never cut."""
DEFAULT_DAYS = 84

Cell = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class CountedDays:
    """Clinic-local days, both included."""

    from_on: date
    to_on: date

    @property
    def edges(self) -> tuple[datetime, datetime]:
        """The first instant of it and the first after it."""
        whole = local_days(self.from_on, self.to_on, clock.zone())
        return whole.start, whole.end


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table: its code in the API and in files, and its heading."""

    code: str
    heading: str


@dataclass(frozen=True, slots=True)
class Statistic:
    """What was counted. `chart` is None when there is nothing to draw."""

    sentence: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    chart: Chart | None


def period_of(from_on: date | None, to_on: date | None, *, today: date) -> CountedDays:
    """The period asked for; without an end it ends today, without a start it is 12 weeks long. Raises: Invalid."""
    last = to_on or (max(today, from_on) if from_on else today)
    first = from_on or last - timedelta(days=DEFAULT_DAYS - 1)
    if last < first:
        raise Invalid.field("to", "The last day is before the first.")
    if (last - first).days >= LONGEST_DAYS:
        raise Invalid.field("from", f"Choose at most {LONGEST_DAYS} days, about 3 years.")
    return CountedDays(first, last)


def select(statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connections[alias_to_read()].cursor() as cursor:
        cursor.execute(statement, list(parameters))
        return list(cursor.fetchall())


def local_month(instant: str) -> str:
    """In SQL the first day of the clinic-local month of this instant; its one value is the clinic's zone."""
    return f"date_trunc('month', {instant} AT TIME ZONE %s)::date"


def months_of(rows: Iterable[Sequence[Any]]) -> dict[date, tuple[Any, ...]]:
    """Rows whose first value is the month, by it."""
    return {month.date() if isinstance(month, datetime) else month: tuple(figures) for month, *figures in rows}


def headings(**by_code: str) -> tuple[Column, ...]:
    return tuple(Column(code, heading) for code, heading in by_code.items())


def rate(part: int, whole: int) -> float:
    return round(100 * part / whole, 1) if whole else 0.0


def percent(part: int, whole: int) -> str:
    return f"{rate(part, whole):g}%"


def duration(waited: timedelta) -> str:
    """How long somebody waited, in whole units, never less than it was."""
    minutes = ceil(waited.total_seconds() / 60)
    if minutes < 60:
        return counted(minutes, "minute")
    if minutes < 48 * 60:
        return counted(ceil(minutes / 60), "hour")
    return counted(ceil(minutes / 1440), "day")
