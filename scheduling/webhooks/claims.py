"""Taking one due delivery at a time, and writing back what became of it.

As with messages (`messages/sending/claims.py`): a claim is a lease by the database's clock, and its number (`attempts`)
fences it. Due times are the product's clock.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Expression, F, Q, Value
from django.db.models.functions import Coalesce, Now

from pht_clinic.web.metrics import gauge
from scheduling.leases import due_after_a_vanished_worker, update_free
from scheduling.models import WebhookDelivery, WebhookEndpoint

State = WebhookDelivery.State
TRIED_FOR: Final = timedelta(days=3)
"""How long an event is tried: the trigger of migration 0031 says the same."""
RESTS: Final = timedelta(minutes=1)
"""How long nothing goes to an endpoint that does not answer, so that one costs no more than a try a minute."""
EXPIRED: Final = "It was not taken within 3 days."
EXPIRED_PAUSED: Final = "The webhook was paused for too long."
REMOVED: Final = "The webhook was removed."
VANISHED: Final = "The worker vanished while sending it."


@gauge("webhooks_pending", "Deliveries of webhooks that are neither taken nor given up, paused ones included.")
def pending() -> float:
    """How many wait or are being sent."""
    return float(WebhookDelivery.objects.filter(status__in=(State.QUEUED, State.SENDING)).count())


def claim(*, now: datetime) -> WebhookDelivery | None:
    """The delivery that has been due longest, leased to the caller, with its endpoint and event; None when none is due.

    Passed over is what is paused, removed or resting, and what another worker holds. Boundary: due at `now` itself is
    due; expiring at `now` itself has expired. Call it outside any transaction.
    """
    open_ones = Q(endpoint__paused_at=None, endpoint__ended_at=None)
    awake = Q(endpoint__rests_until=None) | Q(endpoint__rests_until__lte=now)
    rows = WebhookDelivery.objects.filter(open_ones, awake, status=State.QUEUED, due_at__lte=now, expires_at__gt=now)
    with transaction.atomic():
        found = (
            rows.select_related("endpoint", "event")
            .select_for_update(skip_locked=True, of=("self",))
            .order_by("due_at", "id")
            .first()
        )
        if found is None:
            return None
        lease = Now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        WebhookDelivery.objects.filter(pk=found.pk).update(
            status=State.SENDING, attempts=F("attempts") + 1, tries=F("tries") + 1, lease_expires_at=lease
        )
    found.attempts, found.tries = found.attempts + 1, found.tries + 1
    return found


def taken(delivery: WebhookDelivery, *, answered: int, now: datetime) -> bool:
    """The endpoint has it; False when the lease was lost before."""
    with transaction.atomic():
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id, failing_since__isnull=False).update(
            failing_since=None, rests_until=None
        )
        return _end(delivery, State.SENT, answered=answered, sent_at=now)


def given_up(delivery: WebhookDelivery, status: str, *, reason: str, answered: int | None = None) -> bool:
    """It is not tried any more; False when the lease was lost before."""
    return _end(delivery, status, reason=reason[:200], answered=answered)


def put_back(
    delivery: WebhookDelivery, *, reason: str, answered: int | None, due_at: datetime, rests: bool, now: datetime
) -> bool:
    """It was not taken and waits for `due_at`; with `rests` all else for its endpoint waits a little too."""
    with transaction.atomic():
        values: dict[str, Expression] = {"failing_since": Coalesce("failing_since", Value(now))}
        if rests:
            values["rests_until"] = Value(now + RESTS)
        WebhookEndpoint.objects.filter(pk=delivery.endpoint_id).update(**values)
        return _end(delivery, State.QUEUED, reason=reason[:200], answered=answered, due_at=due_at)


def _end(delivery: WebhookDelivery, status: str, **values: object) -> bool:
    ours = WebhookDelivery.objects.filter(pk=delivery.pk, status=State.SENDING, attempts=delivery.attempts)
    return bool(ours.update(**{"status": status, "lease_expires_at": None, "reason": "", **values}))


def end_leases(*, now: datetime) -> int:
    """Take back what a vanished worker left: it waits again, and is sent with the same id; one that was tried before,
    too, behind the others.
    """
    return update_free(
        WebhookDelivery.objects.filter(status=State.SENDING, lease_expires_at__lt=Now()),
        status=State.QUEUED,
        lease_expires_at=None,
        reason=VANISHED,
        due_at=due_after_a_vanished_worker(now=now),
    )


def expire(*, now: datetime) -> int:
    """Close what nobody took in time, paused or not, and what is for an endpoint that was removed meanwhile."""
    queued = WebhookDelivery.objects.filter(status=State.QUEUED)
    late = queued.filter(expires_at__lte=now)
    paused = late.filter(endpoint__paused_at__isnull=False)
    return (
        update_free(queued.filter(endpoint__ended_at__isnull=False), status=State.SKIPPED, reason=REMOVED)
        + update_free(paused, status=State.FAILED, reason=EXPIRED_PAUSED)
        + update_free(late, status=State.FAILED, reason=EXPIRED)
    )


def failing_for_days(*, now: datetime) -> Collection[int]:
    """Of which endpoints nothing was taken for as long as an event is tried, and that nobody has paused."""
    rows = WebhookEndpoint.objects.filter(has_failed_for_days(now=now), paused_at=None, ended_at=None)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def has_failed_for_days(*, now: datetime) -> Q:
    """That an endpoint has taken nothing for as long as an event is tried."""
    return Q(failing_since__lte=now - TRIED_FOR)
