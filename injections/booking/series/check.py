"""How the dates of a series would stand: each with its verdict, who is in the way, and the next best times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from injections.booking.may import check_may_book
from injections.booking.offers import Offer
from injections.booking.series.book import SeriesRequest, check_series
from injections.booking.series.next_best import next_best
from injections.booking.series.standing import DateStanding, SeriesLook, VisitTime, in_their_rooms, judge, standings
from injections.facts.history import History, history_of
from injections.safety.findings import Verdict
from pht_clinic.errors import Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Practitioner, Room


@dataclass(frozen=True, slots=True)
class CheckedDate:
    """How one date would stand, the verdict on it with the others as booked, and the times nearest to one that cannot
    be had, or should not be; of one that can there are none.
    """

    standing: DateStanding
    end: datetime
    verdict: Verdict | None
    near: tuple[Offer, ...] = ()


def check_dates(ask: SeriesRequest, *, by: Actor, now: datetime) -> list[CheckedDate]:
    """Each date as booking the series would find it now, in order of time; stores nothing. `book_series` books them
    where all are fine.

    Raises: Forbidden, Invalid (fields), HasDied.
    """
    check_permitted("book", by)
    kind = check_series(ask)
    spots = sorted(in_their_rooms(ask.spots), key=lambda spot: spot.start)
    looking = SeriesLook(kind, _history(ask, now=now), *_people_and_rooms(ask, spots))
    check_may_book(looking.history.patient, by=by)
    found = standings(spots, looking, by=by, now=now)
    lost = [spot for spot in spots if not found[spot].is_fine]
    kept = [spot for spot in spots if found[spot].is_fine]
    near = next_best(lost, looking, kept=kept, in_room=ask.spots[0].room_id, by=by)
    return [
        CheckedDate(found[spot], spot.start + kind.duration, _verdict(spot, spots, looking), near.get(spot, ()))
        for spot in spots
    ]


def _history(ask: SeriesRequest, *, now: datetime) -> History:
    try:
        return history_of(ask.patient_id, now=now)
    except Missing:
        raise Invalid.field("patient", f"There is no patient {ask.patient_id}.") from None


def _people_and_rooms(
    ask: SeriesRequest, spots: Sequence[VisitTime]
) -> tuple[dict[int, Practitioner], dict[int, Room]]:
    """Those that are named, and the rooms of the sessions. Raises: Invalid (one that is named does not exist)."""
    people = Practitioner.objects.in_bulk({spot.practitioner_id for spot in spots})
    rooms = Room.objects.in_bulk({spot.room_id for spot in spots if spot.room_id})
    if any(spot.practitioner_id not in people for spot in ask.spots):
        raise Invalid.field("practitioner", "There is no such practitioner.")
    if any(spot.room_id is not None and spot.room_id not in rooms for spot in ask.spots):
        raise Invalid.field("room", "There is no such room.")
    return people, rooms


def _verdict(spot: VisitTime, spots: Sequence[VisitTime], looking: SeriesLook) -> Verdict | None:
    judged = judge(spot, [other for other in spots if other != spot], looking)
    return judged.judgement.verdict if judged else None
