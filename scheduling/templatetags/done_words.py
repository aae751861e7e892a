"""How pages print what was done: lines of a visit's history, entries of the audit trail. Text only, no HTML."""

from typing import Any

from django import template
from django.urls import reverse

from pht_clinic.audit.models import Entry
from scheduling.audit import words
from scheduling.states import VERBS

register = template.Library()


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
    return name.replace("_", " ").replace("-", " ").capitalize()


@register.filter
def value_words(value: Any) -> str:
    """A value of a record, which came as JSON; "nothing" where there is none."""
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(value_words, value))
    if isinstance(value, dict):
        return ", ".join(f"{field_words(str(name))}: {value_words(one)}" for name, one in value.items())
    return str(value)
