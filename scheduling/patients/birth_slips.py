"""Dates of birth that a slip of pen, ear or finger makes of one another. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from itertools import combinations

EARLIEST_YEAR = 1850


def slip_between(one: date, other: date) -> str:
    """What lies between two dates, as words after "but for"; "" where it takes more than one slip, or none."""
    if one == other:
        return ""
    if (one.year, one.month, one.day) == (other.year, other.day, other.month):
        return "day and month, which are swapped"
    differ = [(a, b) for a, b in zip(_digits(one), _digits(other), strict=True) if a != b]
    if len(differ) == 1:
        return "one digit"
    if len(differ) == 2 and differ[0] == differ[1][::-1]:
        return "two digits, which are swapped"
    return ""


def one_slip_from_both(one: date, other: date) -> bool:
    """Whether some date lies one slip from each: two slips lie between them."""
    return not frozenset(slips_of(one)).isdisjoint(slips_of(other))


@lru_cache(maxsize=256)
def slips_of(born_on: date) -> tuple[date, ...]:
    """Every date that lies one slip from this one. At most some 80."""
    found = {day for digits in _slipped(_digits(born_on)) if (day := _date(digits))}
    if born_on.day <= 12:
        found.add(date(born_on.year, born_on.day, born_on.month))
    return tuple(sorted(found - {born_on}))


def _digits(day: date) -> str:
    return f"{day.day:02}{day.month:02}{day.year:04}"


def _slipped(digits: str) -> Iterator[str]:
    for at in range(8):
        yield from (digits[:at] + other + digits[at + 1 :] for other in "0123456789")
    for here, there in combinations(range(8), 2):
        listed = list(digits)
        listed[here], listed[there] = listed[there], listed[here]
        yield "".join(listed)


def _date(digits: str) -> date | None:
    try:
        day = date(int(digits[4:]), int(digits[2:4]), int(digits[:2]))
    except ValueError:
        return None
    return day if day.year >= EARLIEST_YEAR else None
