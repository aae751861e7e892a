"""One transaction for one use case, and the rows it locks: patients, practitioners, rooms, each by id, before
anything else.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

from django.db import IntegrityError, OperationalError, connection, models, transaction
from psycopg import Error
from psycopg.errors import DeadlockDetected, ExclusionViolation, LockNotAvailable

from pht_clinic import clock
from pht_clinic.clinic_words import hold, read_along, read_once
from pht_clinic.errors import Busy, Conflict, Invalid, Missing
from pht_clinic.replica.scope import check_primary
from pht_clinic.rows import fetch_each, from_columns
from pht_clinic.watching.counts import BUSY, LOCK_SECONDS, OVERLAPS
from scheduling.diary.places import Clash, Place
from scheduling.models import Appointment, GroupVisit, Patient, Practitioner, Room
from scheduling.models.appointment import ONE_SEAT_EACH, SEAT_OF_THE_GROUP
from scheduling.states import HOLDING

LOCK_TIMEOUT_MS = 3000
_Wanted: TypeAlias = "tuple[type[models.Model], Collection[int]]"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one column of a record says now and said when somebody read it, in words, and who changed it last."""

    column: str
    label: str
    was: str
    is_now: str
    by_name: str
    at: datetime

    def __str__(self) -> str:
        return f"“{self.label}” was {self.was} and is {self.is_now} now: {self.by_name} {_at_wall(self.at)}."


class StaleRevision(Conflict):
    """What is to be changed was changed since the caller last read it.

    `differ` is what differs, `seen` the record as the caller read it and `present` as it stands, where these are known.
    """

    code = "stale-revision"
    differ: Sequence[Difference] = ()
    seen: Any = None
    present: Any = None

    @classmethod
    def since(
        cls,
        noun: object,
        *,
        revision: int,
        last: tuple[str, datetime] | None,
        differ: Sequence[Difference] = (),
        seen: Any = None,
        present: Any = None,
    ) -> StaleRevision:
        """The refusal of a change of this noun, with the present revision and who changed it last."""
        who = f" by {last[0]} {_at_wall(last[1])}" if last else ""
        changes = [
            {
                "field": one.column.removesuffix("_id"),
                "from": one.was,
                "to": one.is_now,
                "by": one.by_name,
                "at": one.at.isoformat(),
            }
            for one in differ
        ]
        stale = cls(
            f"This {noun} was changed{who} since you opened it. Look at it again before you go on.",
            extra={"revision": revision} | ({"changes": changes} if present is not None else {}),
        )
        stale.differ, stale.seen, stale.present = differ, seen, present
        return stale


@contextmanager
def use_case() -> Iterator[None]:
    """One transaction for one use case.

    Raises: Busy (a lock is not granted within 3 s, or the database names this one a deadlock's victim), Clash (an
    constraint is the first to notice).
    """
    check_primary()
    try:
        with transaction.atomic(), read_once():
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT set_config('lock_timeout', '{LOCK_TIMEOUT_MS}', true), {read_along()}::text")
                [(_, said)] = cursor.fetchall()
            hold(json.loads(said) if said else None)
            yield
    except Clash:
        OVERLAPS.labels("look").inc()
        raise
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            BUSY.labels("lock").inc()
            raise Busy("Somebody else is changing this right now. Try again in a moment.") from error
        raise
    except IntegrityError as error:
        if _says_taken(error.__cause__):
            OVERLAPS.labels("constraint").inc()
            raise Clash("That time has just been taken.", extra={"clashes": []}) from error
        raise


def _says_taken(cause: BaseException | None) -> bool:
    """Whether the database refuses because somebody else has the time, or the last place of a class."""
    constraint = cause.diag.constraint_name if isinstance(cause, Error) else None
    return isinstance(cause, ExclusionViolation) or constraint in (ONE_SEAT_EACH, SEAT_OF_THE_GROUP)


@dataclass(frozen=True, slots=True)
class Locked:
    """The rows a use case holds, by id, as they stood once the locks were granted."""

    patients: dict[int, Patient]
    practitioners: dict[int, Practitioner]
    rooms: dict[int, Room]

    def patient_at(self, place: Place) -> Patient:
        """Whose visit would be there."""
        return self.patients[place.patient_id or 0]


def lock(*, patients: Collection[int] = (), practitioners: Collection[int] = (), rooms: Collection[int] = ()) -> Locked:
    """Lock and read these rows in the one order that cannot deadlock.

    NO KEY UPDATE: rows that merely point at them may still be inserted elsewhere.
    Raises: Invalid, naming the field whose row does not exist.
    """
    wanted: list[_Wanted] = [(Patient, patients), (Practitioner, practitioners), (Room, rooms)]
    asked = [one for one in wanted if one[1]]
    with LOCK_SECONDS.time():
        locked = _lock_rows(asked)
    found = {model: rows for (model, _), rows in zip(asked, locked, strict=True)}
    of_patients, of_practitioners, of_rooms = (_by_id(model, ids, found.get(model, ())) for model, ids in wanted)
    return Locked(of_patients, of_practitioners, of_rooms)


def _lock_rows(wanted: Sequence[_Wanted]) -> list[list[Any]]:
    """Those of each model, by id, in this order and in one round trip. Our own SQL: query sets would make a booking
    15 % dearer (ADR 0014).
    """
    found = fetch_each(*((_locking(model), [list(ids)]) for model, ids in wanted)) if wanted else []
    return [
        [from_columns(model, tuple(model._meta.concrete_fields), row) for row in rows]
        for (model, _), rows in zip(wanted, found, strict=True)
    ]


@cache
def _locking(model: type[models.Model]) -> str:
    columns = ", ".join(f'"{field.column}"' for field in model._meta.concrete_fields)
    return f"SELECT {columns} FROM {model._meta.db_table} WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"  # noqa: S608 - own names


def _by_id(model: type[models.Model], wanted: Collection[int], rows: Iterable[Any]) -> dict[int, Any]:
    found = {row.pk: row for row in rows}
    if missing := set(wanted) - found.keys():
        noun = model._meta.verbose_name
        raise Invalid.field(str(noun), f"There is no {noun} {min(missing)}.")
    return found


def lock_appointment(
    appointment_id: int, *, practitioners: Collection[int] = (), rooms: Collection[int] = ()
) -> tuple[Appointment, Locked]:
    """Lock everything an appointment holds (and what it would hold after a move), then the appointment, read afresh.

    The first look only says what to lock; if the appointment moved meanwhile, a second round locks what it holds now.
    Raises: Missing, Busy (it keeps moving).
    """
    for _ in range(2):
        seen = (
            Appointment.objects.filter(pk=appointment_id)
            .values_list("patient_id", "practitioner_id", "room_id")
            .first()
        )
        if seen is None:
            raise Missing("There is no such appointment.")
        patient_id, practitioner_id, room_id = seen
        locked = lock(patients={patient_id}, practitioners={practitioner_id, *practitioners}, rooms={room_id, *rooms})
        appointment = (
            Appointment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("patient", "practitioner", "room")
            .get(pk=appointment_id)
        )
        if (appointment.patient_id, appointment.practitioner_id, appointment.room_id) == seen:
            return appointment, locked
    raise Busy("Somebody else is changing this right now. Try again in a moment.")


def lock_appointments(
    ids: Collection[int], *, practitioners: Collection[int] = (), rooms: Collection[int] = ()
) -> tuple[list[Appointment], Locked]:
    """The same of several appointments, in order of time. Raises: Missing (one of them), Busy."""
    for _ in range(2):
        held = Appointment.objects.filter(pk__in=list(ids))
        seen = set(held.values_list("pk", "patient_id", "practitioner_id", "room_id"))
        if len(seen) < len(set(ids)):
            raise Missing("There is no such appointment.")
        locked = lock(
            patients={one[1] for one in seen},
            practitioners={*(one[2] for one in seen), *practitioners},
            rooms={*(one[3] for one in seen), *rooms},
        )
        rows = Appointment.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=list(ids))
        found = list(rows.select_related("patient", "practitioner", "room").order_by("pk"))
        if {(one.pk, one.patient_id, one.practitioner_id, one.room_id) for one in found} == seen:
            return sorted(found, key=lambda one: (one.start_at, one.pk)), locked
    raise Busy("Somebody else is changing this right now. Try again in a moment.")


def lock_group(
    group_id: int, *, practitioners: Collection[int] = (), rooms: Collection[int] = ()
) -> tuple[GroupVisit, list[Appointment], Locked]:
    """Lock a class and all that its participants hold (and would hold after a move), read afresh: the class, those who
    hold their time in it, by id, and the rest.

    All their patients are locked in one go, before practitioners and rooms. As in `lock_appointment` a second round
    locks what changed meanwhile; nobody joins once practitioner and room are locked.
    Raises: Missing, Busy (it keeps changing).
    """
    taking_part = Appointment.objects.filter(group=group_id, status__in=HOLDING)
    for _ in range(2):
        seen = GroupVisit.objects.filter(pk=group_id).values_list("practitioner_id", "room_id").first()
        if seen is None:
            raise Missing("There is no such class.")
        patients = set(taking_part.values_list("patient_id", flat=True))
        locked = lock(patients=patients, practitioners={seen[0], *practitioners}, rooms={seen[1], *rooms})
        group = (
            GroupVisit.objects.select_for_update(of=("self",)).select_related("practitioner", "room").get(pk=group_id)
        )
        rows = taking_part.select_for_update(no_key=True, of=("self",)).select_related(
            "patient", "practitioner", "room"
        )
        participants = list(rows.order_by("pk"))
        if (group.practitioner_id, group.room_id) == seen and {one.patient_id for one in participants} <= patients:
            return group, participants, locked
    raise Busy("Somebody else is changing this right now. Try again in a moment.")


def check_revision(appointment: Appointment, revision: int | None) -> None:
    """Raise StaleRevision, saying who changed it and when, unless `revision` (None = not given) is the present one."""
    if revision is None or revision == appointment.revision:
        return
    last = appointment.changes.last()
    raise StaleRevision.since(
        "appointment", revision=appointment.revision, last=(last.by_name, last.at) if last else None
    )


def _at_wall(instant: datetime) -> str:
    local = instant.astimezone(clock.zone())
    return f"at {local:%H:%M} on {local.day} {local:%B %Y}"
