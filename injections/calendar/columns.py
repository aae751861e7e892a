"""The diary in columns: a day by practitioner or room, a week by day; visits with their verdicts, and free times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from injections.assessment.alerts import note_alerts
from injections.assessment.visits import Visit, appointments, with_assessments
from injections.booking.wish import Wish
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.periods import local_days
from scheduling.availability.bank_holidays import bank_holidays, is_working_weekday
from scheduling.availability.slots import Search, free_slots
from scheduling.diary.read import who_and_where
from scheduling.models import Practitioner, Room
from scheduling.states import Status

LEFT_OUT = (Status.CANCELLED, Status.ENTERED_IN_ERROR)
DAYS = 7


@dataclass(frozen=True, slots=True)
class Free:
    """A free time that can be booked: `query` carries it into a booking."""

    start: datetime
    practitioner: Practitioner
    room: Room
    query: str


@dataclass(slots=True)
class CalendarColumn:
    """One column, its entries in order of time. `day` is the day it shows."""

    title: str
    day: date
    is_holiday: bool = False
    visits: list[Visit] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)

    @property
    def entries(self) -> list[Visit | Free]:
        """Visits and free times together, as the day goes by."""
        return sorted([*self.visits, *self.free], key=_start_of)


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who and what can be booked, by id. One query."""

    people: dict[int, Practitioner]
    rooms: dict[int, Room]

    @classmethod
    def read(cls) -> Clinic:
        people, rooms = who_and_where()
        return cls({one.pk: one for one in people}, {one.pk: one for one in rooms})


def day_by(what: str, day: date, clinic: Clinic, *, kind: str, now: datetime) -> list[CalendarColumn]:
    """One column for each practitioner, or with `what` "room" for each room, who has anything on that local day."""
    visits, free = _read(day, day, clinic, kind=kind, now=now)
    by_room = what == "room"
    titles: Mapping[int, Practitioner | Room] = clinic.rooms if by_room else clinic.people
    columns = {pk: CalendarColumn(row.name, day) for pk, row in titles.items()}
    for visit in visits:
        where = visit.appointment.room if by_room else visit.appointment.practitioner
        # somebody who no longer takes visits may still have had one
        columns.setdefault(where.pk, CalendarColumn(where.name, day)).visits.append(visit)
    for one in free:
        columns[one.room.pk if by_room else one.practitioner.pk].free.append(one)
    return [column for column in columns.values() if column.visits or column.free]


def week_of(
    monday: date,
    clinic: Clinic,
    *,
    kind: str,
    now: datetime,
    practitioner_id: int | None = None,
    room_id: int | None = None,
) -> list[CalendarColumn]:
    """One column for each local day from Monday on; where the clinic does not work only if anything is on it."""
    days = [monday + timedelta(days=number) for number in range(DAYS)]
    closed = bank_holidays(days[0], days[-1])
    columns = {day: CalendarColumn(f"{day:%A}", day, is_holiday=day in closed) for day in days}
    visits, free = _read(
        days[0], days[-1], clinic, kind=kind, now=now, practitioner_id=practitioner_id, room_id=room_id
    )
    for visit in visits:
        columns[clock.local_date(visit.appointment.start_at)].visits.append(visit)
    for one in free:
        columns[clock.local_date(one.start)].free.append(one)
    return [column for column in columns.values() if is_working_weekday(column.day) or column.visits or column.free]


def _read(
    first: date,
    last: date,
    clinic: Clinic,
    *,
    kind: str,
    now: datetime,
    practitioner_id: int | None = None,
    room_id: int | None = None,
) -> tuple[list[Visit], list[Free]]:
    shown = local_days(first, last, clock.zone())
    rows = appointments().filter(start_at__gte=shown.start, start_at__lt=shown.end)
    rows = rows.exclude(status__in=LEFT_OUT)
    if practitioner_id is not None:
        rows = rows.filter(practitioner=practitioner_id)
    if room_id is not None:
        rows = rows.filter(room=room_id)
    visits = with_assessments(rows.order_by("start_at", "pk"))
    note_alerts(visits, now=now)
    search = Search(KINDS[kind], first, last, practitioner_id)
    return visits, _free(search, clinic, room_id=room_id, now=now)


def _free(search: Search, clinic: Clinic, *, room_id: int | None, now: datetime) -> list[Free]:
    """Free times in the rooms of the sessions themselves, so that no time is offered twice."""
    wish = Wish(kind=search.kind.code)
    return [
        Free(
            slot.start,
            clinic.people[slot.practitioner_id],
            clinic.rooms[slot.room_id],
            wish.at(slot.start, slot.practitioner_id, slot.room_id).query,
        )
        for slot in free_slots(search, now=now)
        if room_id in (None, slot.room_id) and slot.practitioner_id in clinic.people and slot.room_id in clinic.rooms
    ]


def _start_of(entry: Visit | Free) -> datetime:
    return entry.start if isinstance(entry, Free) else entry.appointment.start_at


def patients_in(columns: Iterable[CalendarColumn]) -> set[int]:
    """Whom these columns show."""
    return {visit.appointment.patient_id for column in columns for visit in column.visits}
