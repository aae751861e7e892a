"""The year behind a statistic: the same figures for each of the twelve months up to the end of the period."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from injections.safety.dates import add_months
from injections.statistics.charts import Chart, Series, columns
from injections.statistics.shapes import Cell, Column, CountedDays, Statistic
from scheduling.messages.words import MONTHS, full_date

MONTHS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of a month: its code in files, its heading, whether months add up, and whether it is drawn."""

    code: str
    heading: str
    adds_up: bool = True
    is_drawn: bool = True


ByMonth = Callable[[CountedDays], Mapping[date, Sequence[Any]]]
"""For a period the figures of each clinic-local month, by its first day; a month without anything may be left out."""


@dataclass(frozen=True, slots=True)
class Months:
    """Which figures a statistic has by month, how they are counted (one query), and the top of a scale that has one.

    The first is how many there were; the sentence says it, drawn or not, so that a median of three is told from one of
    three hundred.
    """

    figures: tuple[Figure, ...]
    count: ByMonth
    highest: float | None = None


def year_up_to(period: CountedDays) -> CountedDays:
    """From the first of the month 11 months before that of the period's last day, up to that day."""
    return CountedDays(_firsts(period)[0], period.to_on)


def year_behind(months: Months, period: CountedDays) -> Statistic:
    """The twelve months as a sentence, a table and a chart; a month that the period's end cuts says so.

    What adds up is 0 in a month without anything; a median is not known there (None), and nothing is drawn.
    """
    firsts = _firsts(period)
    year = CountedDays(firsts[0], period.to_on)
    found = months.count(year)
    nothing = [0 if one.adds_up else None for one in months.figures]
    values = [tuple(found.get(first, nothing)) for first in firsts]
    rows: list[tuple[Cell, ...]] = [(first, *figures) for first, figures in zip(firsts, values, strict=True)]
    return Statistic(
        _sentence(months, year, values),
        (Column("month_from", "Month from"), *(Column(one.code, one.heading) for one in months.figures)),
        rows,
        _chart(months, firsts, values) if any(any(figures) for figures in values) else None,
    )


def _firsts(period: CountedDays) -> list[date]:
    last = period.to_on.replace(day=1)
    first = date(last.year - 1, last.month, 1)
    return [add_months(first, number) for number in range(1, MONTHS_SHOWN + 1)]


def _chart(months: Months, firsts: Sequence[date], values: Sequence[Sequence[Any]]) -> Chart:
    drawn = [(place, one) for place, one in enumerate(months.figures) if one.is_drawn]
    return columns(
        [MONTHS[first.month - 1][:3] for first in firsts],
        [Series(one.heading, [figures[place] for figures in values]) for place, one in drawn],
        highest=months.highest,
        axis=f"{_month(firsts[0])} to {_month(firsts[-1])}",
        is_numbered=len(drawn) == 1,
    )


def _sentence(months: Months, year: CountedDays, values: Sequence[Sequence[Any]]) -> str:
    is_cut = (year.to_on + timedelta(days=1)).day != 1
    said = [
        text
        for place, one in enumerate(months.figures)
        if (one.is_drawn or place == 0)
        and (text := _of_figure(one, [figures[place] for figures in values], is_cut=is_cut))
    ]
    cut = f" {_month(year.to_on)} is counted to {full_date(year.to_on)} only." if is_cut else ""
    return f"{'. '.join(said)}.{cut}" if said else "Nothing was counted in these months."


def _of_figure(figure: Figure, values: Sequence[Any], *, is_cut: bool) -> str:
    """ "Booked: 420 in all, 12 to 51 a month", "Median days: 3.5 to 9"; the month that is cut is not compared."""
    whole = values[:-1] if is_cut and figure.adds_up else values
    known = [value for value in whole if value is not None]
    if figure.adds_up:
        total = sum(values)
        return f"{figure.heading}: {total:,} in all, {min(known):,} to {max(known):,} a month" if total else ""
    if not known:
        return ""
    return f"{figure.heading}: {min(known):g} to {max(known):g}, by month"


def _month(day: date) -> str:
    return f"{MONTHS[day.month - 1]} {day.year}"
