"""The finder: free times grouped by day over weeks, each with its verdict and why. One for every page that looks for a
time: booking, moving, the patient's own link.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby, islice
from typing import TypeVar

from injections.booking.offers import Offer, SlotSearch, Sought, seek
from injections.booking.request import BookingRequest
from injections.facts.history import History
from injections.safety.findings import Judgement, Verdict
from pht_clinic import clock
from pht_clinic.periods import Period
from scheduling.availability.looks import FOR_ALL_AT_ONCE, for_days
from scheduling.availability.slots import Reads, Slot

DAYS = 7
"""Days with free times that are shown at once."""
TIMES_A_DAY = 6
SEARCHED_DAYS = 60
"""Days with free times that are judged for nothing before somebody is asked whether to look further."""
WHOLE_DAY = 200
NEAREST = 3
"""How many times are proposed in the place of one."""
WITHIN = timedelta(days=6)
"""How far from the wanted time, so that a date of a weekly series is not proposed for its neighbour."""

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class FoundDay:
    """A local day and some of its free times, spread over it; `count` is how many there are that fit."""

    on: date
    times: tuple[Offer, ...]
    count: int

    @property
    def more(self) -> int:
        return self.count - len(self.times)


@dataclass(frozen=True, slots=True)
class FoundTimes:
    """The next days with free times that fit. `next_on` is the day to look further from, None where nothing follows.

    The dates and `first` are as in `Offers`. Without any day but with `next_on` none was found up to there.
    """

    days: list[FoundDay]
    next_on: date | None
    review_from: date | None
    clear_from: date | None
    first: Judgement | None


@dataclass(frozen=True, slots=True)
class Most:
    """How much is shown at once."""

    days: int = DAYS
    times_a_day: int = TIMES_A_DAY


def find(
    ask: BookingRequest,
    search: SlotSearch,
    *,
    most: Most = Most(),
    history: History | None = None,
    reads: Reads | None = None,
    now: datetime,
) -> FoundTimes:
    """The free times that fit, by day; of one single day all of them. The search's own `limit` says nothing here.

    With `reads` the diary was read for several searches at once.
    Raises: Invalid, HasDied.
    """
    reads = reads or Reads(for_days(most.days, in_vain=SEARCHED_DAYS if search.verdict else 0))
    return by_day(seek(ask, search, history=history, reads=reads, now=now), search, most=most)


def by_day(sought: Sought, search: SlotSearch, *, most: Most = Most()) -> FoundTimes:
    """The times that were sought, by day; those of the verdict that the search names, if it names one."""
    a_day = WHOLE_DAY if search.from_on == search.to_on else most.times_a_day
    wanted = search.verdict if sought.judge else None
    days: list[FoundDay] = []
    next_on = None
    for looked_at, (on, slots) in enumerate(groupby(sought.slots, key=_day_of)):
        if len(days) == most.days or looked_at - len(days) == SEARCHED_DAYS:
            next_on = on
            break
        if wanted is None:
            times = list(slots)
            shown = tuple(sought.offer(slot) for slot in _classes_first(times, a_day, of=_itself))
            days.append(FoundDay(on, shown, len(times)))
        elif fitting := [offer for offer in map(sought.offer, slots) if offer.verdict == wanted]:
            days.append(FoundDay(on, tuple(_classes_first(fitting, a_day, of=_slot_of)), len(fitting)))
    return FoundTimes(days, next_on, sought.review_from, sought.clear_from, sought.first)


@dataclass(frozen=True, slots=True)
class Near:
    """For one wanted instant the clear times nearest to it, the nearest first; at most so many, and `within` on either
    side.
    """

    wanted: datetime
    times: tuple[Offer, ...]


def nearest(
    ask: BookingRequest,
    search: SlotSearch,
    wanted: Sequence[datetime],
    *,
    apart_from: Sequence[Period] = (),
    history: History | None = None,
    now: datetime,
) -> list[Near]:
    """The clear times nearest to each of these instants; none of them twice, none that overlaps those `apart_from`
    which are spoken for. One search for all.

    Raises: Invalid, HasDied.
    """
    sought = seek(ask, search, history=history, reads=Reads(FOR_ALL_AT_ONCE), now=now)
    slots = list(sought.slots)
    spoken_for = list(apart_from)
    found = []
    for instant in wanted:
        clear = filter(_is_clear, map(sought.offer, _around(slots, instant, spoken_for)))
        times = tuple(islice(clear, NEAREST))
        spoken_for += [_of(one.slot) for one in times]
        found.append(Near(instant, times))
    return found


def _around(slots: Sequence[Slot], instant: datetime, spoken_for: Collection[Period]) -> list[Slot]:
    """The slots about this instant that are not spoken for, the nearest first."""
    first = bisect_left(slots, instant - WITHIN, key=_start_of)
    last = bisect_right(slots, instant + WITHIN, key=_start_of)
    free = [slot for slot in slots[first:last] if not any(_of(slot).overlaps(one) for one in spoken_for)]
    return sorted(free, key=lambda slot: (abs(slot.start - instant), slot))


def _start_of(slot: Slot) -> datetime:
    return slot.start


def _is_clear(offer: Offer) -> bool:
    return offer.verdict in (None, Verdict.CLEAR)


def _of(slot: Slot) -> Period:
    return Period(slot.start, slot.end)


def spread(items: Sequence[Item], most: int) -> list[Item]:
    """At most so many (2 or more) of these, the first and the last among them."""
    if len(items) <= most:
        return list(items)
    return [items[number * (len(items) - 1) // (most - 1)] for number in range(most)]


def _classes_first(items: Sequence[Item], most: int, *, of: Callable[[Item], Slot]) -> list[Item]:
    """At most so many, in order of time: every class with places left before any time at which one could be begun."""
    running = [item for item in items if of(item).taken]
    others = [item for item in items if not of(item).taken]
    room = most - len(running)
    shown = spread(running, most) if room < 2 else [*running, *spread(others, room)]
    return sorted(shown, key=of)


def _itself(slot: Slot) -> Slot:
    return slot


def _slot_of(offer: Offer) -> Slot:
    return offer.slot


def code_of(slot: Slot) -> str:
    """A time and place as a button sends it."""
    return f"{slot.start.isoformat()}/{slot.practitioner_id}/{slot.room_id}"


def _day_of(slot: Slot) -> date:
    return clock.local_date(slot.start)
