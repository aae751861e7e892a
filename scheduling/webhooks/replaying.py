"""Use cases on deliveries: see them, try one again, send all since a moment again. For managers."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import QuerySet

from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks.claims import TRIED_FOR, State
from scheduling.webhooks.endpoints import webhook

ENDED: Final = frozenset({State.SENT, State.FAILED, State.SKIPPED})
"""What is not on its way: only this is sent again."""


class OnItsWay(Conflict):
    """Only what has ended, one way or the other, is sent again."""

    code = "delivery-on-its-way"
    sentence = "This delivery is still on its way."


class NothingToReplay(Conflict):
    """No delivery has ended since then."""

    code = "nothing-to-replay"
    sentence = "Nothing has happened since then that this webhook wanted and that is not still on its way."


def deliveries(endpoint_id: int, *, state: str = "", by: Actor) -> QuerySet[WebhookDelivery]:
    """Those of one webhook, the newest event first; `state` narrows them, "" is all. Raises: Forbidden, Missing."""
    rows = WebhookDelivery.objects.filter(endpoint=webhook(endpoint_id, by=by)).select_related("event")
    return rows.filter(status=state) if state else rows


def check_may_replay(delivery: WebhookDelivery, *, by: Actor) -> None:
    """Raise Forbidden or OnItsWay, unless this may be sent again."""
    check_permitted("manage-webhooks", by)
    if delivery.status not in ENDED:
        raise OnItsWay


def replay(delivery_id: int, *, by: Actor, now: datetime) -> WebhookDelivery:
    """Send one again, whatever became of it, with the same id; tried for 3 days from now.

    Raises: Forbidden, Missing (also where its webhook was removed), OnItsWay.
    """
    check_permitted("manage-webhooks", by)
    with use_case():
        open_ones = WebhookDelivery.objects.filter(endpoint__ended_at=None).select_related("event")
        row = the(open_ones.select_for_update(of=("self",)), delivery_id)
        check_may_replay(row, by=by)
        _queue(WebhookDelivery.objects.filter(pk=row.pk), now=now)
        _tell(row.endpoint_id, 1, by=by, now=now)
        row.refresh_from_db()
        return row


def replay_since(endpoint_id: int, since: datetime, *, by: Actor, now: datetime) -> int:
    """Send everything again that happened at `since` or later and has ended; returns how many.

    Raises: Forbidden, Missing, Invalid (`since` is in the future), NothingToReplay.
    """
    check_permitted("manage-webhooks", by)
    if since > now:
        raise Invalid.field("since", "Choose a moment that has passed.")
    with use_case():
        the(WebhookEndpoint.objects.select_for_update(no_key=True).filter(ended_at=None), endpoint_id)
        ended = WebhookDelivery.objects.filter(endpoint=endpoint_id, status__in=ENDED, event__occurred_at__gte=since)
        count = _queue(ended, now=now)
        if not count:
            raise NothingToReplay
        _tell(endpoint_id, count, by=by, now=now)
        return count


def _queue(rows: QuerySet[WebhookDelivery], *, now: datetime) -> int:
    return rows.update(
        status=State.QUEUED, due_at=now, expires_at=now + TRIED_FOR, tries=0, answered=None, reason="", sent_at=None
    )


def _tell(endpoint_id: int, count: int, *, by: Actor, now: datetime) -> None:
    record("webhook-replayed", by=by, now=now, subject=f"webhook:{endpoint_id}", detail={"deliveries": count})
