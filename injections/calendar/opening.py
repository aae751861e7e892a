"""Who works where and when, and what is closed, on the days that a view of the diary shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from injections.booking.holds.hold import being_booked
from injections.calendar.placed import gaps, minutes_of
from pht_clinic import clock
from pht_clinic.periods import Period, local_days
from pht_clinic.rows import together
from scheduling.availability.sessions import sessions_on, weeklies
from scheduling.availability.weekly import Session, Weekly
from scheduling.clinic.closed_words import closed_when
from scheduling.models import Appointment, Closure, Practitioner, Room

LUNCH_MINUTES = (11 * 60 + 30, 14 * 60 + 30)
"""A pause that touches this stretch of the clinic's wall clock is called lunch."""


@dataclass(frozen=True, slots=True)
class Shut:
    """A stretch in which nobody can be booked, minutes of its day, and its words."""

    starts: int
    ends: int
    says: str


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who and what can be booked, by id; their weekly sessions, what is closed between two local days, and the times
    there that somebody is just booking.
    """

    people: dict[int, Practitioner]
    rooms: dict[int, Room]
    weekly: list[Weekly]
    closures: list[Closure]
    held: list[Appointment]

    @classmethod
    def read(cls, first: date, last: date, *, now: datetime) -> Clinic:
        """For the local days from `first` to `last`, both included. Two queries."""
        days = local_days(first, last, clock.zone())
        people, rooms, closures, held = together(
            Practitioner.objects.filter(active=True),
            Room.objects.filter(active=True),
            Closure.objects.filter(ends_at__gt=days.start, starts_at__lt=days.end),
            being_booked(days.start, days.end, now=now).filter(start_at__gte=days.start).select_related(None),
        )
        weekly = weeklies(from_on=first, to_on=last, practitioners=[one.pk for one in people])
        who, where = {one.pk: one for one in people}, {one.pk: one for one in rooms}
        return cls(who, where, weekly, closures, _placed(held, who, where))

    @property
    def marks(self) -> list[object]:
        """What tells it from what managers, and whoever is booking, may make of it."""
        rows: list[Any] = [*self.people.values(), *self.rooms.values(), *self.closures]
        held = ((one.pk, one.held_until) for one in self.held)
        return [*held, *((row._meta.model_name, row.pk, row.revision) for row in rows), *sorted(map(repr, self.weekly))]

    def sessions(self, day: date, *, practitioner_id: int | None = None, room_id: int | None = None) -> list[Session]:
        """The sessions of that local day, of everybody, one practitioner or one room, in order of time."""
        return sorted(
            one
            for one in sessions_on(day, self.weekly)
            if practitioner_id in (None, one.practitioner_id) and room_id in (None, one.room_id)
        )

    def being_booked(self, *, practitioner_id: int | None = None, room_id: int | None = None) -> list[Appointment]:
        """The times that somebody is just booking, of everybody, one practitioner or one room."""
        return [
            one
            for one in self.held
            if practitioner_id in (None, one.practitioner_id) and room_id in (None, one.room_id)
        ]

    def shut(self, day: date, sessions: Iterable[Session]) -> list[Shut]:
        """What is closed on that day for those who hold these sessions, and their pauses between them.

        Of the closures of one practitioner or one room those alone whom a session of that day concerns.
        """
        held, zone = list(sessions), clock.zone()
        people, rooms = {one.practitioner_id for one in held}, {one.room_id for one in held}
        found = [
            Shut(*minutes_of(Period(one.starts_at, one.ends_at), day, zone), self._words(one))
            for one in self._on(day)
            if _concerns(one, people, rooms)
        ]
        pauses = gaps(minutes_of(one.period, day, zone) for one in held)
        return [*found, *(Shut(starts, ends, _pause(starts, ends)) for starts, ends in pauses)]

    def closed_on(self, day: date) -> list[str]:
        """What closes the whole clinic on some of that local day, each in a sentence."""
        whole = [one for one in self._on(day) if one.practitioner_id is None and one.room_id is None]
        return [f"{closed_when(one.starts_at, one.ends_at)}. {self._words(one)}" for one in whole]

    def _on(self, day: date) -> list[Closure]:
        whole = local_days(day, day, clock.zone())
        return [one for one in self.closures if one.starts_at < whole.end and one.ends_at > whole.start]

    def _words(self, closure: Closure) -> str:
        """ "Dr Imogen Hale away: Congress", "Ultrasound 1 closed", "Closed: Stocktaking"."""
        whose, where = self.people.get(closure.practitioner_id or 0), self.rooms.get(closure.room_id or 0)
        closed = f"{whose} away" if whose else f"{where} closed" if where else "Closed"
        return f"{closed}: {closure.reason}" if closure.reason else closed


def _concerns(closure: Closure, people: set[int], rooms: set[int]) -> bool:
    if closure.practitioner_id is not None:
        return closure.practitioner_id in people
    return closure.room_id is None or closure.room_id in rooms


def _pause(starts: int, ends: int) -> str:
    return "Lunch" if starts < LUNCH_MINUTES[1] and ends > LUNCH_MINUTES[0] else "No session"


def _placed(
    held: Iterable[Appointment], who: Mapping[int, Practitioner], where: Mapping[int, Room]
) -> list[Appointment]:
    """Those with somebody and in a room that can still be booked, which they carry, so that nobody asks for them."""
    found = [one for one in held if one.practitioner_id in who and one.room_id in where]
    for one in found:
        one.practitioner, one.room = who[one.practitioner_id], where[one.room_id]
    return found
