"""What can be kept of who somebody is: each value tidied, and every problem of every field at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.text import tidy, what_is_hidden, words_of_mixed_scripts
from scheduling.models import Patient
from scheduling.patients.contact import COLUMNS, contradictions, tidy_contact

OLDEST_YEARS = 130
LONGEST_NAME, MOST_FORMER_NAMES = 100, 10
_NAMES = {"given_name": "given name", "family_name": "family name"}


class NumberTaken(Conflict):
    """The NHS number belongs to another patient, named in `extra["patient"]`."""

    code = "nhs-number-taken"


class MixedScripts(Conflict):
    """A word is written with letters of two scripts, which look alike and are not; `confirm_spelling` passes it."""

    code = "mixed-scripts"

    @classmethod
    def of(cls, words: Sequence[str]) -> MixedScripts:
        named = ", ".join(f"“{word}”" for word in words)
        sentence = (
            f"{named} mixes letters of different alphabets that look alike. Type it again with one keyboard, or say "
            "that it is spelt like this."
        )
        return cls(sentence, extra={"words": list(words)})


def check_identity(values: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The values tidied, ready to store. Raises: Invalid (with every field that cannot be)."""
    tidied, problems = tidy_identity(values, now=now)
    if problems:
        raise Invalid(problems)
    return tidied


def tidy_identity(values: Mapping[str, Any], *, now: datetime) -> tuple[dict[str, Any], list[FieldError]]:
    """The values tidied, and what cannot be kept of them; a field that is not among them has no problem.

    Boundary: born today is possible, tomorrow is not, nor in a year more than 130 before this one. One of the two
    names is enough. Of what does not go together only what these values alone say.
    """
    kept = {name: tidy(value) if isinstance(value, str) else value for name, value in values.items()}
    problems = [
        *_name_problems(kept),
        *_former_problems(kept),
        *_birth_problems(kept, clock.local_date(now)),
        *tidy_contact(kept),
        *_number_problems(kept),
        *contradictions(kept),
    ]
    return kept, problems


def mixed_words(values: Mapping[str, Any]) -> list[str]:
    """The words of these names that mix scripts."""
    names = [*(values.get(name, "") for name in _NAMES), *values.get("former_names", ())]
    return [word for name in names for word in words_of_mixed_scripts(name)]


def nhs_number_is_valid(number: str) -> bool:
    """Ten digits, the last a modulus-11 check digit; all the same digit is refused. Source: NHS Data Dictionary."""
    if not re.fullmatch(r"[0-9]{10}", number) or len(set(number)) == 1:
        return False
    check = 11 - sum(int(digit) * weight for digit, weight in zip(number, range(10, 1, -1), strict=False)) % 11
    return check % 11 == int(number[9]) and check != 10


def check_number_free(nhs_number: str | None) -> None:
    """Raise NumberTaken, naming whose it is, where another patient has this NHS number."""
    if nhs_number and (other := Patient.objects.filter(nhs_number=nhs_number).first()):
        kept = other.kept
        where = f", on record {other.pk}, which was merged into this one" if other != kept else ""
        because = f"The NHS number is the same{where}."
        raise NumberTaken(
            f"This NHS number belongs to {kept}.",
            extra={
                "patient": str(kept.pk),
                "duplicates": [{"patient": str(kept.pk), "name": str(kept), "because": [because]}],
            },
        )


def check_whole(patient: Patient) -> None:
    """Raise Invalid for somebody without any name, or of whom something does not go together."""
    if problems := whole_problems(patient, {}):
        raise Invalid(problems)


def whole_problems(patient: Patient, changes: Mapping[str, Any]) -> list[FieldError]:
    """What cannot stand of all that would be known of somebody with these changes, however right each of them is."""
    stored = {name: getattr(patient, name) for name in (*_NAMES, "email", "phone", *COLUMNS)}
    known = {**stored, **changes}
    nameless = [] if any(known[name] for name in _NAMES) else [NAMELESS]
    return [*nameless, *contradictions(known)]


NAMELESS = FieldError("#/given_name", "Enter a given name, a family name, or both.")


def _name_problems(values: Mapping[str, Any]) -> Iterator[FieldError]:
    sent = [values[name] for name in _NAMES if name in values]
    if len(sent) == len(_NAMES) and not any(sent):
        yield NAMELESS
    for name, words in _NAMES.items():
        if values.get(name) and (why := _why_no_name(values[name])):
            yield FieldError(f"#/{name}", f"The {words} {why}")


def _former_problems(values: dict[str, Any]) -> Iterator[FieldError]:
    if "former_names" not in values:
        return
    names = [tidy(name) for name in values["former_names"]]
    values["former_names"] = list(dict.fromkeys(name for name in names if name))
    if len(values["former_names"]) > MOST_FORMER_NAMES:
        yield FieldError("#/former_names", f"At most {MOST_FORMER_NAMES} former names are kept.")
    for at, name in enumerate(names):
        if name and (why := _why_no_name(name)):
            yield FieldError(f"#/former_names/{at}", f"A former name {why}")


def _why_no_name(name: str) -> str:
    if len(name) > LONGEST_NAME:
        return f"has at most {LONGEST_NAME} characters."
    if why := what_is_hidden(name):
        return why
    return "" if any(one.isalpha() for one in name) else "has at least one letter."


def _birth_problems(values: Mapping[str, Any], today: date) -> list[FieldError]:
    if "date_of_birth" not in values:
        return []
    born_on: date | None = values["date_of_birth"]
    if born_on is None:
        return [FieldError("#/date_of_birth", "Enter the date of birth.")]
    if born_on > today:
        return [FieldError("#/date_of_birth", "The date of birth is in the future.")]
    if today.year - born_on.year > OLDEST_YEARS:
        return [FieldError("#/date_of_birth", f"The date of birth is more than {OLDEST_YEARS} years ago.")]
    return []


def _number_problems(values: dict[str, Any]) -> list[FieldError]:
    if "nhs_number" not in values:
        return []
    number = re.sub(r"[\s-]", "", values["nhs_number"] or "")
    values["nhs_number"] = number or None
    if number and not nhs_number_is_valid(number):
        return [FieldError("#/nhs_number", "This is not a valid NHS number: check its 10 digits.")]
    return []
