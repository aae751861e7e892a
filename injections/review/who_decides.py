"""Who may decide on a case: a radiologist who did not ask for it, but for the only one of a single-handed clinic."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings

from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.permissions import PERMISSIONS, check_permitted, is_permitted
from scheduling.models import Appointment, AppointmentChange


class OwnRequest(Forbidden):
    """Nobody decides on what they asked for themselves."""

    code = "own-request"


def check_may_decide(appointment: Appointment, *, by: Actor) -> None:
    """Raise Forbidden unless `by` is a radiologist who did not ask for this appointment, or decides alone here."""
    check_permitted("decide", by)
    if own_requests([appointment], by=by) and not decides_alone(by):
        raise OwnRequest(
            "You cannot decide on a visit that you asked for yourself. Another radiologist must look at it."
        )


def check_own_reason(appointment: Appointment, own_reason: str | None, reason: str, *, by: Actor) -> str:
    """Why somebody decides on their own request: `own_reason`, or the reason of the decision where that is None.

    Raises: Invalid (none is given; one is given for a request of somebody else).
    """
    is_own = bool(own_requests([appointment], by=by))
    if own_reason is None:
        return reason.strip() if is_own else ""
    if is_own and not own_reason.strip():
        raise Invalid.field("own_reason", "You asked for this visit yourself: say why nobody else decides.")
    if own_reason.strip() and not is_own:
        raise Invalid.field("own_reason", "You did not ask for this visit, so leave this empty.")
    return own_reason.strip()


def decides_alone(by: Actor) -> bool:
    """Whether the clinic says that it is single-handed, and this is its only active radiologist. One query or none."""
    if not settings.SINGLE_HANDED or not is_permitted("decide", by):
        return False
    deciding = User.objects.filter(role__in=PERMISSIONS["decide"].who, is_active=True)
    return not deciding.exclude(pk=by.user_id or 0).exists()


def own_requests(appointments: Collection[Appointment], *, by: Actor) -> frozenset[int]:
    """Those of these appointments, by id, that this person booked or moved, whoever moved them since. One query."""
    if by.user_id is None:
        return frozenset()
    asked = AppointmentChange.objects.filter(
        appointment__in=[one.pk for one in appointments], verb__in=("book", "walk-in", "move"), by=by.user_id
    )
    last = {one.pk for one in appointments if one.asked_by_id == by.user_id}
    return frozenset(last.union(asked.values_list("appointment_id", flat=True)))
