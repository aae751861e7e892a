"""Free times: the sessions of practitioners, less what is closed, less what is booked, on the grid. Reads only.

The diary is read window by window, each larger than the last, so that a near answer touches little and a far one is
found in a handful of queries: two for sessions and closures, one for each window.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import merge
from zoneinfo import ZoneInfo

from django.db.models import Q

from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from scheduling.availability import Period, Session, Weekly, on_grid, wall_to_utc, without
from scheduling.kinds import GRID_MINUTES, KINDS, Kind
from scheduling.lifecycle import HOLDING
from scheduling.models import Appointment, Practitioner, Room
from scheduling.sessions import Closures, sessions_on, weeklies

WINDOWS_DAYS = (14, 56, 366)
LONGEST_DAYS = 366


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A free time for one kind of visit; instants in UTC, half-open."""

    start: datetime
    end: datetime
    practitioner_id: int
    room_id: int


@dataclass(frozen=True, slots=True)
class Search:
    """What to look for, local dates both included; None for a practitioner, room or patient means any."""

    kind: Kind
    from_on: date
    to_on: date
    practitioner_id: int | None = None
    room_id: int | None = None
    patient_id: int | None = None


def check_search(kind: str, from_on: date, to_on: date) -> Kind:
    """The kind searched for. Raises: Invalid naming what is wrong; the window is at most 366 days."""
    problems = []
    if kind not in KINDS:
        problems.append(FieldError("#/kind", f"Choose one of {', '.join(KINDS)}."))
    if to_on < from_on:
        problems.append(FieldError("#/to", "The last day lies before the first."))
    elif (to_on - from_on).days > LONGEST_DAYS:
        problems.append(FieldError("#/to", f"Search at most {LONGEST_DAYS} days at a time."))
    if problems:
        raise Invalid(problems)
    return KINDS[kind]


def free_slots(search: Search, *, now: datetime) -> Iterator[Slot]:
    """Every free slot in order of time, lazily. A slot never starts before `now`."""
    people = _practitioners(search)
    rooms = _rooms(search)
    if not people or not rooms:
        return
    zone = clock.zone()
    weekly = weeklies(from_on=search.from_on, to_on=search.to_on, practitioners=people)
    whole = _period_of(search.from_on, search.to_on, zone)
    closures = Closures(whole)
    from_on = max(search.from_on, now.astimezone(zone).date())
    for days in WINDOWS_DAYS:
        if from_on > search.to_on:
            return
        to_on = min(from_on + timedelta(days=days - 1), search.to_on)
        busy = _Busy(_period_of(from_on, to_on, zone), people, rooms, search.patient_id)
        yield from _window(search, weekly, closures, busy, rooms, from_on, to_on, now)
        from_on = to_on + timedelta(days=1)


class _Busy:
    """What holds its time in a window, by whom it keeps. One query."""

    def __init__(
        self, window: Period, people: Collection[int], rooms: Collection[int], patient_id: int | None
    ) -> None:
        self.practitioners: dict[int, list[Period]] = defaultdict(list)
        self.rooms: dict[int, list[Period]] = defaultdict(list)
        self.patient: list[Period] = []
        wanted = Q(practitioner__in=people) | Q(room__in=rooms)
        if patient_id is not None:
            wanted |= Q(patient=patient_id)
        rows = Appointment.objects.filter(
            wanted,
            status__in=HOLDING,
            start_at__gte=window.start - timedelta(days=1),
            start_at__lt=window.end,
        ).order_by("start_at")
        fields = ("practitioner_id", "room_id", "patient_id", "start_at", "end_at", "room_during")
        for practitioner_id, room_id, whose, start_at, end_at, room_during in rows.values_list(*fields):
            self.practitioners[practitioner_id].append(Period(start_at, end_at))
            self.rooms[room_id].append(Period(room_during.lower, room_during.upper))
            if whose == patient_id:
                self.patient.append(Period(start_at, end_at))


def _window(
    search: Search,
    weekly: Collection[Weekly],
    closures: Closures,
    busy: _Busy,
    rooms: dict[int, Room],
    from_on: date,
    to_on: date,
    now: datetime,
) -> Iterator[Slot]:
    """The free slots of one window, day by day, merged over the practitioners of the day."""
    day = from_on
    while day <= to_on:
        todays = list(sessions_on(day, weekly))
        yield from merge(*(_slots_of(search, session, closures, busy, rooms, now) for session in todays))
        day += timedelta(days=1)


def _slots_of(
    search: Search, session: Session, closures: Closures, busy: _Busy, rooms: dict[int, Room], now: datetime
) -> Iterator[Slot]:
    """The free slots of one session, in the wanted room, else in the session's own."""
    room_id = search.room_id or session.room_id
    if room_id not in rooms:
        return
    kind = search.kind
    taken = sorted(
        [
            *closures.of(session.practitioner_id, room_id),
            *busy.practitioners[session.practitioner_id],
            *busy.patient,
        ]
    )
    in_room = busy.rooms[room_id]
    for free in without(session.period, taken):
        start = on_grid(max(free.start, now), GRID_MINUTES)
        while start + kind.duration <= free.end:
            needs = Period(start, start + kind.duration + kind.room_buffer)
            blocker = next((period for period in in_room if period.overlaps(needs)), None)
            if blocker is None:
                yield Slot(start, start + kind.duration, session.practitioner_id, room_id)
                start += _step(kind)
            else:
                start = on_grid(blocker.end, GRID_MINUTES)


def _step(kind: Kind) -> timedelta:
    """Slots of one kind follow one another without a gap: the room's buffer is part of the step."""
    return kind.duration + kind.room_buffer


def _practitioners(search: Search) -> list[int]:
    rows = Practitioner.objects.filter(active=True, kinds__contains=[search.kind.code])
    if search.practitioner_id is not None:
        rows = rows.filter(pk=search.practitioner_id)
    return list(rows.values_list("pk", flat=True))


def _rooms(search: Search) -> dict[int, Room]:
    rows = Room.objects.filter(active=True)
    if search.kind.needs_ultrasound:
        rows = rows.filter(has_ultrasound=True)
    if search.room_id is not None:
        rows = rows.filter(pk=search.room_id)
    return {room.pk: room for room in rows}


def _period_of(from_on: date, to_on: date, zone: ZoneInfo) -> Period:
    return Period(
        wall_to_utc(from_on, time.min, zone, fold=0),
        wall_to_utc(to_on + timedelta(days=1), time.min, zone, fold=0),
    )
