"""Free times that somebody waits for: whatever made them free, those who fit and are clear then, in order of waiting.

Nothing is remembered of why a time is free: the diary is read as it stands, so a cancelled visit, a moved one, a hold
that lapsed and a new session are all the same. At most eight queries, however long the list is; one where nobody waits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Final

from injections.booking.finder_forms import ChosenTime
from injections.booking.offers import Judging
from injections.booking.waiting_list.wishes import is_past, moves, waiting, what_of
from injections.facts.history import History, histories_about
from injections.models import WaitingOffer, WaitingWish
from injections.safety.findings import Verdict
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.rows import together
from scheduling.availability.hours_of_day import HoursOfDay
from scheduling.availability.shared_diary import SharedDiary
from scheduling.availability.slots import Search, Slot, free_slots
from scheduling.availability.weekly import on_grid
from scheduling.kinds import GRID_MINUTES
from scheduling.models import Appointment, Practitioner, Room
from scheduling.states import KEEPS_TIME, Status

LOOKS_AHEAD: Final = timedelta(weeks=6)
"""How far free times are looked for."""
DAYS_EACH: Final = 3
"""On how many days a time is looked for, for each who waits; whoever fits one found for somebody else stands there."""


@dataclass(frozen=True, slots=True)
class FreeTime:
    """A free time, and who waits for such a one, who came first first."""

    slot: Slot
    practitioner: Practitioner
    room: Room
    who: tuple[WaitingWish, ...]


class WaitingRoom:
    """Everybody who waits, beside the diary from now on until `until_on`, a local date; read as it stands."""

    def __init__(self, *, until_on: date | None = None, now: datetime) -> None:
        self.now = now
        self.until_on = max(until_on or clock.local_date(now + LOOKS_AHEAD), clock.local_date(now))
        self.wishes = list(waiting(on=clock.local_date(now)))
        if self.wishes:
            self._read()

    def _read(self) -> None:
        kept = {wish.patient.kept_id for wish in self.wishes}
        own = Appointment._base_manager.filter(patient__in=kept, status__in=KEEPS_TIME, end_at__gt=self.now)
        offers = WaitingOffer.objects.filter(wish__in=[wish.pk for wish in self.wishes])
        people, rooms, visits, answered = together(
            Practitioner.objects.filter(active=True), Room.objects.filter(active=True), own, offers
        )
        self.people: dict[int, Practitioner] = {one.pk: one for one in people}
        self.rooms: dict[int, Room] = {one.pk: one for one in rooms}
        self._own: list[Appointment] = visits
        self._offers: list[WaitingOffer] = answered
        first = clock.local_date(self.now)
        self._diary = SharedDiary(people, rooms, days=(first, self.until_on), now=self.now)
        self._histories = histories_about([wish.patient for wish in self.wishes], now=self.now)
        self._judges: dict[int, Judging] = {}

    def free_times(self) -> list[FreeTime]:
        """The times that somebody waits for, in order of time: of each who waits the first of some days."""
        found = {self._key(slot): slot for wish in self.wishes for slot in self._first_times(wish)}
        return [self.with_who(found[key]) for key in sorted(found)]

    def at(self, visit: Appointment) -> list[FreeTime]:
        """The same of the place that a visit left: who fits there, at the first start that suits each of them."""
        if not self.wishes:
            return []
        found: dict[tuple[datetime, int, int], Slot] = {}
        for wish in self.wishes:
            slots = (slot for slot in self._slots(wish) if _lies_in(slot, visit) and self._suits(wish, slot))
            slot = next((slot for slot in slots if self._is_clear(wish, slot)), None)
            if slot is not None:
                found[self._key(slot)] = slot
        return [self.with_who(found[key]) for key in sorted(found)]

    def who_fits(self, chosen: ChosenTime, *, kind: str | None = None) -> list[WaitingWish]:
        """Who waits for a free time of the day looked at, and for this kind if one is named, who came first first;
        nobody where it is not free.
        """
        if on_grid(chosen.start, GRID_MINUTES) != chosen.start:
            return []
        slot = Slot(chosen.start, chosen.start, chosen.practitioner_id, chosen.room_id)
        return [wish for wish in self.wishes if kind in (None, wish.kind) and self.fits(wish, slot)]

    def with_who(self, slot: Slot) -> FreeTime:
        """A free time with everybody who fits."""
        who = tuple(wish for wish in self.wishes if self.fits(wish, slot))
        return FreeTime(slot, self.people[slot.practitioner_id], self.rooms[slot.room_id], who)

    def fits(self, wish: WaitingWish, slot: Slot) -> bool:
        """Whether this free time is what they wait for, for their kind of visit, and clear for them by the whole
        check.
        """
        kind = KINDS[wish.kind]
        theirs = replace(slot, end=slot.start + kind.duration)
        return self._suits(wish, theirs) and self._diary.is_free(kind, theirs) and self._is_clear(wish, theirs)

    def open_offer(self, wish: WaitingWish) -> WaitingOffer | None:
        """What they are being offered, if anything."""
        return next((one for one in self._offers if one.wish_id == wish.pk and one.ended_at is None), None)

    def _first_times(self, wish: WaitingWish) -> Iterator[Slot]:
        """Of the first days with a time that is clear for them, that time. Of each day the first time that suits is
        judged, and the last where the first is not clear.
        """
        days = 0
        for _, slots in groupby(self._slots(wish), key=lambda slot: clock.local_date(slot.start)):
            suiting = [slot for slot in slots if self._suits(wish, slot)]
            clear = next((slot for slot in (*suiting[:1], *suiting[:0:-1][:1]) if self._is_clear(wish, slot)), None)
            if clear is not None:
                yield clear
                days += 1
                if days == DAYS_EACH:
                    return

    def _slots(self, wish: WaitingWish) -> Iterator[Slot]:
        """The free times of their kind on the days, at the hours and with the person that they wish."""
        later = moves(wish, now=self.now)
        today = clock.local_date(self.now)
        ends = [self.until_on, wish.to_on, clock.local_date(later.start_at) if later else None]
        first, last = max(wish.from_on or today, today), min(end for end in ends if end is not None)
        search = Search(
            KINDS[wish.kind],
            first,
            last,
            wish.practitioner_id,
            weekdays=frozenset(wish.weekdays),
            hours=HoursOfDay(wish.after, wish.before),
            not_before=self.now + wish.notice,
        )
        return free_slots(search, reads=self._diary, now=self.now) if first <= last else iter(())

    def _suits(self, wish: WaitingWish, slot: Slot) -> bool:
        """Whether a time is one that they wish, earlier than what they have, while they are free, and not offered to
        them before.
        """
        later = moves(wish, now=self.now)
        is_earlier = not is_past(wish, now=self.now) and (later is None or slot.end <= later.start_at)
        if not is_earlier or slot.start < self.now + wish.notice or not _is_wished(wish, slot):
            return False
        answered = (one for one in self._offers if one.wish_id == wish.pk)
        if any((one.start_at, one.practitioner_id) == (slot.start, slot.practitioner_id) for one in answered):
            return False
        return not any(self._is_in_the_way(one, wish, slot) for one in self._own)

    def _is_in_the_way(self, one: Appointment, wish: WaitingWish, slot: Slot) -> bool:
        """Whether the patient is elsewhere then; a hold whose time is up keeps nobody."""
        is_theirs = one.patient_id == wish.patient.kept_id and one.start_at < slot.end and slot.start < one.end_at
        has_lapsed = one.status == Status.PROPOSED and one.held_until is not None and one.held_until <= self.now
        return is_theirs and not has_lapsed

    def _is_clear(self, wish: WaitingWish, slot: Slot) -> bool:
        if not KINDS[wish.kind].needs_check:
            return True
        if wish.pk not in self._judges:
            known = self._without_later(wish, self._histories[wish.patient.kept_id])
            ask = what_of(wish).ask(wish.patient.kept_id)
            self._judges[wish.pk] = Judging(KINDS[wish.kind], ask, known)
        return self._judges[wish.pk](slot).verdict == Verdict.CLEAR

    def _without_later(self, wish: WaitingWish, known: History) -> History:
        """The patient's history as it would be: the visit that would move judges no time before it."""
        later = moves(wish, now=self.now)
        return known.without_visit(later.pk if later else None)

    @staticmethod
    def _key(slot: Slot) -> tuple[datetime, int, int]:
        return slot.start, slot.practitioner_id, slot.room_id


def _lies_in(slot: Slot, visit: Appointment) -> bool:
    """Whether a free time overlaps the place that a visit left, of its person or in its room."""
    is_there = slot.practitioner_id == visit.practitioner_id or slot.room_id == visit.room_id
    return is_there and slot.start < visit.end_at and visit.start_at < slot.end


def _is_wished(wish: WaitingWish, slot: Slot) -> bool:
    """By its day, its hour and its person. Boundaries: both days and the time from which on are included, the time
    before which is not.
    """
    start = slot.start.astimezone(clock.zone())
    at = start.time()
    return (
        (wish.from_on is None or start.date() >= wish.from_on)
        and (wish.to_on is None or start.date() <= wish.to_on)
        and (not wish.weekdays or start.weekday() in wish.weekdays)
        and (wish.after is None or at >= wish.after)
        and (wish.before is None or at < wish.before)
        and wish.practitioner_id in (None, slot.practitioner_id)
    )
