"""Whether a whole class may be moved, cancelled or given other places: the buttons, the pages and the use cases ask."""

from __future__ import annotations

from collections.abc import Collection

from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment
from scheduling.states import Status, WrongState


def check_may_change_class(holding: Collection[Appointment], *, by: Actor) -> None:
    """Raise Forbidden or WrongState unless it may be moved or cancelled as a whole: somebody takes part, and of those
    who hold a place nobody has arrived.
    """
    check_permitted("change-class", by)
    if not holding:
        raise WrongState("Nobody takes part in this class any more.")
    if any(one.status == Status.ARRIVED for one in holding):
        raise WrongState("Somebody has arrived for this class. Say of each what happened.")
