"""The diary of some days, read once for searches of several kinds. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from heapq import merge

from pht_clinic import clock
from pht_clinic.periods import Period, local_days
from scheduling.availability.busy import BusyTimes
from scheduling.availability.sessions import ClosedTimes, sessions_on, weeklies
from scheduling.availability.slots import Search, Slot, slots_of
from scheduling.availability.weekly import Session
from scheduling.kinds import Kind
from scheduling.models import Practitioner, Room


class SharedDiary:
    """The diary of some local days, both included, read once for searches of several kinds. Three queries.

    Each search gets what `free_slots` would find, but for the patient's own visits: whoever asks knows them. A search
    for one room is none of these.
    """

    def __init__(
        self, people: Collection[Practitioner], rooms: Collection[Room], *, from_on: date, to_on: date, now: datetime
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
                found = search.hours.of(found, day)
                yield from merge(*(self._slots_of(search, session, earliest) for session in found))
            day += timedelta(days=1)

    def _slots_of(self, search: Search, session: Session, earliest: datetime) -> Iterator[Slot]:
        # of openings it asks for nothing but the room of a session and the closures
        return slots_of(search, session, self, self._busy, earliest)  # type: ignore[arg-type]

    def is_free(self, kind: Kind, slot: Slot) -> bool:
        """Whether a visit of this kind may stand where a slot starts, with that person in that room."""
        during = Period(slot.start, slot.start + kind.duration)
        in_room = Period(during.start, during.end + kind.room_buffer)
        search = Search(kind, self._first, self._last, slot.practitioner_id)
        opened = (one for one in self._sessions_on(clock.local_date(slot.start)) if self._serves(one, search))
        if not any(one.room_id == slot.room_id and one.period.contains(during) for one in opened):
            return False
        kept = [
            *self.closures.of(slot.practitioner_id, slot.room_id),
            *self._busy.of_practitioner(slot.practitioner_id, during),
        ]
        is_kept = any(one.overlaps(during) for one in kept)
        return not is_kept and not self._busy.of_room(slot.room_id, in_room)

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
