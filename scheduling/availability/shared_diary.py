"""Some days of the diary, read once for many searches: for twenty visits no more often than for two. Reads only."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from pht_clinic import clock
from pht_clinic.periods import Period, local_days
from scheduling.availability.busy import DAY, BusyTimes
from scheduling.availability.looks import FOR_ALL_AT_ONCE
from scheduling.availability.open_groups import OpenGroup, groups_with_seats
from scheduling.availability.sessions import ClosedTimes, sessions_on, weeklies
from scheduling.availability.slots import Reads, Search, Slot
from scheduling.availability.weekly import Session, Weekly
from scheduling.kinds import Kind
from scheduling.models import Appointment, Practitioner, Room
from scheduling.states import HOLDING


@dataclass(frozen=True, slots=True)
class Leaving:
    """Visits that would leave their place, and their patients: for these alone they count as nothing, so that the same
    hour with somebody else is free to them.
    """

    patients: Collection[int] = ()
    visits: Collection[int] = ()


class SharedDiary(Reads):
    """What stands between two local days, both included: sessions, closures, who and what is busy.

    A search of it has to lie within those days. `people` and `rooms` are those in use, `closed` every closure of those
    days for whoever has read them. Of patients it knows those of `leaving` alone; whoever asks knows the others. What
    is kept for one (`keep`) is taken for whoever follows. At most four queries, one more for each kind of class.
    """

    def __init__(
        self,
        people: Collection[Practitioner],
        rooms: Collection[Room],
        *,
        days: tuple[date, date],
        closed: ClosedTimes | None = None,
        leaving: Leaving | None = None,
        now: datetime,
    ) -> None:
        super().__init__(FOR_ALL_AT_ONCE)
        from_on, self.to_on = days
        self._now = now
        self._window = local_days(from_on, self.to_on, clock.zone())
        self._people, self._rooms = {one.pk: one for one in people}, {one.pk: one for one in rooms}
        self._closed = closed or ClosedTimes.within(self._window)
        self._busy = BusyTimes(
            self._window, practitioners=list(self._people), rooms=list(self._rooms), patient_id=None, now=now
        )
        self._patients = _of_patients(leaving, self._window) if leaving else {}
        self._weeklies = weeklies(from_on=from_on, to_on=self.to_on, practitioners=list(self._people))
        self._kept: dict[tuple[str, int], list[Period]] = defaultdict(list)
        self._sessions: dict[date, list[Session]] = {}
        self._groups: dict[str, list[OpenGroup]] = {}
        self._seats: Counter[tuple[datetime, int]] = Counter()

    def weeklies(self, search: Search) -> list[Weekly]:
        return [one for one in self._weeklies if self._fits(one, search)]

    def _fits(self, session: Weekly, search: Search) -> bool:
        """As `weeklies_for` asks the database."""
        kind, room = search.kind, self._rooms.get(search.room_id or session.room_id)
        is_who = search.practitioner_id in (None, session.practitioner_id)
        takes = kind.code in self._people[session.practitioner_id].kinds
        return is_who and takes and room is not None and (room.has_ultrasound or not kind.needs_ultrasound)

    def sessions(self, day: date, weekly: Iterable[Weekly]) -> list[Session]:
        """Of a practitioner in a room all weekly sessions are among `weekly`, or none: a day is put together once."""
        if day not in self._sessions:
            self._sessions[day] = sessions_on(day, (one for one in self._weeklies if one.weekday == day.weekday()))
        of = {(one.practitioner_id, one.room_id) for one in weekly}
        return [one for one in self._sessions[day] if (one.practitioner_id, one.room_id) in of]

    def closures(self, window: Period) -> ClosedTimes:
        return self._closed

    def busy(self, search: Search, window: Period, **among: Any) -> BusyTimes:
        return _AsRead(self._busy, self._patients.get(search.patient_id or 0, []), self._kept)

    def groups(self, search: Search, window: Period, *, now: datetime) -> list[OpenGroup]:
        """Less the places that were kept; one query for each kind that several patients have together."""
        kind = search.kind.code
        if kind not in self._groups:
            found = groups_with_seats(kind, self._window, patient_id=None, holder=None, now=now)
            self._groups[kind] = list(found)
        left = [
            replace(one, taken=one.taken + self._seats[one.period.start, one.practitioner_id])
            for one in self._groups[kind]
        ]
        return [one for one in left if one.taken < one.seats and one.period.overlaps(window)]

    def is_free(self, kind: Kind, slot: Slot) -> bool:
        """Whether a visit of this kind may stand where a slot starts, with that person in that room: by itself, or in a
        class that has a place left.
        """
        during = Period(slot.start, slot.start + kind.duration)
        in_room = Period(during.start, during.end + kind.room_buffer)
        day = clock.local_date(slot.start)
        opened = self.sessions(day, self.weeklies(Search(kind, day, day, slot.practitioner_id)))
        closed = self._closed.of(slot.practitioner_id, slot.room_id)
        if self._is_running(kind, slot):
            is_open = any(one.period.contains(during) for one in opened)
            return is_open and not any(one.overlaps(during) for one in closed)
        if not any(one.room_id == slot.room_id and one.period.contains(during) for one in opened):
            return False
        busy = _AsRead(self._busy, [], self._kept)
        is_kept = any(one.overlaps(during) for one in (*closed, *busy.of_practitioner(slot.practitioner_id, during)))
        return not is_kept and not busy.of_room(slot.room_id, in_room)

    def _is_running(self, kind: Kind, slot: Slot) -> bool:
        """Whether a class of this kind with a place left begins there and then."""
        if not kind.is_group:
            return False
        day, there = clock.local_date(slot.start), (slot.start, slot.practitioner_id, slot.room_id)
        running = self.groups(Search(kind, day, day), Period(slot.start, slot.end), now=self._now)
        return any((one.period.start, one.practitioner_id, one.room_id) == there for one in running)

    def are_elsewhere(self, patients: Iterable[int], slot: Slot) -> bool:
        """Whether any of these patients, whose visits leave their place, has another one while a slot lasts."""
        during = Period(slot.start, slot.end)
        return any(one.overlaps(during) for patient in patients for one in self._patients.get(patient, ()))

    def keep(self, slot: Slot, buffer: timedelta) -> None:
        """Take a slot out of what the searches that follow may find; `buffer` is for which its room stays taken."""
        self._seats[slot.start, slot.practitioner_id] += 1
        self._kept["practitioner", slot.practitioner_id].append(Period(slot.start, slot.end))
        self._kept["room", slot.room_id].append(Period(slot.start, slot.end + buffer))


class _AsRead(BusyTimes):
    """The busy stretches for one patient, out of what was read for all."""

    def __init__(self, read: BusyTimes, patient: Sequence[Period], kept: dict[tuple[str, int], list[Period]]) -> None:
        self._read, self._patient, self._kept = read, patient, kept

    def of_practitioner(self, practitioner_id: int, within: Period) -> list[Period]:
        kept = self._kept.get(("practitioner", practitioner_id), ())
        return sorted([*self._read.of_practitioner(practitioner_id, within), *_in(kept, within)])

    def of_room(self, room_id: int, within: Period) -> list[Period]:
        kept = self._kept.get(("room", room_id), ())
        return sorted([*self._read.of_room(room_id, within), *_in(kept, within)])

    def of_patient(self, within: Period) -> list[Period]:
        return _in(self._patient, within)


def _in(periods: Collection[Period], within: Period) -> list[Period]:
    return [one for one in periods if one.overlaps(within)]


def _of_patients(leaving: Leaving, window: Period) -> dict[int, list[Period]]:
    """When each of these patients has another visit, in order. One query."""
    rows = Appointment.objects.filter(
        patient__in=leaving.patients, status__in=HOLDING, start_at__gte=window.start - DAY, start_at__lt=window.end
    )
    found: dict[int, list[Period]] = defaultdict(list)
    for patient_id, start, end in (
        rows.exclude(pk__in=leaving.visits).order_by("start_at").values_list("patient_id", "start_at", "end_at")
    ):
        found[patient_id].append(Period(start, end))
    return found
