"""When two weekly sessions of one practitioner would meet for the first time, bank holidays left out. Reads only."""

from __future__ import annotations

from datetime import date, timedelta
from math import lcm

from scheduling.availability.bank_holidays import bank_holidays
from scheduling.availability.weekly import Weekly, holds_on


def first_overlap(one: Weekly, other: Weekly, *, from_on: date) -> date | None:
    """The first local date from `from_on` on (included) on which both take place and share some time, if there is any.

    Boundary: one that opens exactly when the other closes shares nothing with it.
    """
    if one.weekday != other.weekday or one.opens >= other.closes or other.opens >= one.closes:
        return None
    starts_on = max(one.valid_from, other.valid_from, from_on)
    day = starts_on + timedelta(days=(one.weekday - starts_on.weekday()) % 7)
    last = min(one.valid_to or _LAST_DAY, other.valid_to or _LAST_DAY, _LAST_DAY)
    for _ in range(lcm(one.every_weeks, other.every_weeks) + _WEEKS_OF_HOLIDAYS):
        if day > last:
            return None
        closed_on = bank_holidays(day, day)
        if holds_on(one, day, bank_holidays=closed_on) and holds_on(other, day, bank_holidays=closed_on):
            return day
        day += timedelta(days=7)
    return None


_LAST_DAY = date(2200, 12, 31)
"""No form takes a later day."""
_WEEKS_OF_HOLIDAYS = 520
"""How much further than their common rhythm two sessions are compared: the meetings of rare ones may be holidays."""
