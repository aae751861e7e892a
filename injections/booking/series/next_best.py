"""For dates of a series that cannot be as they were asked for the next best times. One search for all of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta

from injections.booking.finder import WITHIN, nearest
from injections.booking.offers import Offer, SlotSearch
from injections.booking.request import BookingRequest
from injections.booking.series.standing import SeriesLook, VisitTime
from pht_clinic import clock
from pht_clinic.people.actors import Actor
from pht_clinic.periods import Period
from scheduling.availability.looks import LONGEST_DAYS


def next_best(
    lost: Sequence[VisitTime],
    looking: SeriesLook,
    *,
    kept: Collection[VisitTime],
    in_room: int | None = None,
    by: Actor,
) -> dict[VisitTime, tuple[Offer, ...]]:
    """The clear times nearest to each of these, in order of time and of one practitioner: none of them twice, none that
    overlaps those `kept`. Without a room of its own in the room of each session.
    """
    if not lost:
        return {}
    now, length = looking.history.now, looking.kind.duration
    first, last = clock.local_date(lost[0].start), clock.local_date(lost[-1].start)
    from_on = max(first - WITHIN, clock.local_date(now))
    to_on = min(last + WITHIN, from_on + timedelta(days=LONGEST_DAYS))
    if to_on < from_on:
        return {}
    ask = BookingRequest(
        kind=looking.kind.code,
        patient_id=looking.history.patient.pk,
        practitioner_id=lost[0].practitioner_id,
        room_id=in_room,
    )
    found = nearest(
        ask,
        SlotSearch(from_on=from_on, to_on=to_on, holder=by.user_id),
        [spot.start for spot in lost],
        apart_from=[Period(spot.start, spot.start + length) for spot in kept],
        history=looking.with_others(()),
        now=now,
    )
    return {spot: near.times for spot, near in zip(lost, found, strict=True)}
