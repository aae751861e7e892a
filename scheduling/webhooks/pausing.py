"""Pausing a webhook whose address is gone or takes nothing, and telling the managers."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from pht_clinic.audit.record import record
from pht_clinic.people.actors import SYSTEM
from scheduling.models import WebhookEndpoint


def pause_by_itself(endpoint_id: int, *, why: str, still: Q, now: datetime) -> bool:
    """Nothing goes there until a manager resumes it; False where it is paused or removed already.

    `still` is the reason as the row says it, and is looked at under the lock: False too where somebody has changed the
    address meanwhile, or it took something.
    """
    with transaction.atomic():
        rows = WebhookEndpoint.objects.select_for_update(no_key=True)
        row = rows.filter(still, pk=endpoint_id, paused_at=None, ended_at=None).first()
        if row is None:
            return False
        row.paused_at, row.why = now, why
        row.save(update_fields=["paused_at", "why"])
        record("webhook-paused", by=SYSTEM, now=now, subject=f"webhook:{row.pk}", detail={"why": why})
        return True


def paused_by_themselves() -> QuerySet[WebhookEndpoint]:
    """Those that a manager has to look at: paused, and by nobody."""
    return WebhookEndpoint.objects.filter(ended_at=None, paused_at__isnull=False).exclude(why="")
