"""The diary in columns: a day by practitioner or room, a week by day; visits with their verdicts, and free times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from injections.assessment.alerts import note_alerts
from injections.assessment.visits import Visit, appointments, with_assessments
from injections.booking.wish import Wish
from injections.calendar.opening import Clinic
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.periods import local_days
from scheduling.availability.bank_holidays import is_working_weekday, names_of_bank_holidays
from scheduling.availability.slots import Search, free_slots
from scheduling.availability.weekly import Session
from scheduling.models import Appointment, Practitioner, Room
from scheduling.states import Status

LEFT_OUT = (Status.CANCELLED, Status.ENTERED_IN_ERROR)
DAYS = 7


@dataclass(frozen=True, slots=True)
class Free:
    """A free time that can be booked: `query` carries it into a booking."""

    start: datetime
    end: datetime
    practitioner: Practitioner
    room: Room
    query: str


@dataclass(slots=True)
class CalendarColumn:
    """What one column shows of its day: the sessions that are open, visits, times that somebody is just booking, and
    free times, each in order of time.
    """

    title: str
    day: date
    holiday: str = ""
    sessions: list[Session] = field(default_factory=list)
    visits: list[Visit] = field(default_factory=list)
    held: list[Appointment] = field(default_factory=list)
    free: list[Free] = field(default_factory=list)

    @property
    def has_anything(self) -> bool:
        return bool(self.sessions or self.visits or self.held or self.free)


def day_by(what: str, day: date, clinic: Clinic, *, kind: str, now: datetime) -> list[CalendarColumn]:
    """One column for each practitioner, or with `what` "room" for each room, who has a session or anything else on
    that local day.
    """
    found = _read(day, day, clinic, kind=kind, now=now)
    by_room = what == "room"
    columns = _empty_columns(clinic.rooms if by_room else clinic.people, day)
    _open(columns, clinic.sessions(day), by_room=by_room)
    for visit in found.visits:
        _column_of(visit.appointment, columns, day, by_room=by_room).visits.append(visit)
    for hold in found.held:
        _column_of(hold, columns, day, by_room=by_room).held.append(hold)
    for one in found.free:
        columns[one.room.pk if by_room else one.practitioner.pk].free.append(one)
    return [column for column in columns.values() if column.has_anything]


def _column_of(row: Appointment, columns: dict[int, CalendarColumn], day: date, *, by_room: bool) -> CalendarColumn:
    where = row.room if by_room else row.practitioner
    # somebody who no longer takes visits may still have had one
    return columns.setdefault(where.pk, CalendarColumn(where.name, day))


def _open(columns: Mapping[int, CalendarColumn], sessions: Iterable[Session], *, by_room: bool) -> None:
    for session in sessions:
        # a session may be in a room that is out of use
        if column := columns.get(session.room_id if by_room else session.practitioner_id):
            column.sessions.append(session)


def _empty_columns(whose: Mapping[int, Practitioner | Room], day: date) -> dict[int, CalendarColumn]:
    return {pk: CalendarColumn(row.name, day) for pk, row in whose.items()}


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
    holidays = names_of_bank_holidays(days[0], days[-1])
    whose = {"practitioner_id": practitioner_id, "room_id": room_id}
    columns = {
        day: CalendarColumn(f"{day:%A}", day, holidays.get(day, ""), clinic.sessions(day, **whose)) for day in days
    }
    found = _read(days[0], days[-1], clinic, kind=kind, now=now, **whose)
    for visit in found.visits:
        columns[clock.local_date(visit.appointment.start_at)].visits.append(visit)
    for hold in found.held:
        columns[clock.local_date(hold.start_at)].held.append(hold)
    for one in found.free:
        columns[clock.local_date(one.start)].free.append(one)
    return [column for column in columns.values() if is_working_weekday(column.day) or column.has_anything]


class _Shown(NamedTuple):
    """What the columns of some days show."""

    visits: list[Visit]
    held: list[Appointment]
    free: list[Free]


def _read(
    first: date,
    last: date,
    clinic: Clinic,
    *,
    kind: str,
    now: datetime,
    practitioner_id: int | None = None,
    room_id: int | None = None,
) -> _Shown:
    rows = visits_of_days(appointments(), first, last, practitioner_id=practitioner_id, room_id=room_id)
    # when somebody came is said of a day; for a week it would be a query too many
    visits = with_assessments(rows.order_by("start_at", "pk"), with_changes=first == last)
    note_alerts(visits, now=now)
    search = Search(KINDS[kind], first, last, practitioner_id)
    held = clinic.being_booked(practitioner_id=practitioner_id, room_id=room_id)
    return _Shown(visits, held, _free(search, clinic, room_id=room_id, now=now))


def visits_of_days(
    rows: QuerySet[Appointment],
    first: date,
    last: date,
    *,
    practitioner_id: int | None = None,
    room_id: int | None = None,
) -> QuerySet[Appointment]:
    """Those of these appointments that columns of the local days from `first` to `last` show."""
    shown = local_days(first, last, clock.zone())
    rows = rows.filter(start_at__gte=shown.start, start_at__lt=shown.end).exclude(status__in=LEFT_OUT)
    if practitioner_id is not None:
        rows = rows.filter(practitioner=practitioner_id)
    return rows if room_id is None else rows.filter(room=room_id)


def _free(search: Search, clinic: Clinic, *, room_id: int | None, now: datetime) -> list[Free]:
    """Free times in the rooms of the sessions themselves, so that no time is offered twice; places in classes stand at
    the classes.
    """
    wish = Wish(kind=search.kind.code)
    return [
        Free(
            slot.start,
            slot.end,
            clinic.people[slot.practitioner_id],
            clinic.rooms[slot.room_id],
            wish.at(slot.start, slot.practitioner_id, slot.room_id).query,
        )
        for slot in free_slots(search, now=now)
        if not slot.taken
        and room_id in (None, slot.room_id)
        and slot.practitioner_id in clinic.people
        and slot.room_id in clinic.rooms
    ]


def patients_in(columns: Iterable[CalendarColumn]) -> set[int]:
    """Whom these columns show."""
    return {visit.appointment.patient_id for column in columns for visit in column.visits}
