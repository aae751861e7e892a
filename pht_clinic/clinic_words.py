"""What pages and mails say of the clinic: who and where it is, and whom its country calls in an emergency.

The environment gives the first values; managers change them on a page, and what they saved last holds from then on,
in every process at once. Whoever prints any of it asks here: nobody else reads these settings. What the clinic says in
sentences of its own it says once for each language that patients read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from typing import Any, Final

from django.conf import settings
from django.utils.translation import get_language

FIRST: Final = 0
"""The version of what the environment says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClinicWords:
    """What the clinic says of itself at one time. `hours` is when the phone is answered, `hours_de` the same in German,
    "" where nobody has said it; `version` counts what managers saved, from 1, and is 0 for the environment's.
    """

    name: str
    phone: str
    hours: str
    hours_de: str
    address: str
    emergency_number: str
    emergency_department: str
    out_of_hours: str
    version: int = FIRST

    @property
    def emergency(self) -> tuple[str, str, str]:
        """The number, the department, and whom to call when the clinic is closed."""
        return self.emergency_number, self.emergency_department, self.out_of_hours

    def hours_in(self, language: str) -> str:
        """When the phone is answered, in the language of this code; "" where it is not said in it."""
        return {"de": self.hours_de}.get(language, self.hours)


SETTING_OF: Final = {
    "name": "CLINIC_NAME",
    "phone": "CLINIC_PHONE",
    "hours": "CLINIC_HOURS",
    "hours_de": "CLINIC_HOURS_DE",
    "address": "CLINIC_ADDRESS",
    "emergency_number": "EMERGENCY_NUMBER",
    "emergency_department": "EMERGENCY_DEPARTMENT",
    "out_of_hours": "OUT_OF_HOURS_NUMBER",
}
"""By which variable of the environment each is first said, in the order of the form."""


def first_words() -> ClinicWords:
    """What the environment says."""
    return ClinicWords(
        name=settings.CLINIC_NAME,
        phone=settings.CLINIC_PHONE,
        hours=settings.CLINIC_HOURS,
        hours_de=settings.CLINIC_HOURS_IN["de"],
        address=settings.CLINIC_ADDRESS,
        emergency_number=settings.EMERGENCY_NUMBER,
        emergency_department=settings.EMERGENCY_DEPARTMENT,
        out_of_hours=settings.OUT_OF_HOURS_NUMBER,
    )


_reader: Callable[[], ClinicWords] = first_words
_read_along = "NULL::jsonb"
_HELD: ContextVar[list[ClinicWords] | None] = ContextVar("_HELD", default=None)


def read_by(reader: Callable[[], ClinicWords], *, along: str) -> None:
    """Ask this for what holds; whoever keeps what managers save calls it from `ready()`. `along` is an expression of
    SQL that finds the same as an object of JSON, null where the environment says it: for who asks the database
    something anyway.
    """
    global _reader, _read_along
    _reader, _read_along = reader, along


def read_along() -> str:
    """An expression of SQL to be selected beside something else; what it finds is for `hold`."""
    return _read_along


def hold(found: Mapping[str, Any] | None) -> None:
    """What `read_along` found is what holds within the present `read_once()`, unless it is known there already."""
    held = _HELD.get()
    if held is not None and not held:
        said = {} if found is None else {one.name: found[one.name] for one in fields(ClinicWords)}
        held.append(ClinicWords(**said) if said else first_words())


def words_in_force() -> ClinicWords:
    """What holds now: asked for at each call, and once within `read_once()`, as in every request and task."""
    held = _HELD.get()
    if held is None:
        return _reader()
    if not held:
        held.append(_reader())
    return held[0]


@contextmanager
def read_once() -> Iterator[None]:
    """Inside the block they are read when first asked for and then stay: a page is of one time, and costs one look. A
    block within a block is part of it.
    """
    token = _HELD.set([] if (held := _HELD.get()) is None else held)
    try:
        yield
    finally:
        _HELD.reset(token)


@contextmanager
def said_with(words: ClinicWords) -> Iterator[None]:
    """Inside the block the clinic says these of itself: of a preview, or of a message that left with them."""
    token = _HELD.set([words])
    try:
        yield
    finally:
        _HELD.reset(token)


def clinic_words() -> dict[str, str]:
    """By the name under which templates print each, as in `clinic.phone`."""
    words = words_in_force()
    return {
        "name": words.name,
        "phone": words.phone,
        "dialled": dialled(words.phone),
        "hours": words.hours_in(get_language() or "") or words.hours,
        "address": words.address,
        "emergency_number": words.emergency_number,
        "emergency_department": words.emergency_department,
        "out_of_hours": words.out_of_hours,
    }


def dialled(phone: str) -> str:
    """What stands behind `tel:` in a link: digits, and a + before them; no extension, no words. Source: RFC 3966."""
    number = re.match(r"[\d+()\s./-]*", phone)
    return re.sub(r"[^+\d]", "", number[0]) if number else ""


def thinner_sentence() -> str:
    """The clinic's own sentence to patients on blood thinners in the language spoken now; "" where it has none."""
    own = settings.BLOOD_THINNER_SENTENCE_IN.get(get_language() or "", settings.BLOOD_THINNER_SENTENCE)
    return " ".join(own.split())


def emergency_words() -> tuple[str, str, str]:
    """Those that hold now, as `ClinicWords.emergency`."""
    return words_in_force().emergency
