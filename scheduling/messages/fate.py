"""What becomes of a message, in a sentence for whoever changes a visit: before it is planned, and after."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pht_clinic import clock
from scheduling.messages import plan, words
from scheduling.models import Message

NOTHING_TO_TELL: Final = "Nothing is sent: there is nothing that the patient does not know, or was told otherwise."


def is_mailed(row: Message | None) -> bool:
    """Whether it goes out by email, now or later."""
    return row is not None and bool(row.recipient) and row.status == Message.State.QUEUED


def fate_of(row: Message | None, *, now: datetime) -> str:
    """What happens with this message, a draft or just planned; None is that there is nothing to tell."""
    if row is None:
        return NOTHING_TO_TELL
    if row.status == Message.State.TOLD:
        return "Nothing is sent: it is noted that the patient knows."
    if row.phone_task:
        return f"{row.reason} It becomes a phone task for the desk."
    if row.status != Message.State.QUEUED:
        return row.reason or "Nothing is sent."
    if row.recipient:
        return "The email goes out now." if row.due_at <= now else f"The email goes out on {_when(row)}."
    return f"{row.reason} Without one it becomes a phone task on {_when(row)}."


def fate_of_news(appointment_id: int, *, now: datetime) -> str:
    """The same of the news of a visit that was announced at this very instant. One query."""
    rows = Message.objects.filter(subject=f"appointment:{appointment_id}", kind__in=plan.NEWS, planned_at=now)
    return fate_of(rows.order_by("-pk").first(), now=now)


def _when(row: Message) -> str:
    return words.day_and_time(row.due_at, clock.zone())
