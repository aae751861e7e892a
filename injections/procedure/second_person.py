"""A second person at time out and at sign out, where the clinic asks for one: by name, and never oneself."""

from __future__ import annotations

from typing import Final

from django import forms
from django.conf import settings

from injections.procedure.values import Procedure
from pht_clinic.errors import FieldError
from pht_clinic.people.actors import Actor

LONGEST: Final = 200
TIME_OUT: Final = "time_out_with"
SIGN_OUT: Final = "sign_out_with"
LABELS: Final = {TIME_OUT: "Second person at time out", SIGN_OUT: "Second person at sign out"}
_HINTS: Final = {
    TIME_OUT: "Who checked the patient, the site and the side with you before the needle: their full name.",
    SIGN_OUT: "Who went through the end with you, before the patient left: their full name.",
}


def second_person_problems(procedure: Procedure, *, by: Actor) -> list[FieldError]:
    """Who is missing at time out and sign out of what was given, each at its field.

    Where the clinic asks for nobody (`SECOND_PERSON`), nobody is missing. Whoever records it is no second person,
    blanks and case do not matter.
    """
    if not procedure.was_given:
        return []
    problems = []
    for name in LABELS:
        said = str(getattr(procedure, name)).strip()
        if not said and settings.SECOND_PERSON:
            problems.append(FieldError(f"#/{name}", _missing(name)))
        elif said and _folded(said) == _folded(by.name):
            problems.append(FieldError(f"#/{name}", "You record this yourself: name somebody else."))
    return problems


def second_person_fields(name: str) -> dict[str, forms.Field]:
    """The form field of one of these moments; none where the clinic asks for nobody."""
    if not settings.SECOND_PERSON:
        return {}
    missing = {"required": _missing(name)}
    return {
        name: forms.CharField(label=LABELS[name], max_length=LONGEST, help_text=_HINTS[name], error_messages=missing)
    }


def _missing(name: str) -> str:
    return f"Name the {LABELS[name].lower()}."


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()
