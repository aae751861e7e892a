"""Whether what a message says still holds, looked at once more when it is to leave."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any, Final

from scheduling.messages.kinds import UnknownKind, Withheld, kind_of, of_template
from scheduling.messages.recipients import DECEASED, why_unwanted
from scheduling.models import Appointment, Message
from scheduling.states import Status

_NO_LONGER_TRUE: Final = {
    Status.PENDING: "Not sent: the appointment is waiting for review.",
    Status.BOOKED: "Not sent: the appointment stands again.",
    Status.ARRIVED: "Not sent: the patient has arrived.",
    Status.FULFILLED: "Not sent: the appointment has taken place.",
    Status.CANCELLED: "Not sent: the appointment was cancelled.",
    Status.NOSHOW: "Not sent: the patient did not come.",
    Status.ENTERED_IN_ERROR: "Not sent: the appointment was entered in error.",
}
_CHANGED: Final = "Not sent: one of its visits was changed after this was planned."
_MOVED: Final = "Not sent: the appointment was moved after this was planned."


def withheld(message: Message) -> Withheld | None:
    """Why this must not be sent any more, None when it still holds: by its visit, or by what its kind looks at."""
    if why := _why_not(message):
        return Withheld(why)
    if _has_another_visit(message):
        return Withheld(_CHANGED, is_task=True)
    try:
        look = of_template(message.template).withheld
    except UnknownKind:
        return None  # cannot be written either, and fails there
    return look(message) if look else None


def _has_another_visit(message: Message) -> bool:
    """Whether one of the visits of a series stands otherwise than its message says: whoever changes one plans what is
    said of it anew, so none should. One query for such a message.
    """
    said = message.values.get("visits")
    if not said:
        return False
    rows = Appointment.objects.filter(pk__in=[one["appointment"] for one in said])
    now = {row.pk: row for row in rows}
    return any(not _holds(one, now[one["appointment"]]) for one in said)


def _holds(said: Mapping[str, Any], visit: Appointment) -> bool:
    kind = kind_of(said["kind"])
    is_then = not kind.needs_its_start or said["start_at"] == visit.start_at.astimezone(UTC).isoformat()
    return visit.status in kind.true_while and is_then


def _why_not(message: Message) -> str:
    """Why this must not be sent any more, "" when it still holds. Notes the appointment's revision on the row.

    Appointment and patient were read with the claim: what was moved, cancelled or put under review before it is never
    mailed, and nothing to somebody whose death was recorded before it.
    """
    if message.patient is not None and message.patient.has_died:
        return DECEASED
    if why := why_unwanted(message):
        return why
    if message.appointment is None:
        return ""
    status, start_at = message.appointment.status, message.appointment.start_at
    message.revision = message.appointment.revision
    try:
        kind = of_template(message.template)
    except UnknownKind:
        return ""  # cannot be written either, and fails there
    if status not in kind.true_while:
        return _NO_LONGER_TRUE[Status(status)]
    planned_for = message.values.get("start_at")  # without one it cannot be written, and fails there
    if kind.needs_its_start and planned_for and planned_for != start_at.astimezone(UTC).isoformat():
        return _MOVED
    return ""
