"""What may be said of an allergy, a condition or a medicine: one line of text each, since when, and who said it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from injections.models import Condition
from injections.patient.injection_checks import Whose, wrong_past_date
from pht_clinic.errors import FieldError
from pht_clinic.text import tidy, what_is_hidden

LONGEST: Final = 200
LONGEST_CODE: Final = 40
_MISSING: Final = {"substance": "Name the substance.", "name": "Name it.", "said_by": "Say who said it."}


@dataclass(frozen=True, slots=True, kw_only=True)
class Allergy:
    """A substance that somebody does not tolerate. `since` is a partial date, None where nobody knows."""

    substance: str
    reaction: str = ""
    since: str | None = None
    said_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionOrMedicine:
    """What somebody has or takes. `since` as of an allergy; `code` of whatever system the source uses, "" for none."""

    kind: str
    name: str
    code: str = ""
    since: str | None = None
    said_by: str


def columns_of_text(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as they are kept: letters composed, no space at the ends, "" for what is not known."""
    return {name: tidy(value) if isinstance(value, str) else value or "" for name, value in values.items()}


def problems_of(values: Mapping[str, Any], whose: Whose) -> list[FieldError]:
    """Every problem of the values that are there; one that is missing is looked at by who read them.

    Boundary: a month or a year that has begun is accepted, a day after today is not; so is the day of birth, and none
    before it.
    """
    found = {name: _of_text(name, str(value or "")) for name, value in values.items() if name not in ("kind", "since")}
    if "kind" in values and values["kind"] not in Condition.Kind.values:
        found["kind"] = f"Choose one of {', '.join(Condition.Kind.values)}."
    if since := values.get("since"):
        found["since"] = wrong_past_date(str(since), whose)
    return [FieldError(f"#/{name}", detail) for name, detail in found.items() if detail]


def _of_text(name: str, text: str) -> str:
    most = LONGEST_CODE if name == "code" else LONGEST
    if not text.strip():
        return _MISSING.get(name, "")
    if why := what_is_hidden(text):
        return f"This text {why}"
    if len(tidy(text)) > most:
        return f"Use at most {most} characters."
    return "A code has no spaces in it." if name == "code" and " " in tidy(text) else ""
