"""Phone numbers: read as people write them, kept as E.164 with their extension, shown as people write them."""

from __future__ import annotations

import re
import unicodedata

import phonenumbers
from django.conf import settings
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

_POSSIBLE = frozenset({ValidationResult.IS_POSSIBLE, ValidationResult.IS_POSSIBLE_LOCAL_ONLY})
_EXTENSION = ";ext="
LONGEST = 40


class NoPhoneNumber(ValueError):
    """A text that no telephone could dial."""


def read_phone(text: str) -> str:
    """`020 7946 0958 ext 12` → `+442079460958;ext=12`. "" stays "".

    What is possible is taken, assigned or not: numbers come into use before any list knows them. A number without
    its country is one of `PHONE_REGION`. Raises: NoPhoneNumber.
    """
    typed = unicodedata.normalize("NFKC", text).strip()
    if not typed:
        return ""
    try:
        number = phonenumbers.parse(typed, settings.PHONE_REGION)
    except phonenumbers.NumberParseException as error:
        raise NoPhoneNumber(text) from error
    if not _DIALLED.fullmatch(typed) or phonenumbers.is_possible_number_with_reason(number) not in _POSSIBLE:
        raise NoPhoneNumber(text)
    kept = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return f"{kept}{_EXTENSION}{number.extension}" if number.extension else kept


_DIALLED = re.compile(r"[+\s\d().\-‐‑‒–—―−/*#]+(?:[,;]?\s*(?:e?xt(?:n|ension)?|x)?[.:=\s]*\d{1,10}#?)?", re.IGNORECASE)
"""Nothing but a number and its extension: of `phone my son on 020 …` only the number would stay."""


def shown_phone(kept: str) -> str:
    """As people here write it: of this country with its 0, of another with its +; what was kept before as it is."""
    number = _kept(kept)
    if number is None:
        return kept
    is_home = number.country_code == phonenumbers.country_code_for_region(settings.PHONE_REGION)
    how = PhoneNumberFormat.NATIONAL if is_home else PhoneNumberFormat.INTERNATIONAL
    extension, number.extension = number.extension, None
    shown = phonenumbers.format_number(number, how)
    return f"{shown} ext {extension}" if extension else shown


def dialled_phone(kept: str) -> str:
    """What stands behind `tel:` in a link. Source: RFC 3966."""
    return kept if _kept(kept) else re.sub(r"[^+\d]", "", kept)


def may_be_mobile(kept: str) -> bool:
    """Whether a text message can be sent there: not to a landline, another special line, or one with an extension.

    Unknown counts as a mobile: numbers come into use before any list knows them, and the gateway says no.
    """
    number = _kept(kept)
    return number is not None and not number.extension and phonenumbers.number_type(number) in _MAY_BE_MOBILE


_MAY_BE_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE, PhoneNumberType.UNKNOWN})


def without_extension(kept: str) -> str:
    """The line itself."""
    return kept.split(_EXTENSION)[0]


def home_country_code() -> str:
    """`44` for GB."""
    return str(phonenumbers.country_code_for_region(settings.PHONE_REGION))


def _kept(kept: str) -> PhoneNumber | None:
    if not kept.startswith("+"):
        return None
    try:
        return phonenumbers.parse(kept)
    except phonenumbers.NumberParseException:
        return None
