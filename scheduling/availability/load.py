"""How full the diary is, day by day: booked of bookable time, and why a day has none. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, fields
from datetime import date, datetime, timedelta

from pht_clinic import clock
from pht_clinic.periods import Period, local_days
from pht_clinic.rows import together
from scheduling.availability.bank_holidays import is_working_weekday, names_of_bank_holidays
from scheduling.availability.busy import BusyTimes
from scheduling.availability.sessions import ClosedTimes, sessions_on
from scheduling.availability.weekly import Session, Weekly, without
from scheduling.models import Closure, Practitioner, Room, Schedule

_NONE = timedelta(0)
_OF_SCHEDULE = tuple(field.name for field in fields(Weekly))


@dataclass(frozen=True, slots=True)
class DayLoad:
    """A local day: how much time of practitioners, all of them together, can be booked, and how much of it is taken.

    `bookable` is their sessions less what is closed, `booked` what visits and times that somebody holds take of it; a
    class counts once, whoever comes to it. `has_session`: somebody has one, closed or not. `named` is the bank holiday,
    or why nothing is bookable; "" on other days.
    """

    on: date
    has_session: bool
    bookable: timedelta
    booked: timedelta
    named: str = ""

    @property
    def percent(self) -> int | None:
        """Booked of bookable, rounded down, so that 100 is full; None where nothing is bookable."""
        return int(100 * self.booked / self.bookable) if self.bookable else None


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens and what closes the diary between two local days, both included: the weekly sessions of everybody, the
    closures, and who and which rooms can be booked.
    """

    first: date
    last: date
    people: Set[int]
    rooms: Set[int]
    weekly: list[Weekly]
    closures: list[Closure]

    @classmethod
    def read(cls, first: date, last: date) -> Opening:
        """One query."""
        window = local_days(first, last, clock.zone())
        people, rooms, schedules, closures = together(
            Practitioner.objects.filter(active=True),
            Room.objects.filter(active=True),
            Schedule.objects.filter(valid_from__lte=last).exclude(valid_to__lt=first),
            Closure.objects.filter(ends_at__gt=window.start, starts_at__lt=window.end),
        )
        return cls(
            first,
            last,
            {one.pk for one in people},
            {one.pk for one in rooms},
            [Weekly(*(getattr(one, name) for name in _OF_SCHEDULE)) for one in schedules],
            closures,
        )

    @property
    def bookable(self) -> list[Weekly]:
        """The weekly sessions of people who take visits, in rooms that are in use."""
        return [one for one in self.weekly if one.practitioner_id in self.people and one.room_id in self.rooms]


def load_of(opening: Opening, first: date, last: date, *, now: datetime) -> list[DayLoad]:
    """Each local day from `first` to `last` on which the clinic works or has a session. One query.

    They lie within the opening, and in the future: visits that have their outcome take no time any more.
    """
    weekly, window = opening.bookable, local_days(first, last, clock.zone())
    holders = {one.practitioner_id for one in weekly}
    busy = BusyTimes(window, practitioners=holders, rooms=(), patient_id=None, now=now)
    holidays = names_of_bank_holidays(first, last)
    found = []
    for day in (first + timedelta(days=number) for number in range((last - first).days + 1)):
        opened = sessions_on(day, (one for one in weekly if one.weekday == day.weekday()))
        if opened or is_working_weekday(day):
            found.append(_of_day(day, opened, opening.closures, busy, holidays.get(day, "")))
    return found


def _of_day(
    day: date, opened: Iterable[Session], closures: Sequence[Closure], busy: BusyTimes, holiday: str
) -> DayLoad:
    closed, held = ClosedTimes.of_rows(closures), list(opened)
    bookable, booked = _NONE, _NONE
    for session in held:
        taken = busy.of_practitioner(session.practitioner_id, session.period)
        for free in without(session.period, closed.of(session.practitioner_id, session.room_id)):
            bookable += free.end - free.start
            booked += sum((_shared(free, one) for one in taken), _NONE)
    named = holiday if bookable or holiday else _why_closed(day, held, closures)
    return DayLoad(day, bool(held), bookable, booked, named)


def _shared(one: Period, other: Period) -> timedelta:
    return max(min(one.end, other.end) - max(one.start, other.start), _NONE)


def _why_closed(day: date, opened: Sequence[Session], closures: Iterable[Closure]) -> str:
    """Why nothing can be booked on a day that is no bank holiday."""
    if not opened:
        return "No session"
    whole = local_days(day, day, clock.zone())
    reasons = [
        one.reason
        for one in closures
        if one.practitioner_id is None
        and one.room_id is None
        and one.starts_at < whole.end
        and one.ends_at > whole.start
    ]
    if not reasons:
        return "Nobody can be booked"
    return f"Closed: {reasons[0]}" if reasons[0] else "Closed"
