"""Working days: days of the week but for bank holidays. The weekend is not everywhere Saturday and Sunday. Pure."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Final

NAMES: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""How a setting names the weekdays, each at its number: 0 is Monday."""


class NoWorkingDays(ValueError):
    """A text that names no working days; its words say what is wrong."""


@dataclass(frozen=True, slots=True)
class WorkingDays:
    """The weekdays on which a clinic works (0 = Monday), and the local days that are none all the same."""

    weekdays: AbstractSet[int]
    closed_on: AbstractSet[date] = frozenset()

    def __contains__(self, day: date) -> bool:
        return day.weekday() in self.weekdays and day not in self.closed_on

    def after(self, day: date, count: int = 1) -> date:
        """The `count`-th of them after this local day; the day itself for 0. There is always one: no weekday at all
        cannot be read.
        """
        for _ in range(count):
            day += timedelta(days=1)
            while day not in self:
                day += timedelta(days=1)
        return day


@lru_cache(maxsize=8)
def read_weekdays(text: str) -> frozenset[int]:
    """The weekdays of a text such as "sun,mon,tue,wed,thu", in any order. Raises: NoWorkingDays."""
    names = [name.strip().lower() for name in text.split(",")]
    if unknown := [name for name in names if name not in NAMES]:
        raise NoWorkingDays(f"is not days of {', '.join(NAMES)} with commas between, because of “{unknown[0]}”")
    if len(set(names)) < len(names):
        raise NoWorkingDays("names a day twice")
    return frozenset(NAMES.index(name) for name in names)
