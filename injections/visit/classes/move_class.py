"""Moving a whole class to another time, person or room: everybody who takes part, or nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from injections.booking.book import check_stands
from injections.booking.may import check_may_move
from injections.booking.move import MoveRequest, place_of_move, take_to
from injections.visit.classes.coming_along import ComingAlong, coming_along
from injections.visit.classes.may import check_may_change_class
from injections.visit.classes.participants import check_version
from injections.visit_kinds import KINDS
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary import groups
from scheduling.diary.locks import Locked, lock_group, use_case
from scheduling.diary.places import Place
from scheduling.models import Appointment, GroupVisit


class NotAll(Conflict):
    """Not everybody who takes part can come along."""

    code = "not-all-come-along"


def move_class(
    group_id: int, ask: MoveRequest, *, version: str | None = None, by: Actor, now: datetime
) -> list[Appointment]:
    """Move every visit of a class; each is judged afresh at its new time, and each patient is told.

    All or none: whom the check would not let go there, or who has another visit then, is moved or cancelled first.
    Another class at that time is in the way of this one.
    Raises: Forbidden, Missing, ClassChanged (`version`), those of check_may_change_class and check_may_move, NotAll,
    Invalid, Clash, Busy.
    """
    check_permitted("change-class", by)
    with use_case():
        group, participants, locked = lock_group(
            group_id,
            practitioners=[ask.practitioner_id] if ask.practitioner_id else (),
            rooms=[ask.room_id] if ask.room_id else (),
        )
        check_version(participants, version)
        check_may_change_class(participants, by=by)
        for one in participants:
            check_may_move(one, by=by, now=now)
        coming = coming_along(participants, ask, now=now)
        check_all_come_along(coming)
        held = _check_place(group, participants, ask, locked, by=by, now=now)
        groups.take_to(group, place_of_class(group, participants[0], ask))
        for along in coming:
            take_to(along.visit, along.proposal, ask, held[along.visit.pk], by=by, now=now)
        return participants


def place_of_class(group: GroupVisit, visit: Appointment, ask: MoveRequest) -> Place:
    """Where a visit of the class would go along with it: the others are in nobody's way."""
    return replace(place_of_move(visit, ask), with_group=group.pk)


def check_all_come_along(coming: Sequence[ComingAlong]) -> None:
    """Raise NotAll unless everybody can."""
    staying = [one for one in coming if one.why_not]
    if staying:
        count = "1 of the participants" if len(staying) == 1 else f"{len(staying)} of the participants"
        raise NotAll(
            f"{count} cannot come along. Move or cancel their visits first.",
            extra={"appointments": [str(one.visit.pk) for one in staying]},
        )


def _check_place(
    group: GroupVisit,
    participants: Collection[Appointment],
    ask: MoveRequest,
    locked: Locked,
    *,
    by: Actor,
    now: datetime,
) -> dict[int, int | None]:
    """What `by` holds for each patient, to be given back. Raises: Invalid, Clash."""
    kind = KINDS[group.kind]
    return {
        one.pk: check_stands(place_of_class(group, one, ask), kind, locked, by=by, now=now, excluding=one.pk)
        for one in participants
    }
