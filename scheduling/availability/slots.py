"""Free times: the sessions of practitioners, less what is closed, less what is booked, on the grid. Reads only.

The diary is read look by look: a near answer touches a few days of it. Beyond the near looks one query over an index
says which days have any time left, and only from the first of those on the diary itself is read again. At most seven
queries: one for sessions, one for closures, one for each look, one for how full the far days are; each look also asks
which classes have places left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from heapq import merge
from itertools import islice
from typing import Any

from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.periods import Period, local_days
from scheduling.availability.busy import BusyTimes, Fullness
from scheduling.availability.hours_of_day import ANY_HOURS, HoursOfDay
from scheduling.availability.looks import FOR_THE_NEXT_TIME, LONGEST_DAYS, Looks
from scheduling.availability.open_groups import OpenGroup, groups_with_seats
from scheduling.availability.sessions import ClosedTimes, sessions_on, weeklies_for
from scheduling.availability.weekly import Session, Weekly, on_grid, without
from scheduling.diary.read import Places
from scheduling.kinds import GRID_MINUTES, KINDS, Kind


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A free time for one kind of visit; instants in UTC, half-open.

    Of a class, `seats` is how many places it has and `taken` how many of them others have; 0 where it would be begun.
    """

    start: datetime
    end: datetime
    practitioner_id: int
    room_id: int
    seats: int = 0
    taken: int = 0

    @property
    def places(self) -> Places | None:
        """Those of the class; None of a visit by itself."""
        return Places(self.taken, self.seats) if self.seats else None

    @property
    def places_left(self) -> int | None:
        return self.seats - self.taken if self.seats else None


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, local dates both included; None for a practitioner, room or patient means any, and so does no
    weekday (0 is Monday).

    Of a class, with `begins_class` only times are looked for at which one could be begun, with `joins_class` only
    places in those that somebody takes part in.
    `holder` is the user whose own holds count as free, None the patient by their link.
    """

    kind: Kind
    from_on: date
    to_on: date
    practitioner_id: int | None = None
    room_id: int | None = None
    patient_id: int | None = None
    holder: int | None = None
    weekdays: frozenset[int] = frozenset()
    hours: HoursOfDay = ANY_HOURS
    not_before: datetime | None = None
    begins_class: bool = False
    joins_class: bool = False

    def begun_in(self, sessions: list[Session]) -> list[Session]:
        """In which of these sessions visits of its kind may begin by themselves."""
        return [] if self.kind.is_group and self.joins_class else sessions

    @property
    def joins_classes(self) -> bool:
        """Whether places in classes are looked for too."""
        return self.kind.is_group and not self.begins_class


def check_search(kind: str, from_on: date, to_on: date, hours: HoursOfDay = ANY_HOURS) -> None:
    """Raise Invalid naming what is wrong; the window is at most 366 days."""
    problems = []
    if kind not in KINDS:
        problems.append(FieldError("#/kind", f"Choose one of {', '.join(KINDS)}."))
    if to_on < from_on:
        problems.append(FieldError("#/to", "The last day is before the first."))
    elif (to_on - from_on).days > LONGEST_DAYS:
        problems.append(FieldError("#/to", f"Search at most {LONGEST_DAYS} days at a time."))
    if problems := problems + hours.problems:
        raise Invalid(problems)


class Reads:
    """What a search reads of the diary, look by look: here each time anew, for itself alone."""

    def __init__(self, looks: Looks = FOR_THE_NEXT_TIME) -> None:
        self.looks = looks

    def weeklies(self, search: Search) -> list[Weekly]:
        return weeklies_for(
            search.kind,
            from_on=search.from_on,
            to_on=search.to_on,
            practitioner_id=search.practitioner_id,
            room_id=search.room_id,
        )

    def sessions(self, day: date, weekly: Iterable[Weekly]) -> list[Session]:
        """Those of a local day that these weekly ones make, as `sessions_on`."""
        return sessions_on(day, weekly)

    def closures(self, window: Period) -> ClosedTimes:
        return ClosedTimes.within(window)

    def busy(self, search: Search, window: Period, **among: Any) -> BusyTimes:
        """Who and what is busy in a window; `among` is as in BusyTimes."""
        return BusyTimes(window, patient_id=search.patient_id, holder=search.holder, **among)

    def groups(self, search: Search, window: Period, *, now: datetime) -> Iterable[OpenGroup]:
        whose = search.patient_id
        return groups_with_seats(search.kind.code, window, patient_id=whose, holder=search.holder, now=now)


def free_slots(search: Search, *, reads: Reads | None = None, now: datetime) -> Iterator[Slot]:
    """Every free slot in order of time, lazily. A slot never starts before `now`, nor before the search's own limit."""
    reads = reads or Reads()
    openings = _Openings(search, reads, now)
    if not openings.practitioners:
        return
    earliest = max(now, search.not_before or now)
    day = max(search.from_on, clock.local_date(earliest))
    for number, days in enumerate((*reads.looks.near, *reads.looks.far)):
        # a day that is full for others may have places in classes
        if number == len(reads.looks.near) and not search.joins_classes:
            openings.leave_out_full_days(day)
        while day <= search.to_on and not openings.on(day):
            day += timedelta(days=1)
        if day > search.to_on:
            return
        last = openings.last_of(day, days)
        busy = openings.busy(day, last)
        classes = openings.classes(day, last)
        while day <= last:
            held = openings.on(day)
            times = [slots_of(search, session, openings, busy, earliest) for session in search.begun_in(held)]
            running = seats_of(search, classes.get(day, ()), held, openings, busy, earliest)
            yield from merge(*times, running)
            day += timedelta(days=1)


class _Openings:
    """The sessions that come into question, and the closures among them. Two queries."""

    def __init__(self, search: Search, reads: Reads, now: datetime) -> None:
        self._search, self._reads, self._zone, self._now = search, reads, clock.zone(), now
        weekly = reads.weeklies(search)
        wanted = [one for one in weekly if not search.weekdays or one.weekday in search.weekdays]
        self.practitioners = {one.practitioner_id for one in wanted}
        self._rooms = {self.room_of(one) for one in wanted}
        self._weekly: dict[int, list[Weekly]] = {}
        for one in wanted:
            self._weekly.setdefault(one.weekday, []).append(one)
        self.closures = reads.closures(self._period(search.from_on, search.to_on))
        self._fullness: Fullness | None = None

    def room_of(self, session: Weekly | Session) -> int:
        """The wanted room, else the session's own."""
        return self._search.room_id or session.room_id

    def last_of(self, day: date, count: int) -> date:
        """The last of so many local days of the week with sessions, or of the search, counted from this one on."""
        days = (day + timedelta(days=number) for number in range((self._search.to_on - day).days + 1))
        return max(islice((one for one in days if one.weekday() in self._weekly), count))

    def on(self, day: date) -> list[Session]:
        """The sessions of a local day, less those of practitioners who are known to be full on it."""
        if day.weekday() not in self._weekly:
            return []
        found = self._search.hours.of(self._reads.sessions(day, self._weekly[day.weekday()]), day)
        if self._fullness is None:
            return found
        full = self._fullness.among(found, needed=self._search.kind.duration)
        return [session for session in found if session.practitioner_id not in full]

    def leave_out_full_days(self, from_on: date) -> None:
        """From that local day on, learn which days are full. One query."""
        if from_on <= self._search.to_on:
            window = self._period(from_on, self._search.to_on)
            self._fullness = Fullness(window, practitioners=self.practitioners)

    def busy(self, from_on: date, to_on: date) -> BusyTimes:
        """Who and what is busy between these local days, both included. One query."""
        return self._reads.busy(
            self._search,
            self._period(from_on, to_on),
            practitioners=self.practitioners,
            rooms=self._rooms,
            days=self._days_between(from_on, to_on) if self._reads_by_days else (),
            now=self._now,
        )

    def classes(self, from_on: date, to_on: date) -> dict[date, list[OpenGroup]]:
        """The classes that have places left, by local day. One query; none of a kind that each patient has alone."""
        found: dict[date, list[OpenGroup]] = {}
        if self._search.joins_classes:
            for one in self._reads.groups(self._search, self._period(from_on, to_on), now=self._now):
                found.setdefault(clock.local_date(one.period.start), []).append(one)
        return found

    @property
    def _reads_by_days(self) -> bool:
        """Of several people only the weekdays wanted are read; of one the whole stretch is quicker (bench finder)."""
        return bool(self._search.weekdays) and len(self.practitioners) > 1

    def _days_between(self, from_on: date, to_on: date) -> list[Period]:
        """Each local day with a session between these, both included."""
        days = (from_on + timedelta(days=number) for number in range((to_on - from_on).days + 1))
        return [self._period(day, day) for day in days if day.weekday() in self._weekly]

    def _period(self, from_on: date, to_on: date) -> Period:
        return local_days(from_on, to_on, self._zone)


def slots_of(
    search: Search, session: Session, openings: _Openings, busy: BusyTimes, earliest: datetime
) -> Iterator[Slot]:
    """The free slots of one session, in the wanted room, else in the session's own."""
    room_id = openings.room_of(session)
    duration = search.kind.duration
    # slots follow one another without a gap: the room's buffer is part of the step
    step = duration + search.kind.room_buffer
    closed_or_busy = sorted(
        [
            *openings.closures.of(session.practitioner_id, room_id),
            *busy.of_practitioner(session.practitioner_id, session.period),
            *busy.of_patient(session.period),
        ]
    )
    in_room = busy.of_room(room_id, Period(session.period.start, session.period.end + step - duration))
    before = search.hours.last_start(session.period)
    seats = search.kind.seats if search.kind.is_group else 0
    for free in without(session.period, closed_or_busy):
        start = on_grid(max(free.start, earliest), GRID_MINUTES)
        while start + duration <= free.end and start < before:
            needs = Period(start, start + step)
            blocker = next((period for period in in_room if period.overlaps(needs)), None)
            if blocker is None:
                yield Slot(start, start + duration, session.practitioner_id, room_id, seats)
                start += step
            else:
                start = on_grid(blocker.end, GRID_MINUTES)


def seats_of(
    search: Search,
    classes: Iterable[OpenGroup],
    sessions: Iterable[Session],
    openings: _Openings,
    busy: BusyTimes,
    earliest: datetime,
) -> Iterator[Slot]:
    """The classes of one local day that this patient could join, in order of time, if they fit what is wanted."""
    open_to = {(one.practitioner_id, one.period) for one in sessions}
    for one in classes:
        period = one.period
        is_open = any(who == one.practitioner_id and session.contains(period) for who, session in open_to)
        is_wanted = search.room_id in (None, one.room_id) and period.start < search.hours.last_start(period)
        taken = (*openings.closures.of(one.practitioner_id, one.room_id), *busy.of_patient(period))
        is_free = not any(other.overlaps(period) for other in taken)
        if is_open and is_wanted and is_free and period.start >= earliest:
            yield Slot(period.start, period.end, one.practitioner_id, one.room_id, one.seats, one.taken)
