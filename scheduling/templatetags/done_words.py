"""How pages print what was done: lines of a visit's history, entries of the audit trail. Text only, no HTML."""

from django import template

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
