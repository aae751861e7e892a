"""The time grid of a view of the diary: its columns with every entry in its place, from what the columns show."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from injections.assessment.visits import Visit
from injections.booking.wish import Wish
from injections.calendar.columns import CalendarColumn
from injections.calendar.opening import Clinic
from injections.calendar.placed import (
    DAY_MINUTES,
    GridEntry,
    What,
    after_cleaning,
    hours_of,
    in_order,
    minutes_of,
    side_by_side,
    within,
)
from pht_clinic import clock
from pht_clinic.periods import Period
from scheduling.availability.weekly import Session
from scheduling.models import Appointment
from scheduling.states import HOLDING


@dataclass(frozen=True, slots=True)
class ClassInGrid:
    """A class, once, with those of its visits that a column shows, one or more; `now` is when it is looked at."""

    participants: list[Visit]
    now: datetime

    @property
    def one(self) -> Appointment:
        """Any of them: time, kind, practitioner, room and class are the same of all."""
        return self.participants[0].appointment

    @property
    def taken(self) -> int:
        """How many of its places are taken."""
        return sum(visit.appointment.status in HOLDING for visit in self.participants)

    @property
    def has_room(self) -> bool:
        return self.taken < (self.one.seats or 0) and self.one.start_at > self.now

    @property
    def query(self) -> str:
        """What carries its time into a booking."""
        one = self.one
        return Wish(kind=one.kind).at(one.start_at, one.practitioner_id, one.room_id).query


@dataclass(frozen=True, slots=True)
class GridColumn:
    """A column with its entries in place. `opens` says in words what is open."""

    shows: CalendarColumn
    opens: list[str]
    entries: list[GridEntry]
    lanes: int


@dataclass(frozen=True, slots=True)
class Grid:
    """All columns beside the hours of the clinic's wall clock from `opens` to `closes`. `now` is the line at this
    moment, None where it lies outside what is shown.
    """

    opens: int
    closes: int
    columns: list[GridColumn]
    now: GridEntry | None

    @property
    def hours(self) -> list[tuple[int, str]]:
        return [(hour, f"{hour:02}:00") for hour in range(self.opens, self.closes)]


def grid_of(
    columns: Sequence[CalendarColumn], clinic: Clinic, *, beside: str, with_free: bool = True, now: datetime
) -> Grid:
    """`beside` is what sessions are named by: "room", "practitioner", or "" where they are of everybody.

    Without `with_free` free times are not drawn.
    """
    drawn = [_entries(column, clinic, with_free=with_free, now=now) for column in columns]
    hours = hours_of(entry for entries in drawn for entry in entries)
    found, line = [], None
    for column, entries in zip(columns, drawn, strict=True):
        behind = _behind(column.day, hours, now=now)
        line = line or next((one for one in behind if one.what == What.NOW), None)
        shown = within([*entries, *behind], hours)
        after_cleaning(shown)
        lanes = side_by_side(shown)
        found.append(GridColumn(column, _opens(column.sessions, clinic, beside), in_order(shown), lanes))
    return Grid(*hours, found, line)


def _entries(column: CalendarColumn, clinic: Clinic, *, with_free: bool, now: datetime) -> list[GridEntry]:
    day, zone = column.day, clock.zone()
    found = [GridEntry(What.OPEN, *minutes_of(one.period, day, zone)) for one in column.sessions]
    found += [GridEntry(What.CLOSED, one.starts, one.ends, says=one.says) for one in clinic.shut(day, column.sessions)]
    for shown in _classes_once(column.visits, now=now):
        row = shown.appointment if isinstance(shown, Visit) else shown.one
        found.append(GridEntry(What.VISIT, *minutes_of(Period(row.start_at, row.end_at), day, zone), shown))
        found += _cleaning(row, day)
    for hold in column.held:
        found.append(GridEntry(What.HELD, *minutes_of(Period(hold.start_at, hold.end_at), day, zone), hold))
    if with_free:
        found += [GridEntry(What.FREE, *minutes_of(Period(one.start, one.end), day, zone), one) for one in column.free]
    return found


def _classes_once(visits: Iterable[Visit], *, now: datetime) -> list[Visit | ClassInGrid]:
    """These visits, those of one class together, in order of time."""
    found: list[Visit | ClassInGrid] = []
    classes: dict[tuple[int, datetime], ClassInGrid] = {}
    for visit in visits:
        row = visit.appointment
        if row.group_id is None:
            found.append(visit)
        elif (together := classes.get((row.group_id, row.start_at))) is not None:
            together.participants.append(visit)
        else:
            classes[row.group_id, row.start_at] = ClassInGrid([visit], now)
            found.append(classes[row.group_id, row.start_at])
    return found


def _cleaning(row: Appointment, day: date) -> Iterator[GridEntry]:
    """The time after a visit for which its room is kept."""
    until = row.room_during.upper
    if row.status in HOLDING and until > row.end_at:
        minutes = minutes_of(Period(row.end_at, until), day, clock.zone())
        yield GridEntry(What.CLEANING, *minutes, says=f"{row.room} being cleaned")


def _behind(day: date, hours: tuple[int, int], *, now: datetime) -> list[GridEntry]:
    """What is past of a day, and the line at this moment."""
    there = now.astimezone(clock.zone())
    first, last = hours[0] * 60, hours[1] * 60
    if day != there.date():
        return [GridEntry(What.PAST, first, last, says="Past")] if day < there.date() else []
    minute = there.hour * 60 + there.minute
    line = f"Now {there:%H:%M}"
    found = [GridEntry(What.PAST, first, min(minute, last), says="Past")] if minute > first else []
    if first <= minute < last:
        found.append(GridEntry(What.NOW, minute, min(minute + 1, DAY_MINUTES), says=line))
    return found


def _opens(sessions: Iterable[Session], clinic: Clinic, beside: str) -> list[str]:
    """The sessions in words: "08:00 to 12:00, Ultrasound 1"; those of everybody as the hours from first to last."""
    held = list(sessions)
    if held and not beside:
        return [_hours(Period(min(one.period.start for one in held), max(one.period.end for one in held)))]
    return [f"{_hours(one.period)}, {_named(clinic, one, beside)}" for one in held]


def _named(clinic: Clinic, session: Session, beside: str) -> str:
    if beside == "room":
        room = clinic.rooms.get(session.room_id)
        return str(room) if room else "room out of use"
    return str(clinic.people[session.practitioner_id])


def _hours(period: Period) -> str:
    start, end = (one.astimezone(clock.zone()) for one in (period.start, period.end))
    return f"{start:%H:%M} to {end:%H:%M}"
