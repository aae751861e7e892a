"""The languages that patients read, and who signed the wording of each. Staff pages are English.

A language is off until SIGNED_LANGUAGES names who signed its wording: whoever reads it is written to in English.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from django.conf import settings
from django.utils import translation

ENGLISH: Final = "en-gb"
NAMES: Final = MappingProxyType({"de": "German"})
"""What staff call each language that there is a wording of beside English, by its code."""


class NoSignature(ValueError):
    """What SIGNED_LANGUAGES says cannot be read; the words are the end of a sentence about it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """Who answers for the wording in a language, and since which day."""

    who: str
    on: date


@lru_cache(maxsize=16)
def read_signatures(text: str) -> dict[str, Signature]:
    """By code: "de=Dr A. Weber, 2026-11-20", several separated by semicolons. Raises: NoSignature."""
    found: dict[str, Signature] = {}
    for one in filter(None, map(str.strip, text.split(";"))):
        code, is_said, signed = (part.strip() for part in one.partition("="))
        who, _, day = (part.strip() for part in signed.rpartition(","))
        if code not in NAMES:
            raise NoSignature(f"names a language that there is no wording in: {code!r}")
        if not is_said or not who or not who.isprintable():
            raise NoSignature(f"does not say who signed {code}, as in {code}=Name, 2026-11-20")
        try:
            found[code] = Signature(who, date.fromisoformat(day))
        except ValueError:
            raise NoSignature(f"does not say on which day {code} was signed, as in {code}=Name, 2026-11-20") from None
    return found


def signature_of(code: str) -> Signature | None:
    """Who signed the wording in this language; None where nobody did: then it is off."""
    return read_signatures(settings.SIGNED_LANGUAGES).get(code)


def used_for(chosen: str) -> str:
    """The code in which somebody is written to who has chosen this language, "" being English: the language itself
    where it is signed.
    """
    return chosen if chosen and signature_of(chosen) else ENGLISH


def why_english(chosen: str) -> str:
    """Why somebody who has chosen this language is written to in English all the same, for staff; "" where they are
    not, or have chosen English.
    """
    if not chosen or signature_of(chosen):
        return ""
    return f"English is sent: nobody has signed the wording in {NAMES.get(chosen, chosen)} yet."


def speaking(code: str) -> AbstractContextManager[None]:
    """Inside the block everything is said in the language of this code; afterwards in the one before it."""
    return translation.override(code)


def spoken() -> str:
    """The code of the language in which everything is said at this moment."""
    return translation.get_language() or ENGLISH


def is_english() -> bool:
    """Whether that is English."""
    return spoken() not in NAMES
