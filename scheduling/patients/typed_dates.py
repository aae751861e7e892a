"""Dates as people type them into a search: every form that pages accept or print, and years in two digits. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_BETWEEN: Final = r"[\s/.,\-‐‑‒–−]+"
_YEAR_FIRST: Final = re.compile(rf"(\d{{4}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{1,2}})")
_DAY_FIRST: Final = re.compile(rf"(\d{{1,2}}){_BETWEEN}(\d{{1,2}}){_BETWEEN}(\d{{4}}|\d{{2}})")
_IN_ONE: Final = re.compile(r"(\d{8})")
_DAY_MONTH: Final = re.compile(
    rf"(\d{{1,2}})(?:st|nd|rd|th)?(?:\s+of)?(?:{_BETWEEN})?([a-z]+)(?:{_BETWEEN})?(\d{{4}}|\d{{2}})"
)
_MONTH_DAY: Final = re.compile(rf"([a-z]+)(?:{_BETWEEN})?(\d{{1,2}})(?:st|nd|rd|th)?{_BETWEEN}(\d{{4}}|\d{{2}})")
_MONTH: Final = re.compile(rf"([a-z]+){_BETWEEN}(\d{{4}})")
_YEAR: Final = re.compile(r"((?:18|19|20|21)\d{2})")


@dataclass(frozen=True, slots=True)
class Days:
    """A stretch of days, both included."""

    first: date
    last: date


def days_meant(text: str, today: date) -> list[Days]:
    """What dates, months or years a text may mean; none where it is no date. Day before month, as written here.

    Boundary: a year of two digits is tried in both centuries that are not to come; month before day is tried where
    the other way there is no such date.
    """
    typed = _without_weekday(text.strip(" ,.").lower())
    found = [Days(day, day) for day in _days(typed, today)]
    return list(dict.fromkeys([*found, *_stretches(typed)]))


def _without_weekday(text: str) -> str:
    first, _, rest = text.partition(" ")
    name = first.strip(",.")
    is_weekday = len(name) >= 3 and any(one.startswith(name) for one in _WEEKDAYS)
    return rest.strip() if is_weekday and rest else text


def _days(typed: str, today: date) -> Iterator[date]:
    for year, month, day in _parts(typed):
        for whole in _years(year, today):
            if found := _date(whole, month, day):
                yield found


def _parts(typed: str) -> Iterator[tuple[str, int, int]]:
    """Year as typed, month, day."""
    if match := _YEAR_FIRST.fullmatch(typed):
        yield match[1], int(match[2]), int(match[3])
    if match := _DAY_FIRST.fullmatch(typed):
        yield from _either(int(match[1]), int(match[2]), match[3])
    if match := _IN_ONE.fullmatch(typed):
        yield typed[:4], int(typed[4:6]), int(typed[6:])
        yield from _either(int(typed[:2]), int(typed[2:4]), typed[4:])
    if (match := _DAY_MONTH.fullmatch(typed)) and (month := _month(match[2])):
        yield match[3], month, int(match[1])
    if (match := _MONTH_DAY.fullmatch(typed)) and (month := _month(match[1])):
        yield match[3], month, int(match[2])


def _either(day: int, month: int, year: str) -> Iterator[tuple[str, int, int]]:
    yield (year, day, month) if month > 12 else (year, month, day)


def _stretches(typed: str) -> Iterator[Days]:
    if match := _YEAR.fullmatch(typed):
        yield Days(date(int(typed), 1, 1), date(int(typed), 12, 31))
    if (match := _MONTH.fullmatch(typed)) and (month := _month(match[1])) and 1800 <= int(match[2]) < 2200:
        first = date(int(match[2]), month, 1)
        yield Days(first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1))


def _month(name: str) -> int | None:
    found = [number for number, month in enumerate(_MONTHS, start=1) if len(name) >= 3 and month.startswith(name)]
    return found[0] if len(found) == 1 else 9 if name == "sept" else None


def _years(year: str, today: date) -> list[int]:
    if len(year) == 4:
        return [int(year)]
    return [whole for whole in (1900 + int(year), 2000 + int(year)) if whole <= today.year]


def _date(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if 1800 <= year < 2200 else None
