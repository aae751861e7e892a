"""Reads one JSON object field by field and collects every problem with its JSON pointer, instead of
stopping at the first.

Null and missing are the same. An unknown key is a problem, and so is a value outside its list.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime
from math import isfinite
from typing import Final, TypeVar

from injections.safety.dates import span_of

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
"""Dates outside these years are taken for slips; inside them no arithmetic of the rules can overflow."""

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?(Z|[+-][0-9]{2}:[0-9]{2})"
)
_BEYOND_MICROSECONDS: Final = re.compile(r"(\.[0-9]{6})[0-9]+")
_NOT_FOR_TEXT: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: a JSON pointer such as #/request/start."""

    pointer: str
    detail: str

    def __str__(self) -> str:
        return f"{self.pointer}: {self.detail}"


class Reader:
    """One JSON object. Each method reads one key; `done` then reports the keys that nobody asked for.

    A method that finds a problem notes it and returns its default, so that reading can go on.
    """

    def __init__(self, value: object, pointer: str, problems: list[Problem]) -> None:
        self.pointer, self.problems = pointer, problems
        self.is_object = isinstance(value, dict)
        self._values: dict[str, object] = dict(value) if isinstance(value, dict) else {}
        self._asked: set[str] = set()
        if not self.is_object:
            self.note("", "must be an object")

    def note(self, key: str, detail: str) -> None:
        """Note a problem at a key of this object; "" is the object itself."""
        self.note_at(*([key] if key else []), detail=detail)

    def note_at(self, *path: str | int, detail: str) -> None:
        """Note a problem somewhere below this object."""
        steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
        self.problems.append(Problem("/".join((self.pointer, *steps)), detail))

    def has_problem(self, key: str) -> bool:
        """Whether a problem was noted at this key already."""
        return any(problem.pointer == f"{self.pointer}/{key}" for problem in self.problems)

    def raw(self, key: str, *, required: bool = False) -> object:
        """The value as it is; None where it is null or missing."""
        self._asked.add(key)
        value = self._values.get(key)
        if value is None and required and self.is_object:
            self.note(key, "is required")
        return value

    def choice(self, key: str, choices: Collection[str], *, required: bool = False) -> str | None:
        value = self.raw(key, required=required)
        if value is None or (isinstance(value, str) and value in choices):
            return value
        self.note(key, f"must be one of {', '.join(choices)}")
        return None

    def choices(self, key: str, choices: Collection[str]) -> tuple[str, ...]:
        """A list of codes, each once, in the order given. Null is an empty list."""
        found: dict[str, None] = {}
        for place, value in enumerate(self.items(key)):
            if isinstance(value, str) and value in choices:
                found[value] = None
            else:
                self.note(key, f"item {place} must be one of {', '.join(choices)}")
        return tuple(found)

    def flag(self, key: str) -> bool | None:
        value = self.raw(key)
        if value is None or isinstance(value, bool):
            return value
        self.note(key, "must be true or false")
        return None

    def day(self, key: str, *, required: bool = False) -> date | None:
        return self._parsed(key, _day, required=required)

    def instant(self, key: str, *, required: bool = False) -> datetime | None:
        return self._parsed(key, _instant, required=required)

    def times(self, key: str, names: Collection[str]) -> dict[str, datetime]:
        """An object of times by name. Null is an empty one, and a time that is null is not given."""
        value = self.raw(key)
        if value is None:
            return {}
        inner = Reader(value, f"{self.pointer}/{key}", self.problems)
        found = {name: instant for name in names if (instant := inner.instant(name)) is not None}
        inner.done()
        return found

    def partial_date(self, key: str) -> str | None:
        return self._parsed(key, _partial_date)

    def text(self, key: str, *, max_length: int) -> str | None:
        """Text without control characters; empty or blank text is None."""
        value = self._parsed(key, lambda text: _plain(text, max_length))
        return value or None

    def whole_number(self, key: str, *, least: int, most: int) -> int | None:
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.note(key, f"must be a whole number from {least} to {most}")
        return None

    def number(self, key: str, *, above: float, most: float) -> float | None:
        value = self.raw(key)
        if value is None:
            return None
        if isinstance(value, int | float) and not isinstance(value, bool) and above < value <= most:
            return float(value) if isfinite(value) else None
        self.note(key, f"must be a number above {above:g} and at most {most:g}")
        return None

    def items(self, key: str) -> list[object]:
        value = self.raw(key)
        if value is None:
            return []
        if isinstance(value, list):
            return value
        self.note(key, "must be a list")
        return []

    def each(self, key: str, parse: Callable[[object, str, list[Problem]], Item | None]) -> tuple[Item, ...]:
        """Every item of a list by its own parser; items with problems are left out, with their problems
        noted.
        """
        items = (
            parse(item, f"{self.pointer}/{key}/{place}", self.problems) for place, item in enumerate(self.items(key))
        )
        return tuple(item for item in items if item is not None)

    def done(self) -> None:
        """Report every key that was not asked for."""
        for key in self._values:
            if key not in self._asked:
                self.note(ascii(key)[1:-1][:60], "is not a known key")

    def _parsed(self, key: str, parse: Callable[[str], Item], *, required: bool = False) -> Item | None:
        value = self.raw(key, required=required)
        if value is None:
            return None
        try:
            if not isinstance(value, str):
                raise ValueError("must be text")
            return parse(value)
        except ValueError as error:
            self.note(key, str(error))
            return None


def _day(text: str) -> date:
    if _DAY.fullmatch(text) is None:
        raise ValueError("must be a date such as 2026-03-24")
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError("is a date that does not exist") from None
    _check_year(found.year)
    return found


def _instant(text: str) -> datetime:
    """A time with its offset. Decimals of a second beyond the sixth are cut off, never rounded up to another second."""
    if _INSTANT.fullmatch(text) is None:
        raise ValueError("must be a time with an offset such as 2026-03-24T09:20:00+00:00")
    try:
        found = datetime.fromisoformat(_BEYOND_MICROSECONDS.sub(r"\1", text))
    except ValueError:
        raise ValueError("is a time that does not exist") from None
    _check_year(found.year)
    return found


def _partial_date(text: str) -> str:
    try:
        span = span_of(text)
    except ValueError:
        raise ValueError("must be a year, a month or a day: 2026, 2026-08 or 2026-08-14") from None
    _check_year(span.first.year)
    return text


def _check_year(year: int) -> None:
    if not EARLIEST_YEAR <= year <= LATEST_YEAR:
        raise ValueError(f"must lie in the years {EARLIEST_YEAR} to {LATEST_YEAR}")


def _plain(text: str, max_length: int) -> str:
    if len(text) > max_length:
        raise ValueError(f"must have at most {max_length} characters")
    if _NOT_FOR_TEXT.search(text):
        raise ValueError("must not contain control characters")
    return text.strip()
