"""What becomes of a message, in a sentence for whoever changes a visit: before it is planned, and after."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pht_clinic import clock
from scheduling.messages import plan, words
from scheduling.messages.kinds import TAKEN_BACK
from scheduling.messages.recipients import why_unwanted
from scheduling.models import Appointment, Message

KNOWN: Final = "Nothing is sent: what the patient was told last is true."
NEVER_HEARD: Final = (
    "Nothing is sent: no message about this visit has reached the patient. If somebody told them the time, phone them."
)


def is_mailed(row: Message | None) -> bool:
    """Whether it goes out by email, now or later."""
    return row is not None and bool(row.recipient) and row.status == Message.State.QUEUED and not why_unwanted(row)


def fate_of(row: Message | None, *, status: str, now: datetime) -> str:
    """What happens with this message, a draft or just planned; None is that there is nothing to tell of a visit in this
    state.
    """
    if row is None:
        return NEVER_HEARD if status in TAKEN_BACK else KNOWN
    if row.status == Message.State.TOLD:
        return "Nothing is sent: it is noted that the patient knows."
    if row.phone_task:
        return f"{row.reason} It becomes a phone task for the desk."
    if row.status != Message.State.QUEUED:
        return row.reason or "Nothing is sent."
    if why := why_unwanted(row):
        return why
    if row.recipient:
        return "The email goes out now." if row.due_at <= now else f"The email goes out on {_when(row)}."
    return f"{row.reason} Without one it becomes a phone task on {_when(row)}."


def fate_of_news(appointment_id: int, *, now: datetime) -> str:
    """The same of the news of a visit that was announced at this very instant. Two queries."""
    rows = Message.objects.select_related("patient__merged_into").filter(
        subject=f"appointment:{appointment_id}", kind__in=plan.NEWS, planned_at=now
    )
    status = Appointment.objects.values_list("status", flat=True).get(pk=appointment_id)
    return fate_of(rows.order_by("-pk").first(), status=status, now=now)


def _when(row: Message) -> str:
    return words.day_and_time(row.due_at, clock.zone())
