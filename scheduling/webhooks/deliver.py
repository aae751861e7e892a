"""Delivering what is due, one at a time, so that a killed worker loses nothing; what was under way then goes twice, and
receivers know it by its id.

1. Take back what a vanished worker left, close what has expired, pause what has failed for days.
2. Claim the delivery that has been due longest.
3. Write and sign it, post it outside any transaction, and record what was answered. No answer's body is read.
4. Go on until nothing is due or the time is up.
"""

from __future__ import annotations

import logging
import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.db import connection
from django.db.models import Q

from pht_clinic.web.outward import PrivateAddress, open_client
from scheduling.models import WebhookDelivery
from scheduling.webhooks import claims
from scheduling.webhooks.events import UnknownEvent, body_of
from scheduling.webhooks.pausing import pause_by_itself
from scheduling.webhooks.signing import headers_for

log = logging.getLogger(__name__)

_WAITS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=16),
    timedelta(hours=16),
)
"""After the first try, the second, … Source: Standard Webhooks, "Deliverability and reliability" (with jitter); the
last two are shorter than there, for all of them fit into the three days that an event is tried.
"""
_JITTER: Final = 0.1
_ROUND: Final = 0x3EB
"""Names the lock of a round."""
GONE: Final = "The address answered that it is gone for good (410)."
FAILING: Final = "The address took nothing for 3 days."
_BUSY: Final = frozenset({429, 502, 503, 504})
"""Answers that speak of the whole address and not of this event."""


@dataclass(frozen=True, slots=True)
class _NotTaken:
    """Why a try did not succeed; `rests` where it speaks of the whole address."""

    reason: str
    answered: int | None = None
    rests: bool = True


def drain(*, now: Callable[[], datetime], seconds: float) -> int:
    """Deliver what is due, for at most about `seconds`; how many tries there were. `now` is the clock.

    One round runs at a time: addresses that answer slowly keep one worker waiting and no more, and mails find another.
    """
    with _alone() as is_ours:
        return _round(now=now, seconds=seconds) if is_ours else 0


def _round(*, now: Callable[[], datetime], seconds: float) -> int:
    stop_at = time.monotonic() + seconds
    claims.end_leases(now=now())
    claims.expire(now=now())
    for endpoint_id in claims.failing_for_days(now=now()):
        pause_by_itself(endpoint_id, why=FAILING, still=claims.has_failed_for_days(now=now()), now=now())
    count = 0
    with open_client(seconds=settings.OUTBOX_MESSAGE_SECONDS, allowed=settings.WEBHOOK_ALLOWED_NETWORKS) as client:
        while time.monotonic() < stop_at and (delivery := claims.claim(now=now())) is not None:
            count += 1
            _deal_with(delivery, client, now=now)
    return count


@contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else is at it. The database's session holds it, and gives it back when its worker is killed."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [_ROUND])
        is_ours = bool(cursor.fetchone()[0])
    try:
        yield is_ours
    finally:
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [_ROUND])


def backoff(tries: int) -> timedelta:
    """How long to wait after so many tries, at least 1, and up to a tenth more: 5 s, 5 min, 30 min, … 16 h."""
    wait = _WAITS[min(tries, len(_WAITS)) - 1]
    return wait * (1 + random.uniform(0, _JITTER))  # nosec B311  # noqa: S311 - spreads tries, no secret


def _deal_with(delivery: WebhookDelivery, client: httpx.Client, *, now: Callable[[], datetime]) -> None:
    """One claimed delivery."""
    try:
        found = _post(delivery, client, now=now())
    except UnknownEvent:
        claims.given_up(delivery, claims.State.SKIPPED, reason="This event is not sent any more.")
        return
    except Exception as error:  # noqa: BLE001 - the worker's outer loop: one delivery must not stop the others
        log.error("webhook delivery %s cannot be made: %s", delivery.pk, type(error).__name__)
        found = _NotTaken("It could not be sent: an error of this program, which is in its log.")
    if isinstance(found, int):
        claims.taken(delivery, answered=found, now=now())
    elif found.answered == httpx.codes.GONE:
        claims.given_up(delivery, claims.State.FAILED, reason=GONE, answered=found.answered)
        pause_by_itself(delivery.endpoint_id, why=GONE, still=Q(url=delivery.endpoint.url), now=now())
    else:
        log.warning("webhook delivery %s was not taken, try %s", delivery.pk, delivery.tries)
        claims.put_back(
            delivery,
            reason=found.reason,
            answered=found.answered,
            due_at=now() + backoff(delivery.tries),
            rests=found.rests,
            now=now(),
        )


def _post(delivery: WebhookDelivery, client: httpx.Client, *, now: datetime) -> int | _NotTaken:
    """The status of the answer where it was taken. Raises: UnknownEvent."""
    body = body_of(delivery.event)
    try:
        signed = headers_for(
            delivery.endpoint, event_id=delivery.event.public_id, body=body, at=datetime.now(UTC), now=now
        )
    except InvalidToken:
        return _NotTaken("Its secret cannot be read: SECOND_FACTOR_KEYS lacks a key.")
    headers = {"Content-Type": "application/json", "User-Agent": "PHT-Clinic-Webhooks", **signed}
    try:
        with client.stream("POST", delivery.endpoint.url, content=body, headers=headers) as answer:
            code = answer.status_code
    except PrivateAddress:
        return _NotTaken("The address leads into a private or reserved network.")
    except httpx.TimeoutException:
        return _NotTaken("There was no answer in time.")
    except (httpx.HTTPError, httpx.InvalidURL):
        return _NotTaken("There was no connection, or no certificate that can be trusted.")
    if 200 <= code < 300:
        return code
    return _NotTaken(f"It was answered with {code}.", code, rests=code in _BUSY)
