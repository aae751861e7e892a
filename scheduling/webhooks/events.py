"""Which events there are, and what is said of one: ids, and nothing of anybody.

An event is a verb of the audit trail under a name that stays. Other apps register theirs from `ready()`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC
from typing import Final

from django.conf import settings
from django.urls import reverse

from scheduling.models import WebhookEvent


@dataclass(frozen=True, slots=True)
class EventType:
    """`name` is what receivers call it (`appointment.moved`), `verb` what the trail does; `words` say what happened."""

    name: str
    verb: str
    words: str


class UnknownEvent(LookupError):
    """No app registers this event any more."""


_BY_NAME: Final[dict[str, EventType]] = {}
_BY_VERB: Final[dict[str, EventType]] = {}
_PAGES: Final[dict[str, str]] = {}


def register_events(events: Iterable[EventType]) -> None:
    """Make events known; called from `ready()`."""
    for event in events:
        _BY_NAME[event.name] = _BY_VERB[event.verb] = event


def lead_to(noun: str, *, route: str) -> None:
    """Where the API tells more of what an event is about, by what stands before the number in its subject. `route` is
    the name of an address that takes `pk`.
    """
    _PAGES[noun] = route


def event_types() -> list[EventType]:
    """All there are, by name."""
    return [_BY_NAME[name] for name in sorted(_BY_NAME)]


def named(name: str) -> EventType:
    """The one that receivers call so. Raises: UnknownEvent."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise UnknownEvent(name) from None


def of_verb(verb: str) -> EventType:
    """The one that the trail calls so. Raises: UnknownEvent."""
    try:
        return _BY_VERB[verb]
    except KeyError:
        raise UnknownEvent(verb) from None


def wanted_names(verbs: Iterable[str]) -> list[str]:
    """By what receivers call them, those of these verbs that are still events."""
    return sorted(_BY_VERB[verb].name for verb in verbs if verb in _BY_VERB)


def body_of(event: WebhookEvent) -> str:
    """What is sent, the same text at every try: JSON. Raises: UnknownEvent.

    `subject` is null where the event is about several records; `url` where the API has no address for it. Source:
    Standard Webhooks, "Payload structure" (type, timestamp, data; thin payloads).
    """
    subject = subject_of(event)
    said = {
        "type": of_verb(event.verb).name,
        "timestamp": event.occurred_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "data": {"patients": [str(pk) for pk in event.patient_ids], "subject": subject, "url": _address_of(subject)},
    }
    return json.dumps(said, separators=(",", ":"))


def name_of(event: WebhookEvent) -> str:
    """What receivers call it; its verb where no app registers it any more."""
    return _BY_VERB[event.verb].name if event.verb in _BY_VERB else event.verb


def subject_of(event: WebhookEvent) -> dict[str, str] | None:
    """What it is about; None where that is several records."""
    noun, _, number = event.subject.partition(":")
    return {"kind": noun, "id": number} if number.isdecimal() else None


def _address_of(subject: dict[str, str] | None) -> str | None:
    if subject is None or subject["kind"] not in _PAGES:
        return None
    return settings.PUBLIC_BASE_URL + reverse(_PAGES[subject["kind"]], args=[int(subject["id"])])
