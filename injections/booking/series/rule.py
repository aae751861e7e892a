"""The rule of a series, and the days that follow from it. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import count, islice
from zoneinfo import ZoneInfo

from pht_clinic.periods import wall_to_utc

LONGEST_DAYS = 365
"""From the first visit of a series to its last."""


@dataclass(frozen=True, slots=True)
class SeriesRule:
    """`count` visits from the local day `from_on` on (included), on these weekdays (0 is Monday) of every
    `every_weeks`-th week, at this wall time. The week of `from_on` is the first that counts.
    """

    from_on: date
    every_weeks: int
    weekdays: frozenset[int]
    at: time
    count: int

    def days(self) -> list[date]:
        """The local days, in order; at least one weekday is needed. Raises: OverflowError (the calendar ends)."""
        return list(islice(self._each(), self.count))

    def starts(self, zone: ZoneInfo) -> list[datetime]:
        """The instants in UTC. Boundary: of a repeated hour the first, of a skipped one the time after the jump."""
        return [wall_to_utc(day, self.at, zone, fold=0) for day in self.days()]

    def _each(self) -> Iterator[date]:
        monday = self.from_on - timedelta(days=self.from_on.weekday())
        for week in count(0, self.every_weeks):
            days = (monday + timedelta(days=7 * week + number) for number in sorted(self.weekdays))
            yield from (day for day in days if day >= self.from_on)
