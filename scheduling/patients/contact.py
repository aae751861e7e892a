"""How a patient is reached, what they need here, and who else counts for them: GP or referrer, and a carer.

Each value tidied, every problem of each, and what does not go together. One thing of several values is a *group*: an
object in the API (`gp` with its `email`), a column for each value (`gp_email`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from pht_clinic.errors import FieldError
from pht_clinic.languages import NAMES
from pht_clinic.text import tidy_lines, what_is_hidden
from scheduling.models import Patient
from scheduling.patients.phones import NoPhoneNumber, read_phone

LONGEST_LINE, LONGEST_PRACTICE, LONGEST_EMAIL = 100, 200, 254
LONGEST_ADDRESS, LONGEST_NEEDS = 500, 1000
GROUPS: Final[dict[str, tuple[str, ...]]] = {
    "gp": ("name", "practice", "address", "email"),
    "carer": ("name", "relation", "phone", "may_speak"),
}
_LINES: Final = {
    "preferred_contact": ("preferred contact", 10),
    "language": ("language", LONGEST_LINE),
    "written_language": ("language of messages", 10),
    "gp_name": ("GP’s name", LONGEST_PRACTICE),
    "gp_practice": ("practice", LONGEST_PRACTICE),
    "carer_name": ("carer’s name", LONGEST_LINE),
    "carer_relation": ("carer’s relation", LONGEST_LINE),
}
_TEXTS: Final = {
    "address": ("address", LONGEST_ADDRESS),
    "needs": ("text about needs", LONGEST_NEEDS),
    "gp_address": ("practice’s address", LONGEST_ADDRESS),
}
_EMAILS: Final = ("email", "gp_email")
_PHONES: Final = ("phone", "carer_phone")
COLUMNS: Final = (*_LINES, *_TEXTS, "gp_email", "carer_phone", "carer_may_speak")
"""All that is kept here, but for the patient's own email and phone."""

_Contact = Patient.Contact
_REACHED_BY: Final = {
    _Contact.EMAIL: "email",
    _Contact.SMS: "phone",
    _Contact.LETTER: "address",
    _Contact.PHONE: "phone",
}
_MISSING: Final = {"email": "email address", "phone": "phone number", "address": "postal address"}


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of a detail: of a group one for each of its values."""
    return tuple(f"{name}_{member}" for member in GROUPS[name]) if name in GROUPS else (name,)


def by_column(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the API takes them, by column: of a group only what is named, all of it empty where it is null."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name not in GROUPS:
            found[name] = value
        elif value is None:
            found |= dict.fromkeys(columns_of(name), "")
        else:
            found |= {f"{name}_{member}": said for member, said in value.items()}
    if found.get("carer_may_speak") == "":
        found["carer_may_speak"] = False
    return found


def tidy_contact(values: dict[str, Any]) -> list[FieldError]:
    """Tidy in place what is among the values; returns what cannot be kept of them."""
    values |= {name: tidy_lines(values[name]) for name in _TEXTS if name in values}
    return [*_text_problems(values), *_email_problems(values), *_phone_problems(values)]


def contradictions(values: Mapping[str, Any]) -> Iterator[FieldError]:
    """What does not go together: a way to be reached that leads nowhere, a carer without a name.

    Boundary: of what is not among the values nothing is known, and nothing said.
    """
    way = values.get("preferred_contact")
    if way in _REACHED_BY and values.get(_REACHED_BY[way]) == "":
        label, missing = _Contact(way).label, _MISSING[_REACHED_BY[way]]
        yield FieldError(pointer_to("preferred_contact"), f"“{label}” is preferred, but there is no {missing}.")
    if values.get("carer_name") == "" and any(values.get(name) for name in columns_of("carer")):
        yield FieldError(pointer_to("carer_name"), "Enter the carer’s name, or leave out all about a carer.")


def pointer_to(column: str) -> str:
    """Where a value stands in what the API takes: `gp_email` at `#/gp/email`."""
    group, _, member = column.partition("_")
    return f"#/{group}/{member}" if member in GROUPS.get(group, ()) else f"#/{column}"


def _text_problems(values: Mapping[str, Any]) -> Iterator[FieldError]:
    for name, (words, longest) in {**_LINES, **_TEXTS}.items():
        text = values.get(name) or ""
        if why := what_is_hidden(text, lines=name in _TEXTS):
            yield FieldError(pointer_to(name), f"The {words} {why}")
        elif len(text) > longest:
            yield FieldError(pointer_to(name), f"The {words} has at most {longest} characters.")
    way = values.get("preferred_contact")
    if way and way not in _REACHED_BY:
        yield FieldError(pointer_to("preferred_contact"), f"Choose one of {', '.join(_Contact.values)}.")
    code = values.get("written_language")
    if code and code not in NAMES:
        yield FieldError(
            pointer_to("written_language"), f"Choose one of {', '.join(NAMES)}, or leave it out for English."
        )


def _email_problems(values: Mapping[str, Any]) -> Iterator[FieldError]:
    for name in _EMAILS:
        if values.get(name) and not _is_email(values[name]):
            yield FieldError(pointer_to(name), "Enter an email address such as name@clinic.example.")


def _is_email(text: str) -> bool:
    try:
        validate_email(text)
    except ValidationError:
        return False
    return len(text) <= LONGEST_EMAIL and not what_is_hidden(text)


def _phone_problems(values: dict[str, Any]) -> Iterator[FieldError]:
    for name in _PHONES:
        if name in values:
            try:
                values[name] = read_phone(values[name])
            except NoPhoneNumber:
                said = "Enter a phone number, such as 020 7946 0958 or 020 7946 0958 ext 12."
                yield FieldError(pointer_to(name), said)
