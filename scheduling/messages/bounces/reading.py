"""A provider's request becomes news of mails, or is refused: who it is from is proved before anything of it is read.

anymail knows how each provider signs and what its fields mean.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from anymail.exceptions import AnymailConfigurationError, AnymailWebhookValidationFailure
from anymail.signals import EventType, RejectReason
from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from pht_clinic.errors import Forbidden, Invalid
from scheduling.messages.sending import providers
from scheduling.messages.sending.providers import OF_A_MESSAGE
from scheduling.models import MailNews

_KINDS: Final = {
    EventType.DELIVERED: MailNews.Kind.DELIVERED,
    EventType.BOUNCED: MailNews.Kind.BOUNCED,
    EventType.REJECTED: MailNews.Kind.REFUSED,
    EventType.FAILED: MailNews.Kind.REFUSED,
    EventType.COMPLAINED: MailNews.Kind.COMPLAINED,
    EventType.UNSUBSCRIBED: MailNews.Kind.COMPLAINED,
}
"""What is listened to; a mail that is merely late, opened or answered by a machine changes nothing."""
_OF_THE_ADDRESS: Final = frozenset(
    {RejectReason.BOUNCED, RejectReason.INVALID, RejectReason.BLOCKED, RejectReason.SPAM, RejectReason.UNSUBSCRIBED}
)
_UNREADABLE: Final = (
    *(AnymailConfigurationError, LookupError, TypeError, ValueError, AttributeError),
    *(RecursionError, OverflowError, OSError),
)


@dataclass(frozen=True, slots=True)
class HeardNews:
    """What happened to one mail. `uid` is our own id of the message (None: it did not travel along), `provider_id` the
    provider's. `key` is the same whenever the same is told. `marks_address`: it is the address that does not work.
    """

    kind: MailNews.Kind
    key: str
    at: datetime
    uid: uuid.UUID | None = None
    provider_id: str = ""
    said: str = ""
    marks_address: bool = False


class ForgedNews(Forbidden):
    """It does not prove that it is from the provider."""

    sentence = "This does not prove that it comes from the mail provider."


class UnreadableNews(Invalid):
    """It is no news in the provider's form."""

    sentence = "This is no news in the mail provider's form."


def read(request: HttpRequest, *, now: datetime) -> list[HeardNews]:
    """The news of one request, of those kinds that are listened to. `now` is real time.

    Raises: ForgedNews, UnreadableNews.
    """
    found = providers.provider()
    assert found is not None  # noqa: S101 - the door looks first
    reader: Any = import_string(found.news)(**providers.news_options(found))
    if request.content_type != "application/json":
        raise UnreadableNews
    try:
        reader.run_validators(request)
    except (AnymailWebhookValidationFailure, *_UNREADABLE):
        raise ForgedNews from None
    try:
        events = reader.parse_events(request)
        return [news for event in events if (news := _news(event, now=now)) is not None]
    except _UNREADABLE:
        raise UnreadableNews from None


def _news(event: Any, *, now: datetime) -> HeardNews | None:
    kind = _KINDS.get(event.event_type)
    if kind is None:
        return None
    uid = _uid(event)
    return HeardNews(
        kind=kind,
        key=_key(event, signed=_signed(event)),
        at=_at(event, now=now),
        uid=uid,
        provider_id=_plain(event.message_id),
        said=_plain(event.mta_response or event.description),
        marks_address=kind == MailNews.Kind.COMPLAINED or event.reject_reason in _OF_THE_ADDRESS,
    )


def _uid(event: Any) -> uuid.UUID | None:
    """Our own id: from what travelled along, else from our Message-ID where the provider let that be."""
    given = (event.metadata or {}).get(OF_A_MESSAGE) if isinstance(event.metadata, dict) else None
    for text in (given, str(event.message_id or "").strip("<>").partition("@")[0]):
        try:
            return uuid.UUID(str(text))
        except ValueError:
            continue
    return None


def _signed(event: Any) -> dict[str, Any]:
    """What of it the provider has signed by itself; {} where the whole request is under its secret."""
    block = event.esp_event.get("signature") if isinstance(event.esp_event, dict) else None
    return block if isinstance(block, dict) and settings.EMAIL_NEWS_KEY else {}


def _at(event: Any, *, now: datetime) -> datetime:
    """When it happened; of what is signed by itself only that time is proved."""
    signed = _signed(event)
    if signed:
        return datetime.fromtimestamp(float(signed["timestamp"]), UTC)
    at: datetime = event.timestamp or now
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _key(event: Any, *, signed: dict[str, Any]) -> str:
    """The same for the same news: where a token is signed it is that alone, whatever stands beside it."""
    parts = (
        ["token", str(signed["token"])]
        if signed
        else [event.event_type, event.event_id, event.message_id, event.recipient, str(event.timestamp)]
    )
    return hashlib.sha256(json.dumps([settings.EMAIL_PROVIDER, *parts]).encode()).hexdigest()


def _plain(text: object) -> str:
    """One line that can be stored and shown."""
    line = "".join(letter if letter.isprintable() else " " for letter in str(text or ""))
    return " ".join(line.split())[:200]
