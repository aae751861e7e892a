"""Moving a whole class to another time, person or room: everybody who takes part, or nobody."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from injections.booking.book import check_stands
from injections.booking.holds.hold import end_own, hold_each
from injections.booking.may import check_may_move
from injections.booking.move import MoveRequest, place_of_move, take_to
from injections.booking.propose import place_of
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
    with use_case():
        going = _locked_to_go(group_id, ask, version=version, by=by, now=now)
        visits = [one.visit for one in going.coming]
        groups.take_to(going.group, place_of_class(going.group, visits[0], ask))
        for along in going.coming:
            take_to(along.visit, along.proposal, ask, None, by=by, now=now)
        return visits


def hold_to_move_class(
    group_id: int, ask: MoveRequest, *, version: str | None = None, by: Actor, now: datetime
) -> datetime | None:
    """Hold the time that a class would move to for everybody who takes part, until when; as `hold_to_move`.

    None, and nothing is held, where that time overlaps the one that the class keeps until it has moved.
    Raises: as `move_class`.
    """
    with use_case():
        going = _locked_to_go(group_id, ask, version=version, by=by, now=now)
        places = [place_of_move(one.visit, ask) for one in going.coming]
        if places[0].overlaps(place_of(going.coming[0].visit)):
            return None
        return hold_each(places, KINDS[going.group.kind], by=by, now=now)


@dataclass(frozen=True, slots=True)
class _Going:
    """A locked class that may go to a place which is free, with what becomes of everybody who takes part."""

    group: GroupVisit
    coming: list[ComingAlong]


def _locked_to_go(group_id: int, ask: MoveRequest, *, version: str | None, by: Actor, now: datetime) -> _Going:
    """What `by` held for those who take part is given back. Raises: as `move_class`."""
    check_permitted("change-class", by)
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
    end_own([one.patient_id for one in participants], by=by)
    _check_place(group, participants, ask, locked, by=by, now=now)
    return _Going(group, coming)


def place_of_class(group: GroupVisit, visit: Appointment, ask: MoveRequest) -> Place:
    """Where a visit of the class would go along with it: the others are in nobody's way."""
    return replace(place_of_move(visit, ask), with_group=group.pk)


def check_all_come_along(coming: Sequence[ComingAlong]) -> None:
    """Raise NotAll unless everybody can."""
    staying = [one for one in coming if one.why_not]
    if staying:
        count = "1 of the participants" if len(staying) == 1 else f"{len(staying)} of the participants"
        raise NotAll(
            f"{count} cannot be moved with the class. Move or cancel their visits first.",
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
) -> None:
    """Raises: Invalid, Clash."""
    kind = KINDS[group.kind]
    for one in participants:
        check_stands(place_of_class(group, one, ask), kind, locked, by=by, now=now, excluding=one.pk)
