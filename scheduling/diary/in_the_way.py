"""Who is in the way of a place, what is not, and whether it can be had."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.rows import fetch_all
from scheduling.diary.places import Clash, Place, end_holds
from scheduling.models import Appointment
from scheduling.states import KEEPS_TIME, Status


@dataclass(frozen=True, slots=True)
class Taken:
    """A visit, or a time held by somebody (`held_until` and `held_by` say so), that stands in the way of a place."""

    id: int
    resources: tuple[str, ...]
    start: datetime
    end: datetime
    held_until: datetime | None
    held_by: str

    @property
    def sentence(self) -> str:
        """Who is booking it, and until when they have it; "" of a visit."""
        who = self.held_by or "the patient themselves"
        until = self.held_until and f"{self.held_until.astimezone(clock.zone()):%H:%M}"
        return f"That time is being booked by {who}, who has it until {until}." if until else ""

    def as_clash(self) -> list[dict[str, object]]:
        held = {"held_by": self.held_by, "held_until": self.held_until.isoformat()} if self.held_until else {}
        times = {"start": self.start.isoformat(), "end": self.end.isoformat()}
        return [{"resource": name, "appointment": str(self.id), **times, **held} for name in self.resources]


@dataclass(frozen=True, slots=True)
class InTheWay:
    """Who is in the way of a place; the holds there whose time is up, which are not; and what whoever asks holds, which
    never is: `own` for this patient already, there or elsewhere, or there for nobody yet; of the very place,
    `own_until` says until when; `gives_way` is what of theirs for others could not stand beside it. Of a class, `seats`
    is how many places it has and `seats_taken` how many of them others have; nobody has begun one: 0 and 0.
    """

    taken: tuple[Taken, ...]
    run_out: tuple[int, ...]
    own: int | None
    own_until: datetime | None
    gives_way: tuple[int, ...] = ()
    seats: int = 0
    seats_taken: int = 0

    @property
    def sentence(self) -> str:
        """Why the place cannot be had; "" where nobody is in the way."""
        holding = [one for one in self.taken if one.held_until]
        if not self.taken or len(holding) == len(self.taken):
            return holding[0].sentence if holding else ""
        nouns = sorted({name for one in self.taken for name in one.resources})
        if nouns == [_IN_CLASS]:
            return f"All {self.seats} places of this class are taken."
        return f"That time is already taken ({', '.join(nouns)})."

    def check_nobody(self) -> None:
        """Raise Clash, naming everybody who is in the way."""
        if self.taken:
            clashes = [clash for one in self.taken for clash in one.as_clash()]
            raise Clash(self.sentence, extra={"clashes": clashes})


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
 WHERE status = '{Status.PROPOSED}' AND patient_id IS NOT DISTINCT FROM %(patient)s
   AND held_by_id IS NOT DISTINCT FROM %(holder)s
 ORDER BY start_at, id
"""  # noqa: S608 - nothing but the table's own name and the states are put in
_WANTED = (
    "unnest(%(patients)s::bigint[], %(practitioners)s::bigint[], %(rooms)s::bigint[], %(starts)s::timestamptz[],"
    " %(ends)s::timestamptz[], %(room_ends)s::timestamptz[]) WITH ORDINALITY"
    " AS wanted (patient, practitioner, room, starts, ends, room_ends, number)"
)
_IN_THE_WAY_OF_EACH = f"""
SELECT wanted.number, {_COLUMNS}
  FROM {_WANTED} CROSS JOIN LATERAL (
       SELECT {_COLUMNS}
         FROM {Appointment._meta.db_table}
        WHERE status IN ({_KEEPS}) AND NOT id = ANY(%(excluding)s)
          AND (patient_id = wanted.patient AND during && tstzrange(wanted.starts, wanted.ends)
               OR practitioner_id = wanted.practitioner AND during && tstzrange(wanted.starts, wanted.ends)
               OR room_id = wanted.room AND room_during && tstzrange(wanted.starts, wanted.room_ends))
        UNION
       SELECT {_COLUMNS}
         FROM {Appointment._meta.db_table}
        WHERE status = '{Status.PROPOSED}' AND patient_id = wanted.patient
          AND held_by_id IS NOT DISTINCT FROM %(holder)s) AS found
 ORDER BY wanted.number, start_at, id
"""  # noqa: S608 - as above


def in_the_way(place: Place, *, excluding: int | None = None, by: Actor, now: datetime) -> InTheWay:
    """Who is in the way of a place; `excluding` is the visit being moved. One query; changes nothing.

    What whoever asks holds is in the way of others alone. Boundary: at `held_until` its time is up.
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
    return _read(place, fetch_all(_IN_THE_WAY, values), by=by, now=now)


def in_the_way_of_each(
    places: Sequence[Place], *, excluding: Collection[int] = (), by: Actor, now: datetime
) -> list[InTheWay]:
    """The same of each of several places of one patient; `excluding` are the visits being moved. One query."""
    values = {
        "patients": [one.patient_id for one in places],
        "practitioners": [one.practitioner_id for one in places],
        "rooms": [one.room_id for one in places],
        "starts": [one.during.start for one in places],
        "ends": [one.during.end for one in places],
        "room_ends": [one.room_during.end for one in places],
        "excluding": list(excluding),
        "holder": by.user_id,
    }
    found: dict[int, list[tuple[Any, ...]]] = {}
    for number, *row in fetch_all(_IN_THE_WAY_OF_EACH, values):
        found.setdefault(number, []).append(tuple(row))
    return [_read(place, found.get(number, []), by=by, now=now) for number, place in enumerate(places, start=1)]


def _read(place: Place, rows: Iterable[tuple[Any, ...]], *, by: Actor, now: datetime) -> InTheWay:
    found = _sorted(place, rows, by=by, now=now)
    own = _own(found.mine, place)
    fellows = [row for row in found.others if row.is_fellow_at(place)]
    beside = [row for row in found.mine if row is not own and row.is_fellow_at(place)]
    seats = next((row.seats for row in (*fellows, *beside)), 0)
    taken = [one for row in found.others for one in row.as_taken(row.resources_of(place))]
    too_many = max(0, len(fellows) + len(beside) + 1 - seats)
    return InTheWay(
        taken=(*taken, *_full(fellows, seats)),
        run_out=_ids(found.run_out),
        own=own.pk if own else None,
        own_until=_until(found.mine, place, now=now),
        gives_way=(*_not_beside(found.mine, own, place), *_ids(beside[:too_many])),
        seats=seats,
        seats_taken=len(fellows) + len(beside),
    )


class _Sorted(NamedTuple):
    """What shares something with a place: of whoever asks, of a hold whose time is up, of others."""

    mine: list[_Row]
    run_out: list[_Row]
    others: list[_Row]


def _sorted(place: Place, rows: Iterable[tuple[Any, ...]], *, by: Actor, now: datetime) -> _Sorted:
    found = _Sorted([], [], [])
    for row in map(_Row._make, rows):
        if row.is_held_by(by, place):
            found.mine.append(row)
        elif row.until is not None and row.until <= now:
            found.run_out.append(row)
        else:
            found.others.append(row)
    return found


def _own(mine: Sequence[_Row], place: Place) -> _Row | None:
    """What whoever asks holds for this patient, else for nobody yet."""
    fitting = [row for row in mine if row.patient in (place.patient_id, None)]
    return max(fitting, key=lambda row: row.patient or 0, default=None)


def _ids(rows: Iterable[_Row]) -> tuple[int, ...]:
    return tuple(row.pk for row in rows)


def _not_beside(mine: Iterable[_Row], own: _Row | None, place: Place) -> tuple[int, ...]:
    """What else they hold that could not stand beside a visit there."""
    return _ids(row for row in mine if row is not own and row.resources_of(place))


def _until(mine: Iterable[_Row], place: Place, *, now: datetime) -> datetime | None:
    """Until when they hold the very place."""
    return max((row.until for row in mine if row.is_at(place) and row.until > now), default=None)


_IN_CLASS = "class"
"""What whoever has one of the last places of a full class keeps."""


def _full(fellows: Sequence[_Row], seats: int) -> list[Taken]:
    """Everybody in a class that has no place left."""
    return [one for row in fellows for one in row.as_taken((_IN_CLASS,))] if len(fellows) >= seats else []


class _Row(NamedTuple):
    """A visit, or a time held, that shares something with a place; its columns are `_COLUMNS`."""

    pk: int
    patient: int | None
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

    def is_held_by(self, by: Actor, place: Place) -> bool:
        """Whether it is held by whoever asks, for whomever; a patient, who has no user, holds for themselves."""
        is_theirs = self.status == Status.PROPOSED and self.holder == by.user_id
        return is_theirs and (by.user_id is not None or self.patient == place.patient_id)

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
            ("patient", self.patient is not None and self.patient == place.patient_id),
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

    Holds there whose time is up are ended, and so are those of `by` that could not stand beside it. Returns the hold
    whose place it takes, the one that was named, wherever it is, or else what `by` holds for this patient, if anything:
    it is for whoever writes to book it or to give it back.
    Raises also: Invalid (the hold that was named has ended).
    """
    if place.hold is not None:
        _check_named(place.hold, by=by, now=now)
    found = in_the_way(place, excluding=excluding, by=by, now=now)
    found.check_nobody()
    used = place.hold or found.own
    end_holds({*found.run_out, *found.gives_way, *([found.own] if found.own else [])} - {used})
    return used


def _check_named(hold_id: int, *, by: Actor, now: datetime) -> None:
    """Raise Invalid where there is no such hold any more, and Clash, saying until when, where it is somebody else's.

    One that lapsed is gone, whether it was swept up yet or not.
    """
    row = Appointment.holds.filter(pk=hold_id, held_until__gt=now).first()
    if row is None:
        raise Invalid.field("hold", "This hold has ended. Book without it, or hold a time again.")
    if by.user_id is None or row.held_by_id != by.user_id:
        seen = Taken(row.pk, ("practitioner", "room"), row.start_at, row.end_at, row.held_until, row.held_by_name)
        raise Clash(seen.sentence, extra={"clashes": seen.as_clash()})
