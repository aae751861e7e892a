"""Where and when a visit would be, and who is in its way."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor
from pht_clinic.periods import Period
from pht_clinic.rows import fetch_all
from scheduling.kinds import Kind
from scheduling.models import Appointment
from scheduling.states import KEEPS_TIME, Status


class Clash(Conflict):
    """Somebody else has that time. `extra["clashes"]` names each by resource, appointment and times; one that is only
    held also by whom and until when.
    """

    code = "clash"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a visit would be: who, which room, and both stretches of time.

    `group` is the kind of a class, "" for a visit by itself: the class at the same time, with the same person in the
    same room shares both. `with_group` is a class that goes there as one: whoever takes part is in nobody's way.
    """

    patient_id: int
    practitioner_id: int
    room_id: int
    during: Period
    room_during: Period
    group: str = ""
    with_group: int | None = None

    @classmethod
    def of(cls, kind: Kind, start: datetime, *, patient_id: int, practitioner_id: int, room_id: int) -> Place:
        during = Period(start, start + kind.duration)
        room_during = Period(start, during.end + kind.room_buffer)
        group = kind.code if kind.is_group else ""
        return cls(patient_id, practitioner_id, room_id, during, room_during, group)

    def overlaps(self, other: Place) -> bool:
        """Whether both could not stand in one diary."""
        shares_people = self.patient_id == other.patient_id or self.practitioner_id == other.practitioner_id
        shares_room = self.room_id == other.room_id
        return (shares_people and self.during.overlaps(other.during)) or (
            shares_room and self.room_during.overlaps(other.room_during)
        )


@dataclass(frozen=True, slots=True)
class Taken:
    """A visit, or a time held by somebody (`held_until` and `held_by` say so), that stands in the way of a place."""

    id: int
    resources: tuple[str, ...]
    start: datetime
    end: datetime
    held_until: datetime | None
    held_by: str

    def as_clash(self) -> list[dict[str, object]]:
        held = {"held_by": self.held_by, "held_until": self.held_until.isoformat()} if self.held_until else {}
        times = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return [{"resource": name, "appointment": str(self.id), **times, **held} for name in self.resources]


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Who is in the way of a place; the holds there whose time is up, which are not; and whoever asks may hold a time
    for this patient already, there or elsewhere (`own`); of the very place, `own_until` says until when. Of a class,
    `seats` is how many places it has and `seats_taken` how many of them others have; nobody has begun one: 0 and 0.
    """

    taken: tuple[Taken, ...]
    run_out: tuple[int, ...]
    own: int | None
    own_until: datetime | None
    seats: int = 0
    seats_taken: int = 0

    def check_nobody(self) -> None:
        """Raise Clash, naming everybody who is in the way."""
        if not self.taken:
            return
        clashes = [clash for one in self.taken for clash in one.as_clash()]
        holding = [one for one in self.taken if one.held_until]
        if len(holding) == len(self.taken):
            raise Clash(_held(holding[0]), extra={"clashes": clashes})
        nouns = sorted({str(clash["resource"]) for clash in clashes})
        if nouns == [_IN_CLASS]:
            raise Clash(f"All {self.seats} places of this class are taken.", extra={"clashes": clashes})
        raise Clash(f"That time is already taken ({', '.join(nouns)}).", extra={"clashes": clashes})


_KEEPS = ", ".join(repr(status.value) for status in KEEPS_TIME)
_COLUMNS = (
    "id, patient_id, practitioner_id, room_id, start_at, end_at, held_until, held_by_id, held_by_name, status, kind, "
    "group_id, seats"
)
_IN_THE_WAY = f"""
SELECT {_COLUMNS}
  FROM {Appointment._meta.db_table}
 WHERE status IN ({_KEEPS}) AND id <> %(excluding)s
   AND (patient_id = %(patient)s AND during && %(during)s
        OR practitioner_id = %(practitioner)s AND during && %(during)s
        OR room_id = %(room)s AND room_during && %(room_during)s)
 UNION
SELECT {_COLUMNS}
  FROM {Appointment._meta.db_table}
 WHERE status = '{Status.PROPOSED}' AND patient_id = %(patient)s AND held_by_id IS NOT DISTINCT FROM %(holder)s
 ORDER BY start_at, id
"""  # noqa: S608 - nothing but the table's own name and the states are put in
_END = f"DELETE FROM {Appointment._meta.db_table} WHERE status = '{Status.PROPOSED}' AND id = ANY(%s)"  # noqa: S608 - as above


def in_the_way(place: Place, *, excluding: int | None = None, by: Actor, now: datetime) -> InTheWay:
    """Who is in the way of a place; `excluding` is the visit being moved. One query; changes nothing.

    What whoever asks holds for this patient is in the way of others alone. Boundary: at `held_until` its time is up.
    """
    values = {
        "patient": place.patient_id,
        "practitioner": place.practitioner_id,
        "room": place.room_id,
        "during": DateTimeTZRange(place.during.start, place.during.end),
        "room_during": DateTimeTZRange(place.room_during.start, place.room_during.end),
        "excluding": excluding or 0,
        "holder": by.user_id,
    }
    taken: list[Taken] = []
    run_out: list[int] = []
    fellows: list[_Row] = []
    own: _Row | None = None
    for row in map(_Row._make, fetch_all(_IN_THE_WAY, values)):
        if row.status == Status.PROPOSED and (row.patient, row.holder) == (place.patient_id, by.user_id):
            own = row
        elif row.until is not None and row.until <= now:
            run_out.append(row.pk)
        else:
            fellows += [row] if row.is_fellow_at(place) else []
            taken += row.as_taken(row.resources_of(place))
    seats = fellows[0].seats if fellows else 0
    taken += _full(fellows, seats)
    own_until = own.until if own and own.is_at(place) and own.until > now else None
    return InTheWay(tuple(taken), tuple(run_out), own.pk if own else None, own_until, seats, len(fellows))


_IN_CLASS = "class"
"""What whoever has one of the last places of a full class keeps."""


def _full(fellows: Sequence[_Row], seats: int) -> list[Taken]:
    """Everybody in a class that has no place left."""
    return [one for row in fellows for one in row.as_taken((_IN_CLASS,))] if len(fellows) >= seats else []


class _Row(NamedTuple):
    """A visit, or a time held, that shares something with a place; its columns are `_COLUMNS`."""

    pk: int
    patient: int
    practitioner: int
    room: int
    start: datetime
    end: datetime
    until: Any
    holder: int | None
    holder_name: str
    status: str
    kind: str
    group: int | None
    seats: int

    def is_at(self, place: Place) -> bool:
        there = (place.practitioner_id, place.room_id, place.during.start)
        return (self.practitioner, self.room, self.start) == there

    def is_fellow_at(self, place: Place) -> bool:
        """Whether it takes part in the class that a place is of. Where a whole class goes, another is in its way."""
        is_there = self.group is not None and self.kind == place.group and self.is_at(place)
        return is_there and place.with_group in (None, self.group)

    def resources_of(self, place: Place) -> tuple[str, ...]:
        """What of the place it keeps for itself."""
        is_apart = not self.is_fellow_at(place) and (place.with_group is None or self.group != place.with_group)
        shared = (
            ("patient", self.patient == place.patient_id),
            ("practitioner", is_apart and self.practitioner == place.practitioner_id),
            ("room", is_apart and self.room == place.room_id),
        )
        return tuple(noun for noun, same in shared if same)

    def as_taken(self, resources: tuple[str, ...]) -> list[Taken]:
        """It as somebody in the way; nothing where it keeps nothing."""
        seen = Taken(self.pk, resources, self.start, self.end, self.until, self.holder_name)
        return [seen] if resources else []


def check_free(place: Place, *, excluding: int | None = None, by: Actor, now: datetime) -> int | None:
    """Raise Clash naming everybody in the way; `excluding` is the visit being moved. Ask under the locks.

    Holds there whose time is up are ended. Returns what `by` holds for this patient, there or elsewhere, if anything:
    it is for whoever writes to book it or to give it back.
    """
    found = in_the_way(place, excluding=excluding, by=by, now=now)
    found.check_nobody()
    end_holds(found.run_out)
    return found.own


def end_holds(ids: Collection[int]) -> None:
    """End these holds, if they are there: nothing is left of them. Under the locks of whoever needs their time."""
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_END, [list(ids)])


def _held(taken: Taken) -> str:
    assert taken.held_until is not None  # noqa: S101 - asked before
    until = f"{taken.held_until.astimezone(clock.zone()):%H:%M}"
    who = "the patient themselves" if not taken.held_by else taken.held_by
    return f"That time is being booked by {who}, who has it until {until}."
