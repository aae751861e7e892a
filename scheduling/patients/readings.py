"""What a text typed into the search may mean: names, dates, numbers, an email, in any mix. Pure.

A text that can be read as two things is read as both: `1980` is a year and part of a number, `07700 900301` one
number and two parts of one, `May 1962` a month and a name with a year.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final, TypeAlias

from scheduling.patients.folding import PARTICLES, TITLES, words_of
from scheduling.patients.typed_dates import Days, days_meant

MOST_WORDS, MOST_READINGS = 10, 12
_LONGEST_DATE = 5
SHORTEST_PART = 3
"""Digits from which part of a number is looked for."""
_NUMERIC: Final = re.compile(
    r"[+(\d][+\d().\-‐‑‒–—−/]*|[-‐‑–—−/]|(?:ext|extn|extension|x)\.?:?(?:\d{1,10})?", re.IGNORECASE
)
_RECORD: Final = re.compile(r"(?:record\s*(?:no\.?|number)?\s*#?|#)\s*(\d{1,18})", re.IGNORECASE)
_BESIDE: Final = TITLES | {
    *("born", "dob", "nhs", "number", "no", "phone", "tel", "telephone", "mobile", "email", "name", "patient")
}
"""What stands beside what is looked for, as on a page that it is copied from; it may be part of a name all the same."""


@dataclass(frozen=True, slots=True)
class NameWordTyped:
    """A word of a name, folded."""

    word: str


@dataclass(frozen=True, slots=True)
class Born:
    """One of these stretches of days."""

    days: tuple[Days, ...]


@dataclass(frozen=True, slots=True)
class Numbered:
    """A number, or part of one, as typed."""

    typed: str


@dataclass(frozen=True, slots=True)
class Mailed:
    """An email address, or how it begins."""

    begins: str


@dataclass(frozen=True, slots=True)
class Filed:
    """The number of a record."""

    number: int


Part: TypeAlias = NameWordTyped | Born | Numbered | Mailed | Filed
Reading: TypeAlias = tuple[Part, ...]


def readings(text: str, today: date) -> list[Reading]:
    """Everything a text may mean, the closest to how it is written first; each part of a reading must fit.

    Boundary: of more than 10 words the rest is left out, of more than 12 readings too.
    """
    typed = unicodedata.normalize("NFKC", text).replace("\u200b", "")
    whole = [(Filed(int(match[1])),)] if (match := _RECORD.fullmatch(typed.strip())) else []
    found = islice(_readings(typed.split()[:MOST_WORDS], today), MOST_READINGS)
    return list(dict.fromkeys([*whole, *(one for one in found if one)]))


def _readings(words: Sequence[str], today: date) -> Iterator[Reading]:
    if not words:
        yield ()
        return
    for count, parts in _beginnings(words, today):
        for rest in _readings(words[count:], today):
            yield (*parts, *rest)


def _beginnings(words: Sequence[str], today: date) -> Iterator[tuple[int, Reading]]:
    """What the first words may be, and how many of them that takes."""
    yield from _dates(words, today)
    if "@" in words[0]:
        yield 1, (Mailed(words[0].strip("<>,;").removeprefix("mailto:").lower()),)
        return
    yield from _numbers(words)
    yield from _names(words)


def _dates(words: Sequence[str], today: date) -> Iterator[tuple[int, Reading]]:
    for count in range(min(_LONGEST_DATE, len(words)), 0, -1):
        if days := days_meant(" ".join(words[:count]), today):
            yield count, (Born(tuple(days)),)


def _numbers(words: Sequence[str]) -> Iterator[tuple[int, Reading]]:
    run = 0
    while run < len(words) and _NUMERIC.fullmatch(words[run]) and (run or _has_digit(words[0])):
        run += 1
    for count in sorted({run, 1} if run else (), reverse=True):
        if sum(one.isdigit() for word in words[:count] for one in word) >= SHORTEST_PART:
            yield count, (Numbered(" ".join(words[:count])),)


def _names(words: Sequence[str]) -> Iterator[tuple[int, Reading]]:
    parts = words_of(words[0])
    if not parts:
        yield 1, ()
    elif any(one.isalpha() for one in words[0]):
        if parts[0] in _BESIDE:
            yield 1, ()
        if len(words) > 1 and parts[-1] in PARTICLES and (rest := words_of(words[1])):
            yield 2, (NameWordTyped("".join((*parts, *rest))),)
        yield 1, tuple(NameWordTyped(one) for one in parts)
        if len(parts) > 1:
            yield 1, (NameWordTyped("".join(parts)),)


def _has_digit(word: str) -> bool:
    return any(one.isdigit() for one in word)
