"""Stretches of time, and wall-clock times of the clinic as instants. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """A half-open stretch of time [start, end) of aware instants."""

    start: datetime
    end: datetime

    def overlaps(self, other: Period) -> bool:
        return self.start < other.end and other.start < self.end

    def contains(self, other: Period) -> bool:
        return self.start <= other.start and other.end <= self.end


@lru_cache(maxsize=8192)  # one search asks for the same hours of the same days for every practitioner
def wall_to_utc(day: date, wall: time, zone: ZoneInfo, *, fold: int) -> datetime:
    """The instant of a clinic-local wall time.

    Boundary: of a repeated hour `fold` 0 is the first, 1 the last; of a skipped one 0 lies after the jump, 1 before it.
    """
    return datetime.combine(day, wall.replace(fold=fold), tzinfo=zone).astimezone(UTC)


def local_days(first: date, last: date, zone: ZoneInfo) -> Period:
    """The whole of the local days from `first` to `last`, both included."""
    return Period(
        wall_to_utc(first, time.min, zone, fold=0), wall_to_utc(last + timedelta(days=1), time.min, zone, fold=0)
    )
