"""Dates and names as a mail prints them. Pure.

Numerals always, British order, the clinic's wall clock.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from pht_clinic.text import without_hidden

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
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


def weekday(day: date) -> str:
    """Tuesday."""
    return WEEKDAYS[day.weekday()]


def day(value: date) -> str:
    """Tuesday 24 March."""
    return f"{weekday(value)} {value.day} {MONTHS[value.month - 1]}"


def full_date(value: date) -> str:
    """12 March 2026."""
    return f"{value.day} {MONTHS[value.month - 1]} {value.year}"


def clock_time(instant: datetime, zone: ZoneInfo) -> str:
    """09:20, on the clinic's clock."""
    return f"{instant.astimezone(zone):%H:%M}"


def when(instant: datetime, zone: ZoneInfo) -> str:
    """Tuesday 24 March 2026 at 09:20."""
    local = instant.astimezone(zone)
    return f"{weekday(local)} {full_date(local)} at {clock_time(instant, zone)}"


def day_and_time(instant: datetime, zone: ZoneInfo) -> str:
    """Monday 30 March at 15:00: for moments that are near, where the year goes without saying."""
    return f"{day(instant.astimezone(zone))} at {clock_time(instant, zone)}"


def counted(number: int, noun: str) -> str:
    """1 day, 3 days, 1,200 days."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def clean(text: str) -> str:
    """One line of what somebody typed: runs of white space become one space, control and format characters go.

    Joiners that a script needs stay (`pht_clinic/text.py`). What is left can neither start a new line of a mail nor a
    header.
    """
    return without_hidden(" ".join(text.split()))
