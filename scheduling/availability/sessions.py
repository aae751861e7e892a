"""May a visit of this kind stand here: the kind, the people, the room, the opening hours. Reads only."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import chain

from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.periods import Period
from pht_clinic.rows import fetch_all
from scheduling.availability.bank_holidays import bank_holidays
from scheduling.availability.weekly import Session, Weekly, joined, sessions
from scheduling.diary.places import Place
from scheduling.kinds import GRID_MINUTES, Kind
from scheduling.models import Appointment, Closure, Practitioner, Room, Schedule
from scheduling.states import HOLDING

# Written as SQL because every booking and every search begins with them: putting them together anew costs more than
# the database's answer.
_WEEKLIES = f"""
SELECT practitioner_id, room_id, weekday, opens, closes, valid_from, valid_to, every_weeks
  FROM {Schedule._meta.db_table}
 WHERE valid_from <= %s AND (valid_to IS NULL OR valid_to >= %s)
"""  # noqa: S608 - nothing but the tables' own names is put in, here and below
_OF_PRACTITIONERS = f"{_WEEKLIES} AND practitioner_id = ANY(%s)"
_FOR_A_KIND = f"""{_WEEKLIES}
   AND practitioner_id IN (SELECT id FROM {Practitioner._meta.db_table} WHERE active AND %s = ANY (kinds))
   AND practitioner_id = coalesce(%s, practitioner_id)
   AND coalesce(%s, room_id) IN (
           SELECT id FROM {Room._meta.db_table} WHERE active AND (has_ultrasound OR NOT %s))
"""  # noqa: S608 - as above
_CLOSURES = f"""
SELECT starts_at, ends_at, practitioner_id, room_id
  FROM {Closure._meta.db_table}
 WHERE ends_at > %s AND starts_at < %s
 ORDER BY starts_at
"""  # noqa: S608 - as above


def weeklies(*, from_on: date, to_on: date, practitioners: Collection[int]) -> list[Weekly]:
    """The weekly sessions of these practitioners that are valid somewhere between these local dates. One query."""
    values = [to_on, from_on, list(practitioners)]
    return [Weekly(*row) for row in fetch_all(_OF_PRACTITIONERS, values)]


def weeklies_for(
    kind: Kind, *, from_on: date, to_on: date, practitioner_id: int | None = None, room_id: int | None = None
) -> list[Weekly]:
    """The weekly sessions between these local dates in which such a visit may stand: of this practitioner or of
    everyone, if active and taking it; in this room or else in the session's own, if in use and fit for it. One query.
    """
    values = [to_on, from_on, kind.code, practitioner_id, room_id, kind.needs_ultrasound]
    return [Weekly(*row) for row in fetch_all(_FOR_A_KIND, values)]


class ClosedTimes:
    """The closures that touch a stretch of time, by whom they close."""

    def __init__(self, rows: Iterable[tuple[datetime, datetime, int | None, int | None]]) -> None:
        self.clinic: list[Period] = []
        self.practitioners: dict[int, list[Period]] = {}
        self.rooms: dict[int, list[Period]] = {}
        for starts_at, ends_at, practitioner_id, room_id in rows:
            closed = Period(starts_at, ends_at)
            if practitioner_id is not None:
                self.practitioners.setdefault(practitioner_id, []).append(closed)
            elif room_id is not None:
                self.rooms.setdefault(room_id, []).append(closed)
            else:
                self.clinic.append(closed)

    @classmethod
    def of_rows(cls, rows: Iterable[Closure]) -> ClosedTimes:
        """Those that were read already."""
        return cls((one.starts_at, one.ends_at, one.practitioner_id, one.room_id) for one in rows)

    @classmethod
    def within(cls, period: Period) -> ClosedTimes:
        """Those of this stretch. One query."""
        return cls(fetch_all(_CLOSURES, [period.start, period.end]))

    def of(self, practitioner_id: int, room_id: int) -> list[Period]:
        """What is closed for this pair, sorted by start."""
        return sorted(chain(self.clinic, self.practitioners.get(practitioner_id, ()), self.rooms.get(room_id, ())))


def check_place(place: Place, *, kind: Kind, practitioner: Practitioner, room: Room, now: datetime) -> None:
    """Raise Invalid with every reason why a visit of this kind cannot stand here (422, never overridable).

    Boundary: a visit may start exactly now and may end exactly when the session closes.
    """
    problems = [*_problems_of_kind(kind, practitioner, room), *_problems_of_time(place, now)]
    if not problems and not is_open(place):
        problems.append(_closed(practitioner))
    if problems:
        raise Invalid(problems)


def problems_of_each(
    places: Sequence[Place], *, kind: Kind, people: Mapping[int, Practitioner], rooms: Mapping[int, Room], now: datetime
) -> list[list[FieldError]]:
    """For each of several places, in order of time, the reasons that `check_place` would give. Two queries."""
    days = [clock.local_date(place.during.start) for place in places]
    weekly = weeklies(from_on=min(days), to_on=max(days), practitioners={place.practitioner_id for place in places})
    closures = ClosedTimes.within(Period(places[0].during.start, max(place.room_during.end for place in places)))
    found = []
    for place, day in zip(places, days, strict=True):
        practitioner, room = people[place.practitioner_id], rooms[place.room_id]
        problems = [*_problems_of_kind(kind, practitioner, room), *_problems_of_time(place, now)]
        theirs = [one for one in weekly if one.practitioner_id == place.practitioner_id]
        if not problems and not _is_open(place, sessions_on(day, theirs), closures):
            problems.append(_closed(practitioner))
        found.append(problems)
    return found


def _closed(practitioner: Practitioner) -> FieldError:
    return FieldError("#/start", f"{practitioner.name} has no open session for the whole visit at that time.")


def _problems_of_kind(kind: Kind, practitioner: Practitioner, room: Room) -> list[FieldError]:
    problems = []
    if not practitioner.active:
        problems.append(FieldError("#/practitioner", f"{practitioner.name} no longer takes visits."))
    elif kind.code not in practitioner.kinds:
        problems.append(
            FieldError("#/practitioner", f"{practitioner.name} does not take visits of the kind {kind.code}.")
        )
    if not room.active:
        problems.append(FieldError("#/room", f"{room.name} is no longer in use."))
    elif kind.needs_ultrasound and not room.has_ultrasound:
        problems.append(FieldError("#/room", f"{room.name} has no ultrasound; a visit of this kind needs it."))
    return problems


def _problems_of_time(place: Place, now: datetime) -> list[FieldError]:
    start = place.during.start
    if start < now:
        return [FieldError("#/start", "The time is in the past.")]
    if start.second or start.microsecond or start.minute % GRID_MINUTES:
        return [FieldError("#/start", f"Visits start on a {GRID_MINUTES}-minute grid, for example at 09:05.")]
    return []


def sessions_on(day: date, weekly: Iterable[Weekly]) -> list[Session]:
    """The sessions among these that take place on that local date; those of one practitioner in one room that touch or
    overlap are one.
    """
    closed_on = bank_holidays(day, day)
    return joined(sessions(weekly, from_on=day, to_on=day, zone=clock.zone(), bank_holidays=closed_on))


def is_open(place: Place) -> bool:
    """Whether one session of the practitioner holds the whole visit and nothing closes it. Two queries."""
    day = clock.local_date(place.during.start)
    sessions_of_the_day = sessions_on(day, weeklies(from_on=day, to_on=day, practitioners=[place.practitioner_id]))
    if not any(session.period.contains(place.during) for session in sessions_of_the_day):
        return False
    return _is_open(place, sessions_of_the_day, ClosedTimes.within(place.room_during))


def _is_open(place: Place, sessions_of_the_day: Iterable[Session], closures: ClosedTimes) -> bool:
    if not any(session.period.contains(place.during) for session in sessions_of_the_day):
        return False
    closed = closures.of(place.practitioner_id, place.room_id)
    return not any(period.overlaps(place.during) for period in closed)


def default_room(*, practitioner_id: int, start: datetime) -> int | None:
    """The room of the practitioner's session at that instant; None where there is no session."""
    [room_id] = default_rooms(practitioner_id=practitioner_id, starts=[start])
    return room_id


def default_rooms(*, practitioner_id: int, starts: Sequence[datetime]) -> list[int | None]:
    """The same at each of these instants. One query."""
    days = [clock.local_date(start) for start in starts]
    weekly = weeklies(from_on=min(days), to_on=max(days), practitioners=[practitioner_id])
    return [_room_at(start, sessions_on(day, weekly)) for start, day in zip(starts, days, strict=True)]


def _room_at(start: datetime, sessions_of_the_day: Iterable[Session]) -> int | None:
    moment = Period(start, start + timedelta(minutes=1))
    return next((one.room_id for one in sessions_of_the_day if one.period.contains(moment)), None)


def open_at(moment: datetime, *, among: Iterable[Practitioner]) -> list[int]:
    """Those of these practitioners, by id, in their order, who have an open session at that instant. Two queries."""
    day, minute = clock.local_date(moment), Period(moment, moment + timedelta(minutes=1))
    ids = [one.pk for one in among]
    closed = ClosedTimes.within(minute)
    working = {
        one.practitioner_id
        for one in sessions_on(day, weeklies(from_on=day, to_on=day, practitioners=ids))
        if one.period.contains(minute) and not any(closed.of(one.practitioner_id, one.room_id))
    }
    return [pk for pk in ids if pk in working]


def closing_time(day: date) -> datetime | None:
    """When the last session of a local day closes, whoever's; None on a day without any. Two queries."""
    people = Practitioner.objects.filter(active=True).values_list("pk", flat=True)
    found = sessions_on(day, weeklies(from_on=day, to_on=day, practitioners=list(people)))
    return max((one.period.end for one in found), default=None)


def without_session(appointments: list[Appointment]) -> list[Appointment]:
    """Those of these appointments that no session of their practitioner holds. One query."""
    return [one for one, held, _ in _with_their_opening(appointments) if not held]


def to_be_moved(
    *,
    now: datetime,
    until: datetime | None = None,
    closed: ClosedTimes | None = None,
    weekly: Sequence[Weekly] | None = None,
) -> list[Appointment]:
    """Coming bookings that stand where nothing is open any more: outside every session, inside a closure, or with
    somebody or somewhere that no longer takes visits.

    Those that start before `until`, or all. In order of time; a fixed number of queries. `closed` and `weekly` are the
    closures and everybody's sessions from now until then, for whoever has read them.
    """
    coming = Appointment.objects.filter(status__in=HOLDING, start_at__gt=now)
    if until is not None:
        coming = coming.filter(start_at__lt=until)
    rows = list(coming.select_related("patient", "practitioner", "room").order_by("start_at", "pk"))
    return without_place(rows, closed=closed, weekly=weekly)


def without_place(
    rows: list[Appointment], *, closed: ClosedTimes | None = None, weekly: Sequence[Weekly] | None = None
) -> list[Appointment]:
    """Those of these visits, in order of time, that stand where nothing is open any more. At most two queries.

    `closed` are the closures, `weekly` everybody's sessions, for whoever has read them.
    """
    if not rows:
        return []
    closures = closed or ClosedTimes.within(Period(rows[0].start_at, max(row.end_at for row in rows)))
    return [
        one
        for one, held, during in _with_their_opening(rows, weekly)
        if not (held and _still_serves(one))
        or any(closed.overlaps(during) for closed in closures.of(one.practitioner_id, one.room_id))
    ]


def _still_serves(one: Appointment) -> bool:
    """Whether its practitioner still takes such a visit, and its room still has what it needs."""
    kind = one.kind_of_visit
    takes = one.practitioner.active and one.kind in one.practitioner.kinds
    return takes and one.room.active and (one.room.has_ultrasound or not kind.needs_ultrasound)


def _with_their_opening(
    appointments: list[Appointment], weekly: Sequence[Weekly] | None = None
) -> list[tuple[Appointment, bool, Period]]:
    """Each appointment, whether a session of its practitioner holds it, and its time. One query where these are not
    given.
    """
    if not appointments:
        return []
    days = [clock.local_date(one.start_at) for one in appointments]
    if weekly is None:
        people = {one.practitioner_id for one in appointments}
        weekly = weeklies(from_on=min(days), to_on=max(days), practitioners=people)
    by_person: dict[int, list[Weekly]] = {}
    for session in weekly:
        by_person.setdefault(session.practitioner_id, []).append(session)
    found = []
    for one, day in zip(appointments, days, strict=True):
        during = Period(one.start_at, one.end_at)
        theirs = by_person.get(one.practitioner_id, ())
        held = any(session.period.contains(during) for session in sessions_on(day, theirs))
        found.append((one, held, during))
    return found
