"""Dates in the language that is spoken at this moment, out of how `words.py` prints them.

What a row keeps of a date is in English, whoever planned it and whatever the patient reads: it is said in another
language only as it is shown. So a language that is chosen later holds for what was planned before, too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from django.utils.translation import gettext, gettext_noop

from pht_clinic import languages
from scheduling.messages import words

_WEEKDAY: Final = f"(?P<weekday>{'|'.join(words.WEEKDAYS)})"
_DAY: Final = f"(?P<day>[0-9]{{1,2}}) (?P<month>{'|'.join(words.MONTHS)})"
_PRINTED: Final = re.compile(
    rf"(?:{_WEEKDAY} )?{_DAY}(?: (?P<year>[0-9]{{4}}))?(?: at (?P<time>[0-9]{{2}}:[0-9]{{2}}))?"
)
_A_WEEKDAY: Final = re.compile(_WEEKDAY)
_FORMS: Final = {
    "weekday day year time": gettext_noop("{weekday} {day} {month} {year} at {time}"),
    "weekday day time": gettext_noop("{weekday} {day} {month} at {time}"),
    "weekday day year": gettext_noop("{weekday} {day} {month} {year}"),
    "weekday day": gettext_noop("{weekday} {day} {month}"),
    "day year time": gettext_noop("{day} {month} {year} at {time}"),
    "day time": gettext_noop("{day} {month} at {time}"),
    "day year": gettext_noop("{day} {month} {year}"),
    "day": gettext_noop("{day} {month}"),
}


def said(value: object) -> object:
    """A text that is nothing but a date as `words` prints it, in the language spoken now, also within lists and maps;
    anything else as it is.
    """
    if isinstance(value, list):
        return [said(one) for one in value]
    if isinstance(value, Mapping):
        return {name: said(one) for name, one in value.items()}
    if languages.is_english() or not isinstance(value, str):
        return value
    if _A_WEEKDAY.fullmatch(value):
        return gettext(value)
    found = _PRINTED.fullmatch(value)
    return said_date(found.groupdict()) if found else value


def said_date(parts: dict[str, str | None]) -> str:
    """Weekday, day, month, year and time, as far as they are known, in the language spoken now."""
    form = " ".join(name for name in ("weekday", "day", "year", "time") if parts[name])
    named = {name: gettext(parts[name] or "") if parts[name] else "" for name in ("weekday", "month")}
    return gettext(_FORMS[form]).format(**{**parts, **named})


def said_text(text: str) -> str:
    """The same of a text."""
    return str(said(text))
