"""Use cases on webhooks: add one, change what it wants, a new secret, pause, resume, remove. For managers."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connection
from django.db.models import Count, Q, QuerySet

from pht_clinic.audit.record import record
from pht_clinic.audit.values import Changed, added
from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from pht_clinic.text import what_is_hidden
from pht_clinic.web.outward import may_be_reached
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import WebhookEndpoint
from scheduling.revisions import edits
from scheduling.webhooks import signing
from scheduling.webhooks.claims import State
from scheduling.webhooks.events import UnknownEvent, named, wanted_names

LONGEST_ADDRESS: Final = 500
LONGEST_USE: Final = 100
MOST: Final = 20
"""Webhooks at one time: each thing that happens is a row for every one that wants it."""
LABELS: Final = {"url": "Address", "used_for": "Name of the system", "verbs": "Events"}
"""What a page calls each column that a manager keeps, in the order of the form."""
_ADDING: Final = 0x776562686F6F6B
"""Which of the database's advisory locks: "webhook" in ASCII."""


class TooManyWebhooks(Conflict):
    """There are as many webhooks as there may be."""

    code = "too-many-webhooks"
    sentence = f"There are {MOST} webhooks already. Remove one first."


class NotPaused(Conflict):
    """Only what is paused can be resumed."""

    code = "not-paused"
    sentence = "This webhook is not paused."


class AlreadyPaused(Conflict):
    """What is paused cannot be paused again."""

    code = "already-paused"
    sentence = "This webhook is paused already."


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """What somebody wants told where: names of events, an address, and what the system there is called."""

    url: str
    used_for: str
    events: Collection[str]


@dataclass(frozen=True, slots=True)
class Made:
    """A webhook and its new secret, which is never shown again."""

    endpoint: WebhookEndpoint
    secret: str


def webhooks(*, by: Actor) -> QuerySet[WebhookEndpoint]:
    """All that are not removed, with how many deliveries wait for them and how many failed. Raises: Forbidden."""
    check_permitted("manage-webhooks", by)
    return WebhookEndpoint.objects.filter(ended_at=None).annotate(
        queued=Count("deliveries", filter=Q(deliveries__status__in=[State.QUEUED, State.SENDING])),
        failed=Count("deliveries", filter=Q(deliveries__status=State.FAILED)),
    )


def webhook(endpoint_id: int, *, by: Actor) -> WebhookEndpoint:
    """One of them. Raises: Forbidden, Missing."""
    return the(webhooks(by=by), endpoint_id)


def add(wanted: Subscription, *, by: Actor, now: datetime) -> Made:
    """From now on it is told there what happens.

    Managers who add wait for each other, so that the second counts what the first added.
    Raises: Forbidden, Invalid, TooManyWebhooks.
    """
    check_permitted("manage-webhooks", by)
    verbs, secret = _checked(wanted), signing.new_secret()
    maker: Any = by.user_id
    with use_case():
        _wait_for_others_who_add()
        if WebhookEndpoint.objects.filter(ended_at=None).count() >= MOST:
            raise TooManyWebhooks
        row = WebhookEndpoint.objects.create(
            url=wanted.url.strip(),
            used_for=wanted.used_for.strip(),
            verbs=verbs,
            secret=signing.encrypt(secret),
            made_at=now,
            made_by_id=maker,
        )
        _note("webhook-added", row, by=by, now=now, events=wanted.events, changed=added(edits.details(row)))
        return Made(row, secret)


def wanted_now(row: WebhookEndpoint) -> dict[str, Any]:
    """What a webhook is told where, by the fields of a `Subscription`."""
    return {"url": row.url, "used_for": row.used_for, "events": wanted_names(row.verbs)}


def change(
    endpoint_id: int, values: Mapping[str, Any], *, revision: int | None = None, by: Actor, now: datetime
) -> WebhookEndpoint:
    """Another address, use or choice of events, by the fields of a `Subscription`, each only where it is named; the
    secret stays. `revision` is the one that was read, None for whoever changes only what they name.

    Raises: Forbidden, Missing, Invalid, StaleRevision.
    """
    check_permitted("manage-webhooks", by)
    with use_case():
        row = _locked(endpoint_id)
        wanted = Subscription(**{**wanted_now(row), **values})
        verbs = _checked(wanted)
        edits.check_unchanged(row, revision)
        before = edits.details(row)
        if row.url != wanted.url.strip():
            row.failing_since = row.rests_until = None
        row.url, row.used_for, row.verbs = wanted.url.strip(), wanted.used_for.strip(), verbs
        row.save(update_fields=["url", "used_for", "verbs", "failing_since", "rests_until"])
        changed = edits.raise_revision(row, before, by=by, now=now)
        _note("webhook-changed", row, by=by, now=now, events=wanted.events, changed=changed)
        return row


def rotate(endpoint_id: int, *, by: Actor, now: datetime) -> Made:
    """A new secret; the present one signs beside it for 24 hours, one before that no more.

    Raises: Forbidden, Missing.
    """
    check_permitted("manage-webhooks", by)
    secret = signing.new_secret()
    with use_case():
        row = _locked(endpoint_id)
        row.old_secret, row.old_secret_until = row.secret, now + signing.OLD_SECRET_LASTS
        row.secret = signing.encrypt(secret)
        row.save(update_fields=["secret", "old_secret", "old_secret_until"])
        _note("webhook-secret-renewed", row, by=by, now=now)
        return Made(row, secret)


def pause(endpoint_id: int, *, by: Actor, now: datetime) -> WebhookEndpoint:
    """Nothing goes there for now; what happens meanwhile waits for it, at most 3 days.

    Raises: Forbidden, Missing, AlreadyPaused.
    """
    check_permitted("manage-webhooks", by)
    with use_case():
        row = _locked(endpoint_id)
        if row.paused_at is not None:
            raise AlreadyPaused
        row.paused_at = now
        row.save(update_fields=["paused_at"])
        _note("webhook-paused", row, by=by, now=now)
        return row


def resume(endpoint_id: int, *, by: Actor, now: datetime) -> WebhookEndpoint:
    """What waited goes out with the next round. Raises: Forbidden, Missing, NotPaused."""
    check_permitted("manage-webhooks", by)
    with use_case():
        row = _locked(endpoint_id)
        if row.paused_at is None:
            raise NotPaused
        row.paused_at = row.failing_since = row.rests_until = None
        row.why = ""
        row.save(update_fields=["paused_at", "why", "failing_since", "rests_until"])
        _note("webhook-resumed", row, by=by, now=now)
        return row


def remove(endpoint_id: int, *, by: Actor, now: datetime) -> None:
    """Nothing goes there any more, for good; its secret is forgotten. Raises: Forbidden, Missing."""
    check_permitted("manage-webhooks", by)
    with use_case():
        row = _locked(endpoint_id)
        row.ended_at, row.secret, row.old_secret, row.old_secret_until = now, "", "", None
        row.save(update_fields=["ended_at", "secret", "old_secret", "old_secret_until"])
        _note("webhook-removed", row, by=by, now=now)


def _locked(endpoint_id: int) -> WebhookEndpoint:
    return the(WebhookEndpoint.objects.select_for_update(no_key=True).filter(ended_at=None), endpoint_id)


def _wait_for_others_who_add() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ADDING])


def register_edits() -> None:
    """Webhooks are records that several people edit; called once, when the apps are ready."""
    edits.register(WebhookEndpoint, LABELS, shown={"verbs": lambda verbs: ", ".join(wanted_names(verbs))})


def _note(
    verb: str,
    row: WebhookEndpoint,
    *,
    by: Actor,
    now: datetime,
    events: Iterable[str] = (),
    changed: Iterable[Changed] = (),
) -> None:
    detail = {"events": sorted(events)} if events else {}
    record(verb, by=by, now=now, subject=f"webhook:{row.pk}", detail=detail, changed=changed)


def problems_of(values: Mapping[str, Any]) -> list[FieldError]:
    """Everything that is wrong with those fields of a `Subscription` that are named."""
    checks: dict[str, Callable[[Any], str]] = {"url": _of_address, "used_for": _of_use, "events": _of_events}
    found = {name: check(values[name]) for name, check in checks.items() if name in values}
    return [FieldError(f"#/{name}", why) for name, why in found.items() if why]


def _checked(wanted: Subscription) -> list[str]:
    """The verbs that are wanted. Raises: Invalid, with everything that is wrong."""
    if problems := problems_of(asdict(wanted)):
        raise Invalid(problems)
    return sorted({named(name).verb for name in wanted.events})


def _of_use(text: str) -> str:
    used_for = text.strip()
    if not used_for:
        return "Enter the name of the system."
    if len(used_for) > LONGEST_USE:
        return f"Use at most {LONGEST_USE} characters."
    hidden = what_is_hidden(used_for)
    return f"The name of the system {hidden}" if hidden else ""


def _of_events(names: Collection[str]) -> str:
    if not names:
        return "Choose at least one event."
    unknown = [name for name in names if not _is_known(name)]
    return f"There is no event “{unknown[0][:60]}”." if unknown else ""


def _is_known(name: str) -> bool:
    try:
        named(name)
    except UnknownEvent:
        return False
    return True


def _of_address(text: str) -> str:
    """Why nothing can be sent there, as far as its text tells; a name is looked up when something is sent."""
    url = text.strip()
    if len(url) > LONGEST_ADDRESS:
        return f"Use at most {LONGEST_ADDRESS} characters."
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "Enter an address such as https://example.org/hook."
    if parts.scheme != "https" or not host or not url.isascii() or not url.isprintable() or " " in url:
        return "Enter an address that begins with https://, such as https://example.org/hook."
    if parts.username is not None or parts.fragment:
        return "Leave out names and passwords before the host, and everything after #."
    return "This address is in a private or reserved network." if _is_private(host) else ""


def _is_private(host: str) -> bool:
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host)
    except ValueError:
        return False
    return not may_be_reached(address, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
