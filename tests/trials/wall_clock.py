"""London's clock worked out from whole seconds since 1970: no zone database, nothing of the product's.

The rule is the one in force since 1996: an hour ahead from the last Sunday of March, 01:00 UTC, until the last Sunday
of October, 01:00 UTC.
"""

from __future__ import annotations

import time
from calendar import timegm
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

MINUTE, HOUR, DAY = 60, 3_600, 86_400
SUNDAY = 6
WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]


@cache
def changes(year: int) -> tuple[int, int]:
    """The seconds at which that year's clocks go forward and back."""
    found = []
    for month in (3, 10):
        day = 31
        while time.gmtime(timegm((year, month, day, 0, 0, 0))).tm_wday != SUNDAY:
            day -= 1
        found.append(timegm((year, month, day, 1, 0, 0)))
    return found[0], found[1]


def is_ahead(second: int) -> bool:
    """Whether it is summer time then. Boundary: from the change itself on."""
    forward, back = changes(time.gmtime(second).tm_year)
    return forward <= second < back


@dataclass(frozen=True, slots=True, order=True)
class Shown:
    """What the clock and the calendar on the wall show."""

    year: int
    month: int
    day: int
    hour: int = 0
    minute: int = 0

    @property
    def seconds(self) -> list[int]:
        """When they show it: once, never where the clocks go forward, twice where they go back."""
        as_if_utc = timegm((self.year, self.month, self.day, self.hour, self.minute, 0))
        ahead = [as_if_utc - HOUR] if is_ahead(as_if_utc - HOUR) else []
        return [*ahead, *([] if is_ahead(as_if_utc) else [as_if_utc])]

    @property
    def weekday(self) -> int:
        return time.gmtime(timegm((self.year, self.month, self.day, 0, 0, 0))).tm_wday

    @property
    def clock(self) -> str:
        """09:20."""
        return f"{self.hour:02}:{self.minute:02}"

    @property
    def on(self) -> str:
        """Tuesday 24 March."""
        return f"{WEEKDAYS[self.weekday]} {self.day} {MONTHS[self.month - 1]}"

    def days_later(self, days: int, hour: int = 0, minute: int = 0) -> Shown:
        """A time on the wall so many calendar days after this one's day, or before it."""
        there = time.gmtime(timegm((self.year, self.month, self.day, 0, 0, 0)) + days * DAY)
        return Shown(there.tm_year, there.tm_mon, there.tm_mday, hour, minute)


def shown(second: int) -> Shown:
    """What the wall shows at that second."""
    local = time.gmtime(second + HOUR * is_ahead(second))
    return Shown(local.tm_year, local.tm_mon, local.tm_mday, local.tm_hour, local.tm_min)


def first_at_or_after(second: int, hour: int) -> int:
    """The first second, this one included, at which the wall shows that full hour."""
    today = shown(second)
    return min(found for days in (0, 1) for found in today.days_later(days, hour).seconds if found >= second)


def quarters_around_changes(years: range, *, days: int) -> Iterator[int]:
    """Every 15 minutes of so many days around each change of the clocks in these years."""
    for year in years:
        for change in changes(year):
            yield from range(change - days * DAY // 2, change + days * DAY // 2, 15 * MINUTE)


def days_around_changes(years: range, *, days: int) -> Iterator[Shown]:
    """Each local day of so many around each change, with what the wall shows as it begins."""
    for year in years:
        for change in changes(year):
            middle = shown(change)
            for number in range(-days // 2, days // 2):
                yield middle.days_later(number)
