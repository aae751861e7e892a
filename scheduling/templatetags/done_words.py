"""How pages print what was done: lines of a visit's history, entries of the audit trail. Text only, no HTML."""

import re
from typing import Any, Final

from django import template
from django.urls import reverse
from django.utils.dateparse import parse_datetime

from pht_clinic.audit.models import Entry
from scheduling.audit import words
from scheduling.audit.value_words import code_words, spaced
from scheduling.states import VERBS
from scheduling.templatetags.clinic_words import moment

register = template.Library()
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d\S*")


@register.filter
def change_words(verb: str) -> str:
    """A line of an appointment's history."""
    return VERBS[verb].words if verb in VERBS else verb.capitalize()


@register.filter
def entry_words(verb: str) -> str:
    """What was done, by a verb of the audit trail."""
    return words.done_words(verb)


@register.filter
def audit_what(entry: Entry) -> str:
    """What was done or looked at, by an entry of the audit trail."""
    return words.entry_words(entry.verb, entry.subject)


@register.filter
def audit_about(entry: Entry) -> str:
    """What an entry of the audit trail is about: "visit 12"."""
    return words.subject_words(entry.verb, entry.subject)


@register.filter
def audit_page(entry: Entry) -> str:
    """The address of the page of what an entry is about; "" where there is none."""
    route, number = words.page_of(entry.subject)
    return reverse(route, args=[number]) if route else ""


@register.filter
def door_words(door: str) -> str:
    """By which door somebody came in: "page"; "link" is the patient's."""
    return words.DOOR_WORDS.get(door, door)


@register.filter
def field_words(name: str) -> str:
    """How a field of a record is called: "date_of_birth" → "Date of birth"."""
    return spaced(name).capitalize()


@register.filter
def value_words(value: Any, field: str = "") -> str:
    """A value of that field of a record, which came as JSON; "nothing" where there is none.

    Codes are said in words, moments in the clinic's zone; a moment without an offset stays as it is.
    """
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(value_words(one, field) for one in value)
    if isinstance(value, dict):
        return ", ".join(f"{field_words(str(name))}: {value_words(one, str(name))}" for name, one in value.items())
    return _moment_words(value) if _MOMENT.fullmatch(str(value)) else code_words(str(value), field)


def _moment_words(text: str) -> str:
    """What only looks like one, or lies beyond what a calendar can say, was typed by somebody."""
    try:
        at = parse_datetime(text)
        return moment(at) if at and at.tzinfo else text
    except (ValueError, OverflowError):
        return text
