"""What becomes of a message, in a sentence for whoever changes a visit: before it is planned, and after."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from pht_clinic import clock
from scheduling.messages import plan, words
from scheduling.messages.kinds import TAKEN_BACK
from scheduling.messages.recipients import NO_ADDRESS, route_of, why_unwanted
from scheduling.messages.told import subject_of_series
from scheduling.models import Appointment, Message, Patient
from scheduling.patients.phones import shown_phone
from scheduling.states import Status

KNOWN: Final = "Nothing is sent: what the patient was last told still holds."
BEGUN: Final = "Nothing is sent: its time has begun."
_TO_POST_NOW: Final = "It becomes a letter for reception to post."
NEVER_HEARD: Final = (
    "Nothing is sent: no message about this visit has reached the patient. If somebody told them the time, phone them."
)


def is_written(row: Message | None) -> bool:
    """Whether the patient reads it, now or later: as an email, a text message or a letter."""
    if row is None or not (row.recipient or row.is_letter) or why_unwanted(row):
        return False
    return row.status == Message.State.QUEUED or (row.is_letter and row.is_open_task)


def is_phoned(patient: Patient) -> bool:
    """Whether nothing is written to this patient, so that somebody phones."""
    return route_of(patient).channel == Patient.Contact.PHONE


def how_reached(patient: Patient) -> str:
    """How messages go to this patient, for whoever opens their record."""
    route = route_of(patient)
    match route.channel:
        case Patient.Contact.EMAIL:
            return "Email"
        case Patient.Contact.SMS:
            return f"Text message to {shown_phone(route.recipient)}"
        case Patient.Contact.LETTER:
            return "Letter, which reception posts"
    return f"Reception phones. {route.why}"


def instead_of_email(patient: Patient) -> str:
    """What becomes of what waits for a patient whose address does not work, in a sentence."""
    match route_of(patient).channel:
        case Patient.Contact.SMS:
            return "Waiting messages go as text messages."
        case Patient.Contact.LETTER:
            return "Waiting messages go as letters, which reception posts."
    return "Waiting messages become phone tasks."


def fate_of(row: Message | None, *, status: str, has_begun: bool = False, now: datetime) -> str:
    """What happens with this message, a draft or just planned; None is that there is nothing to tell of a visit in this
    state, or of one that stands and `has_begun`.
    """
    if row is None and has_begun and status not in TAKEN_BACK:
        return BEGUN
    if row is None:
        return NEVER_HEARD if status in TAKEN_BACK else KNOWN
    if row.status == Message.State.TOLD:
        return "Nothing is sent: it is noted that the patient knows."
    if row.phone_task:
        return _TO_POST_NOW if row.is_letter else f"{row.reason} It becomes a phone task for reception."
    if row.status != Message.State.QUEUED:
        return row.reason or "Nothing is sent."
    return why_unwanted(row) or _to_come(row, now)


def _to_come(row: Message, now: datetime) -> str:
    """What becomes of one that is queued."""
    if row.recipient:
        what = "text message" if row.channel == Patient.Contact.SMS else "email"
        return f"The {what} goes out {'now' if row.due_at <= now else f'on {_when(row)}'}."
    if row.is_letter:
        return f"It becomes a letter for reception to post on {_when(row)}."
    without = "Without one it" if row.reason == NO_ADDRESS else "It"
    return f"{row.reason} {without} becomes a phone task on {_when(row)}."


def fate_of_news(appointment_id: int, *, now: datetime) -> str:
    """The same of the news of a visit that was announced at this very instant. Two queries."""
    rows = Message.objects.select_related("patient__merged_into").filter(
        subject=f"appointment:{appointment_id}", kind__in=plan.NEWS, planned_at=now
    )
    status, start_at = Appointment.objects.values_list("status", "start_at").get(pk=appointment_id)
    return fate_of(rows.order_by("-pk").first(), status=status, has_begun=start_at <= now, now=now)


def fate_of_series(series_id: int, *, now: datetime) -> str:
    """The same of the message of a series that was announced at this very instant. One query."""
    rows = Message.objects.select_related("patient__merged_into").filter(
        subject=subject_of_series(series_id), kind__in=plan.TOGETHER, planned_at=now
    )
    return fate_of(rows.order_by("-pk").first(), status=Status.BOOKED, now=now)


def _when(row: Message) -> str:
    return words.day_and_time(row.due_at, clock.zone())
