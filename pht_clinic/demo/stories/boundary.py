"""The very day on which four months are over: one that the clinic works on, and the day before it too. No rows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from injections.safety.dates import add_months
from scheduling.availability.bank_holidays import bank_holidays

FOUR_MONTHS: Final = 4
_NOT_BEFORE, _TRIED = timedelta(days=5), 40
_TUESDAY_TO_THURSDAY: Final = (1, 2, 3)


def boundary_day(today: date) -> date:
    """The first local day from 5 days on of Tuesday to Thursday that is, as the day before it, no bank holiday, and is
    four months after another day.
    """
    first = today + _NOT_BEFORE
    closed = bank_holidays(first, first + timedelta(days=_TRIED))
    days = (first + timedelta(days=ahead) for ahead in range(_TRIED))
    return next(
        day
        for day in days
        if day.weekday() in _TUESDAY_TO_THURSDAY
        and not {day, day - timedelta(days=1)} & closed
        and add_months(months_before(day, FOUR_MONTHS), FOUR_MONTHS) == day
    )


def months_before(day: date, months: int) -> date:
    """The last day from which so many months are over on `day`, or before it where no day is."""
    earlier = day - timedelta(days=28 * months)
    while add_months(earlier, months) > day:
        earlier -= timedelta(days=1)
    return earlier
