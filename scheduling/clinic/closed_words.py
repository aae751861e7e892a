"""When something is closed, as people say it: "7 and 8 December 2026, all day"."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from pht_clinic import clock
from scheduling.messages import words

_DAY = timedelta(days=1)


def closed_when(starts_at: datetime, ends_at: datetime) -> str:
    """A half-open stretch of time on the clinic's wall clock.

    Whole local days are named, the last one included: what ends at midnight is over with the day before.
    """
    start, end = (one.astimezone(clock.zone()) for one in (starts_at, ends_at))
    if start.time() == end.time() == time.min:
        return f"{_days(start.date(), end.date() - _DAY)}, all day"
    last, until = (end.date() - _DAY, "24:00") if end.time() == time.min else (end.date(), f"{end:%H:%M}")
    if start.date() == last:
        return f"{words.full_date(start)}, {start:%H:%M} to {until}"
    return f"{words.full_date(start)} at {start:%H:%M} to {words.full_date(last)} at {until}"


def _days(first: date, last: date) -> str:
    """ "7 and 8 December 2026", "7 to 11 December 2026", "30 December 2026 to 2 January 2027"."""
    if first == last:
        return words.full_date(first)
    joint = "and" if last - first == _DAY else "to"
    whole = words.full_date(last)
    if first.year != last.year:
        return f"{words.full_date(first)} {joint} {whole}"
    if first.month != last.month:
        return f"{words.full_date(first).removesuffix(f' {first.year}')} {joint} {whole}"
    return f"{first.day} {joint} {whole}"
