"""Calendar arithmetic of the rules: months, partial dates, local days, elapsed time.

Months and days are counted on clinic-local dates, hours are elapsed hours in UTC. Every window is
half-open: on the boundary itself the earlier band has ended.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from re import compile as pattern
from typing import Final
from zoneinfo import ZoneInfo

_PARTIAL: Final = pattern(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_MONTH_NAMES: Final = (
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
)


@lru_cache(maxsize=8192)  # one assessment asks for the same few dates over and over
def add_months(day: date, months: int) -> date:
    """`day` plus whole months. A date that does not exist moves **forward** to the 1st of the next month.

    31 August + 3 = 1 December; 30 November 2025 + 3 = 1 March 2026. This is the one function that adds
    months: clamping back to the last day of the month, as date libraries and SQL do, would end a wait a day
    early.

    Source: CDC CDSi Logic Specification, CALCDT-5.
    Raises: ValueError (`months` is negative or the result lies after the year 9999).
    """
    if months < 0:
        raise ValueError("add_months counts forward only")
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if day.day > monthrange(year, month + 1)[1]:
        year, month = divmod(year * 12 + month + 1, 12)
        return date(year, month + 1, 1)
    return date(year, month + 1, day.day)


@dataclass(frozen=True, slots=True)
class Span:
    """The first and last day that a partial date can mean, both included."""

    first: date
    last: date

    @property
    def is_exact(self) -> bool:
        return self.first == self.last


@lru_cache(maxsize=4096)
def span_of(text: str) -> Span:
    """What "2026", "2026-08" or "2026-08-14" can mean. Raises ValueError for anything else."""
    match = _PARTIAL.fullmatch(text)
    if match is None:
        raise ValueError("must be a year, a month or a day: 2026, 2026-08 or 2026-08-14")
    year, month, day = match.groups()
    if day is not None:
        exact = date(int(year), int(month), int(day))
        return Span(exact, exact)
    if month is not None:
        first = date(int(year), int(month), 1)
        return Span(first, first.replace(day=monthrange(first.year, first.month)[1]))
    return Span(date(int(year), 1, 1), date(int(year), 12, 31))


@dataclass(frozen=True, slots=True)
class PastDate:
    """The day a given injection counts as, before the date being judged is known.

    `latest` is the last day it can have been; None where there is no limit (no date, no day of recording).
    """

    latest: date | None
    is_exact: bool

    def counted_on(self, judged_on: date) -> date:
        """The day it counts as when `judged_on` is judged. An approximate date never counts as later than
        that.
        """
        if self.latest is None:
            return judged_on
        if self.is_exact or self.latest < judged_on:
            return self.latest
        return judged_on


def past_date(given: str | None, recorded_on: date | None) -> PastDate:
    """Reads a given date. Approximate ones count as their last possible day, never later than `recorded_on`.

    An exact date stands as it is, even after `recorded_on`: moving it back would shorten the wait.
    Raises: ValueError (`given` is no partial date).
    """
    if given is None:
        return PastDate(recorded_on, False)
    span = span_of(given)
    if span.is_exact:
        return PastDate(span.last, True)
    if recorded_on is not None and recorded_on < span.last:
        return PastDate(recorded_on, False)
    return PastDate(span.last, False)


def utc(instant: datetime) -> datetime:
    """The same instant in UTC. Raises ValueError for a naive one.

    Python compares and subtracts two datetimes of one zone by their wall clocks, which is wrong across a
    clock change; everything inside the rules is therefore UTC from the start.
    """
    if instant.utcoffset() is None:
        raise ValueError("an instant needs an offset from UTC")
    return instant.astimezone(UTC)


def local_date(instant: datetime, zone: ZoneInfo) -> date:
    """The day it is in `zone` at `instant`: 2026-06-30T23:30Z is 1 July in London."""
    return instant.astimezone(zone).date()


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """The midnight after the local `day`, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)


def in_words(day: date) -> str:
    """A day as messages print it: 12 March 2026."""
    return f"{day.day} {_MONTH_NAMES[day.month - 1]} {day.year}"


def when_in_words(given: str | None, counted_on: date) -> str:
    """When an injection was given, as it was said: "on 14 August 2026", "some time in 2025, counted as 31 December",
    "on an unknown date, counted as 2 March 2026". The day it counts as is never printed as if it were known.
    """
    if given is None:
        return f"on an unknown date, counted as {in_words(counted_on)}"
    span = span_of(given)
    if span.is_exact:
        return f"on {in_words(span.first)}"
    counted = in_words(counted_on)
    if counted_on.year == span.first.year:
        counted = counted.rpartition(" ")[0]
    return f"some time in {partial_in_words(given)}, counted as {counted}"


def partial_in_words(given: str | None) -> str:
    """ "14 August 2026", "August 2026", "2026", or "on an unknown date"."""
    if given is None:
        return "an unknown date"
    span = span_of(given)
    if span.is_exact:
        return in_words(span.first)
    if span.first.month == span.last.month:
        return f"{_MONTH_NAMES[span.first.month - 1]} {span.first.year}"
    return str(span.first.year)
