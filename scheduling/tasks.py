"""Background work of the mechanism: five-line tasks around one use case each."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings

from pht_clinic import clock
from scheduling.audit import unusual
from scheduling.diary import holding
from scheduling.messages.sending import deliver, heartbeat
from scheduling.patients import duplicate_search
from scheduling.webhooks import deliver as webhooks


@shared_task(name="scheduling.tasks.drain_outbox")
def drain_outbox() -> None:
    """Send what is due, and note that beat, broker and worker are alive."""
    heartbeat.tick()
    deliver.drain(now=clock.now, seconds=settings.OUTBOX_DRAIN_SECONDS)


@shared_task(name="scheduling.tasks.deliver_webhooks")
def deliver_webhooks() -> None:
    """Tell other systems what happened."""
    webhooks.drain(now=clock.now, seconds=settings.OUTBOX_DRAIN_SECONDS)


@shared_task(name="scheduling.tasks.end_lapsed_holds")
def end_lapsed_holds() -> None:
    """Sweep up the times that were held and that nobody needed since."""
    holding.sweep_up(now=clock.now())


@shared_task(name="scheduling.tasks.search_duplicates")
def search_duplicates() -> None:
    """Look for records that may be of one person, at night."""
    duplicate_search.search_at_night(now=clock.now)


@shared_task(name="scheduling.tasks.look_for_unusual_use")
def look_for_unusual_use() -> None:
    """Tell the managers who does far more than they usually do."""
    unusual.look(now=clock.now())
