"""Whether mails flow: when beat's tick last reached a worker, and how long the oldest due message has waited.

The tick is kept in the database's cache, so that a dead broker shows as an old tick.
"""

from __future__ import annotations

import time

from django.core.cache import cache
from django.db.models import Min

from pht_clinic import clock
from pht_clinic.web.metrics import gauge
from scheduling.models import Message

_KEY = "outbox-tick"


def tick() -> None:
    """Beat has just reached a worker. Real time: the product's clock may be shifted."""
    cache.set(_KEY, time.time(), timeout=None)


@gauge("outbox_tick_age_seconds", "Seconds since beat last reached a worker; absent before the first time.")
def tick_age_seconds() -> float | None:
    """Seconds since the last tick, None when there was none yet."""
    ticked_at = cache.get(_KEY)
    return None if ticked_at is None else max(0.0, time.time() - ticked_at)


@gauge("outbox_oldest_overdue_seconds", "Seconds for which the oldest due message has waited; 0 when none waits.")
def oldest_overdue_seconds() -> float:
    """By the product's clock; what waits for the end of the quiet hours counts too."""
    now = clock.now()
    rows = Message.objects.filter(status=Message.State.QUEUED, due_at__lte=now)
    oldest = rows.aggregate(oldest=Min("due_at"))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0


@gauge("outbox_open_phone_tasks", "Messages that did not reach the patient and wait for somebody to phone.")
def open_phone_tasks() -> float:
    """How many phone tasks nobody has closed."""
    return float(Message.objects.filter(Message.OPEN_TASK).count())
