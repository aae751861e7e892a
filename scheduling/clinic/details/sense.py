"""What the clinic says of itself must be of use to whoever reads it. The start and the form ask the same."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from django.conf import settings

from pht_clinic.clinic_words import ClinicWords
from pht_clinic.errors import FieldError
from pht_clinic.languages import NAMES, read_signatures
from scheduling.models import ClinicVersion
from scheduling.patients.phones import NoPhoneNumber, read_phone

LABELS: Final = {
    "name": "Name of the clinic",
    "phone": "Phone",
    "hours": "When the phone is answered",
    "hours_de": "When the phone is answered, in German",
    "address": "Address",
    "emergency_number": "Emergency number",
    "emergency_department": "Emergency department",
    "out_of_hours": "Number while you are closed",
}
"""What pages call each, in the order of the form."""
EMERGENCY: Final = ("emergency_number", "emergency_department", "out_of_hours")
LONGEST: Final = {
    one.name: one.max_length for one in ClinicVersion._meta.concrete_fields if one.name in LABELS and one.max_length
}
"""Characters. The environment's name, hours and address may be longer; then they are shortened when they are edited."""
_MARKUP: Final = re.compile(r"[<>]|^\s*(?:##|=>|- )")


def is_phone(text: str) -> bool:
    """Whether it is one number that somebody can dial, and nothing else. Where PHONE_REGION is wrong, none is."""
    try:
        return bool(read_phone(text))
    except NoPhoneNumber:
        return False


def is_short_line(field: str, text: str) -> bool:
    """Whether a word of the emergencies is one line, neither empty nor too long."""
    return text.isprintable() and 0 < len(text) <= LONGEST[field]


def is_dialled_at_once(text: str) -> bool:
    """Whether an emergency number is one: digits, with spaces between."""
    return bool(re.fullmatch(r"[0-9][0-9 ]+", text))


def unsaid_hours(words: ClinicWords) -> Iterator[str]:
    """The codes of the languages that are signed, and in which it is not said when the phone is answered."""
    yield from (code for code in read_signatures(settings.SIGNED_LANGUAGES) if not words.hours_in(code))


def problems(words: ClinicWords) -> list[FieldError]:
    """Why patients cannot be told this; a sentence for each field that is wrong."""
    return [FieldError(f"#/{field}", sentence) for field, sentence in _sentences(words).items()]


def _sentences(words: ClinicWords) -> dict[str, str]:
    """The worst of each field: what is looked at last wins."""
    found = {f"hours_{code}": f"Say it in {NAMES[code]} too: its wording is signed." for code in unsaid_hours(words)}
    if not is_dialled_at_once(words.emergency_number):
        found["emergency_number"] = "The emergency number is not a number to dial: digits and spaces only."
    if not is_phone(words.phone):
        found["phone"] = "The phone is not one phone number, such as 020 7946 0000."
    for field, label in LABELS.items():
        text = getattr(words, field)
        if not text and field != "hours_de":
            found[field] = f"Enter the {label[:1].lower()}{label[1:]}: emails and patients’ pages name it."
        elif len(text) > LONGEST[field]:
            found[field] = f"{label}: at most {LONGEST[field]} characters; there are {len(text)}."
        elif not text.isprintable() or _MARKUP.search(text):
            found[field] = f"{label}: one line, without < and >, that does not begin as a heading, a link or a list."
    return found
