"""How full some days are, as bars of one scale with their words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from injections.statistics.charts import Chart, share_bar
from scheduling.availability.load import DayLoad


@dataclass(frozen=True, slots=True)
class LoadBar:
    """A day with its bar; None where nothing can be booked."""

    day: DayLoad
    bar: Chart | None


def bars_of(week: Sequence[DayLoad]) -> list[LoadBar]:
    """In the order of the days, none where nobody has a session on any of them. The day with the most bookable time has
    the full width, the others their part of it.
    """
    if not any(day.has_session for day in week):
        return []
    longest = max((day.bookable for day in week), default=timedelta(0))
    return [LoadBar(day, share_bar(day.booked, day.bookable, longest) if day.bookable else None) for day in week]
