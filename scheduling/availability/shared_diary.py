"""The diary of some days, read once for searches of several kinds. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from heapq import merge

from pht_clinic import clock
from pht_clinic.periods import Period, local_days
from scheduling.availability.busy import BusyTimes
from scheduling.availability.open_groups import OpenGroup, groups_with_seats
from scheduling.availability.sessions import ClosedTimes, sessions_on, weeklies
from scheduling.availability.slots import AFTERNOON, Search, Slot, noon_of, seats_of, slots_of
from scheduling.availability.weekly import Session
from scheduling.kinds import Kind
from scheduling.models import Practitioner, Room


class SharedDiary:
    """The diary of some local days, both included, read once for searches of several kinds: three queries, and one for
    the classes of each of these kinds that several patients have together.

    Each search gets what `free_slots` would find, but for the patient's own visits: whoever asks knows them. A search
    for one room is none of these.
    """

    def __init__(
        self,
        people: Collection[Practitioner],
        rooms: Collection[Room],
        *,
        from_on: date,
        to_on: date,
        kinds: Iterable[Kind] = (),
        now: datetime,
    ) -> None:
        self._people = {one.pk: one for one in people}
        self._rooms = {one.pk: one for one in rooms}
        self._first, self._last, self._now = from_on, to_on, now
        period = local_days(from_on, to_on, clock.zone())
        self._weekly = weeklies(from_on=from_on, to_on=to_on, practitioners=list(self._people))
        self.closures = ClosedTimes.within(period)
        self._busy = BusyTimes(
            period, practitioners=list(self._people), rooms=list(self._rooms), patient_id=None, now=now
        )
        self._classes = {
            kind.code: list(groups_with_seats(kind.code, period, patient_id=None, holder=None, now=now))
            for kind in kinds
            if kind.is_group
        }
        self._sessions: dict[date, list[Session]] = {}

    def room_of(self, session: Session) -> int:
        """The session's own."""
        return session.room_id

    def slots(self, search: Search) -> Iterator[Slot]:
        """The free slots of a search, in order of time, lazily; of the days that were read."""
        earliest = max(self._now, search.not_before or self._now)
        day = max(search.from_on, self._first, clock.local_date(earliest))
        while day <= min(search.to_on, self._last):
            if not search.weekdays or day.weekday() in search.weekdays:
                found = [one for one in self._sessions_on(day) if self._serves(one, search)]
                found = _of_the_halves(search, day, found)
                begun = (self._slots_of(search, session, earliest) for session in search.begun_in(found))
                yield from merge(*begun, self._running(search, day, found, earliest))
            day += timedelta(days=1)

    def _slots_of(self, search: Search, session: Session, earliest: datetime) -> Iterator[Slot]:
        # of openings it asks for nothing but the room of a session and the closures
        return slots_of(search, session, self, self._busy, earliest)  # type: ignore[arg-type]

    def _running(self, search: Search, day: date, sessions: list[Session], earliest: datetime) -> Iterator[Slot]:
        """The classes of a day that have places left, as slots."""
        running = self._classes.get(search.kind.code, ()) if search.joins_classes else ()
        on_it = [one for one in running if clock.local_date(one.period.start) == day and self._is_wanted(one, search)]
        # of openings it asks for nothing but the closures
        return seats_of(search, on_it, sessions, self, self._busy, earliest)  # type: ignore[arg-type]

    @staticmethod
    def _is_wanted(one: OpenGroup, search: Search) -> bool:
        return search.practitioner_id in (None, one.practitioner_id)

    def is_free(self, kind: Kind, slot: Slot) -> bool:
        """Whether a visit of this kind may stand where a slot starts, with that person in that room."""
        during = Period(slot.start, slot.start + kind.duration)
        in_room = Period(during.start, during.end + kind.room_buffer)
        search = Search(kind, self._first, self._last, slot.practitioner_id)
        opened = (one for one in self._sessions_on(clock.local_date(slot.start)) if self._serves(one, search))
        if self._is_running(kind, slot):
            closed = self.closures.of(slot.practitioner_id, slot.room_id)
            return any(one.period.contains(during) for one in opened) and not any(
                one.overlaps(during) for one in closed
            )
        if not any(one.room_id == slot.room_id and one.period.contains(during) for one in opened):
            return False
        kept = [
            *self.closures.of(slot.practitioner_id, slot.room_id),
            *self._busy.of_practitioner(slot.practitioner_id, during),
        ]
        is_kept = any(one.overlaps(during) for one in kept)
        return not is_kept and not self._busy.of_room(slot.room_id, in_room)

    def _is_running(self, kind: Kind, slot: Slot) -> bool:
        """Whether a class of this kind with a place left begins there and then."""
        there = (slot.start, slot.practitioner_id, slot.room_id)
        running = self._classes.get(kind.code, ())
        return any((one.period.start, one.practitioner_id, one.room_id) == there for one in running)

    def _sessions_on(self, day: date) -> list[Session]:
        if day not in self._sessions:
            on_it = [one for one in self._weekly if one.weekday == day.weekday()]
            self._sessions[day] = sessions_on(day, on_it)
        return self._sessions[day]

    def _serves(self, session: Session, search: Search) -> bool:
        """Whether such a visit may stand in this session: who takes it, and in which room."""
        who, room = self._people.get(session.practitioner_id), self._rooms.get(session.room_id)
        if who is None or room is None or search.kind.code not in who.kinds:
            return False
        is_wanted = search.practitioner_id in (None, session.practitioner_id)
        return is_wanted and (room.has_ultrasound or not search.kind.needs_ultrasound)


def _of_the_halves(search: Search, day: date, found: list[Session]) -> list[Session]:
    """What of these sessions lies in the halves of the day that are wanted; a visit may begin in the morning and end
    after noon, so a morning is left whole.
    """
    if search.halves != {AFTERNOON}:
        return found
    noon = noon_of(datetime(day.year, day.month, day.day, tzinfo=clock.zone()))
    later = [replace(one, period=Period(max(one.period.start, noon), one.period.end)) for one in found]
    return [one for one in later if one.period.start < one.period.end]
