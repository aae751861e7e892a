"""The diary's writing hand: lock, put, move, change. Called by use cases of `injections` alone, inside `use_case()`.

Locks come first and in one order (patients, practitioners, rooms, each by id), before any row that points at them is
written; everything that decides is read after them. The exclusion constraints stand behind it all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from psycopg.errors import DeadlockDetected, ExclusionViolation, LockNotAvailable

from pht_clinic import clock
from pht_clinic.audit.record import entry
from pht_clinic.errors import Busy, Conflict, Invalid, Missing
from pht_clinic.people.actors import Actor
from pht_clinic.rows import WholeRows, answers, store
from scheduling import lifecycle
from scheduling.availability import Period
from scheduling.kinds import Kind
from scheduling.lifecycle import HOLDING, Status
from scheduling.models import Appointment, AppointmentChange, Patient, Practitioner, Room

LOCK_TIMEOUT_MS = 3000


class Clash(Conflict):
    """Somebody else has that time. `extra["clashes"]` names each by resource, appointment and times."""

    code = "clash"


class StaleRevision(Conflict):
    """The appointment changed since the caller last read it."""

    code = "stale-revision"


@contextmanager
def use_case() -> Iterator[None]:
    """One transaction for one use case.

    Raises: Busy when a lock is not granted within 3 s or the database names this one a deadlock's victim;
    Clash when an exclusion constraint is the first to notice.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = {LOCK_TIMEOUT_MS}")
            yield
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable | DeadlockDetected):
            raise Busy("Somebody else is changing this right now. Try again in a moment.") from error
        raise
    except IntegrityError as error:
        if isinstance(error.__cause__, ExclusionViolation):
            raise Clash("That time has just been taken.", extra={"clashes": []}) from error
        raise


@dataclass(frozen=True, slots=True)
class Locked:
    """The rows a use case holds, by id, as they stood once the locks were granted."""

    patients: dict[int, Patient]
    practitioners: dict[int, Practitioner]
    rooms: dict[int, Room]


def lock(
    *, patients: Collection[int] = (), practitioners: Collection[int] = (), rooms: Collection[int] = ()
) -> Locked:
    """Lock and read these rows in the one order that cannot deadlock.

    NO KEY UPDATE: rows that merely point at them may still be inserted elsewhere.
    Raises: Invalid, naming the field whose row does not exist.
    """
    ids: dict[type[Any], Collection[int]] = {Patient: patients, Practitioner: practitioners, Room: rooms}
    rows = _lock_rows({model: wanted for model, wanted in ids.items() if wanted})
    return Locked(*(_by_id(model, wanted, rows.get(model, ())) for model, wanted in ids.items()))


def _lock_rows(ids: Mapping[type[Any], Collection[int]]) -> dict[type[Any], list[Any]]:
    """Model by model, each by id; in one round trip."""
    if not ids:
        return {}
    found = answers(*((_LOCKING[model].statement, [list(wanted)]) for model, wanted in ids.items()))
    return {model: _LOCKING[model].built(answer) for model, answer in zip(ids, found, strict=True)}


_LOCKING: dict[type[Any], WholeRows[Any]] = {
    model: WholeRows(model, "WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE")
    for model in (Patient, Practitioner, Room)
}


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
    Raises: Missing; Busy if it keeps moving.
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
        locked = lock(
            patients={patient_id}, practitioners={practitioner_id, *practitioners}, rooms={room_id, *rooms}
        )
        appointment = (
            Appointment.objects.select_for_update(no_key=True, of=("self",))
            .select_related("patient", "practitioner", "room")
            .get(pk=appointment_id)
        )
        if (appointment.patient_id, appointment.practitioner_id, appointment.room_id) == seen:
            return appointment, locked
    raise Busy("Somebody else is changing this right now. Try again in a moment.")


def check_revision(appointment: Appointment, revision: int | None) -> None:
    """Raise StaleRevision, saying who changed it and when, unless `revision` (None = not given) is the present one."""
    if revision is None or revision == appointment.revision:
        return
    last = appointment.changes.last()
    who = f" by {last.by_name} {_at_wall(last.at)}" if last else ""
    raise StaleRevision(
        f"This appointment was changed{who} since you opened it. Look at it again before you go on.",
        extra={"revision": appointment.revision},
    )


def _at_wall(instant: datetime) -> str:
    local = instant.astimezone(clock.zone())
    return f"at {local:%H:%M} on {local.day} {local:%B %Y}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a visit would be: who, which room, and both stretches of time."""

    patient_id: int
    practitioner_id: int
    room_id: int
    during: Period
    room_during: Period

    @classmethod
    def of(cls, kind: Kind, start: datetime, *, patient_id: int, practitioner_id: int, room_id: int) -> Place:
        end = start + kind.duration
        return cls(
            patient_id, practitioner_id, room_id, Period(start, end), Period(start, end + kind.room_buffer)
        )


_IN_THE_WAY = f"""
SELECT id, patient_id, practitioner_id, room_id, start_at, end_at
  FROM {Appointment._meta.db_table}
 WHERE status IN ({", ".join(repr(status.value) for status in HOLDING)}) AND id <> %(excluding)s
   AND (patient_id = %(patient)s AND during && %(during)s
        OR practitioner_id = %(practitioner)s AND during && %(during)s
        OR room_id = %(room)s AND room_during && %(room_during)s)
"""  # noqa: S608 - nothing but the table's own name and the states are put in


def check_free(place: Place, *, excluding: int | None = None) -> None:
    """Raise Clash naming every appointment in the way; `excluding` is the one being moved. Ask under the locks."""
    values = {
        "patient": place.patient_id, "practitioner": place.practitioner_id, "room": place.room_id,
        "during": DateTimeTZRange(place.during.start, place.during.end),
        "room_during": DateTimeTZRange(place.room_during.start, place.room_during.end),
        "excluding": excluding or 0,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, values)
        in_the_way = cursor.fetchall()
    clashes = [
        {"resource": resource, "appointment": str(pk), "start": start.isoformat(), "end": end.isoformat()}
        for pk, patient_id, practitioner_id, room_id, start, end in in_the_way
        for resource, taken in (
            ("patient", patient_id == place.patient_id),
            ("practitioner", practitioner_id == place.practitioner_id),
            ("room", room_id == place.room_id),
        )
        if taken
    ]
    if clashes:
        nouns = sorted({str(clash["resource"]) for clash in clashes})
        raise Clash(f"That time is already taken ({', '.join(nouns)}).", extra={"clashes": clashes})


def put(
    place: Place,
    locked: Locked,
    *,
    kind: Kind,
    status: Status,
    note: str,
    along: Collection[Any] = (),
    by: Actor,
    now: datetime,
) -> Appointment:
    """Write a new appointment and the first line of its history. Ask `lock` (for `locked`) and `check_free` first.

    `along` are new rows of the caller's whose `appointment` it becomes.
    """
    lifecycle.check_transition("book", None, status)
    appointment = Appointment(kind=kind.code, note=note, asked_at=now, asked_by_id=by.user_id)
    _put_at(appointment, place)
    appointment.patient = locked.patients[place.patient_id]
    appointment.practitioner = locked.practitioners[place.practitioner_id]
    appointment.room = locked.rooms[place.room_id]
    _set_status(appointment, status, now)
    store(appointment)
    for row in along:
        row.appointment = appointment
    _remember(appointment, "book", from_status="", along=along, by=by, now=now)
    return appointment


def move(
    appointment: Appointment,
    place: Place,
    *,
    status: Status,
    asked_at: datetime,
    asked_by_id: int | None,
    by: Actor,
    now: datetime,
    verb: str = "move",
) -> None:
    """Take an appointment to another place, asked for at `asked_at`; `verb` "undo" puts it back into the diary."""
    lifecycle.check_transition(verb, appointment.status, status)
    before = {
        "start_at": appointment.start_at.isoformat(),
        "practitioner": appointment.practitioner_id,
        "room": appointment.room_id,
        "asked_at": appointment.asked_at.isoformat(),
        "asked_by": appointment.asked_by_id,
    }
    from_status = appointment.status
    _put_at(appointment, place)
    appointment.asked_at, appointment.asked_by_id = asked_at, asked_by_id
    appointment.coming_confirmed_at = None
    _set_status(appointment, status, now)
    appointment.revision += 1
    appointment.save()
    _remember(appointment, verb, from_status=from_status, by=by, now=now, before=before)


def change(
    appointment: Appointment, verb: str, status: Status, *, by: Actor, now: datetime, reason: str = ""
) -> None:
    """Take an appointment to another state where it stands.

    Raises: WrongState if the state table has no such arrow.
    """
    lifecycle.check_transition(verb, appointment.status, status)
    from_status = appointment.status
    _set_status(appointment, status, now)
    appointment.revision += 1
    appointment.save(update_fields=["status", "pending_since", "revision"])
    _remember(appointment, verb, from_status=from_status, by=by, now=now, reason=reason)


def confirm_coming(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """The patient says that they are coming at this time; neither place, state nor revision changes. Told once."""
    if appointment.coming_confirmed_at is None:
        appointment.coming_confirmed_at = now
        appointment.save(update_fields=["coming_confirmed_at"])
        _remember(appointment, "confirm-coming", from_status=appointment.status, by=by, now=now)


def replace_link(appointment: Appointment, *, by: Actor, now: datetime, reason: str) -> None:
    """Make every link of this appointment that was given out so far useless."""
    appointment.link_version += 1
    appointment.save(update_fields=["link_version"])
    _remember(appointment, "replace-link", from_status=appointment.status, by=by, now=now, reason=reason)


def hand_over(source: Patient, target: Patient, *, by: Actor, now: datetime) -> None:
    """Give the open bookings of one locked patient to another, when two records turn out to be one person.

    Raises: Clash naming the pairs of bookings that overlap.
    """
    open_bookings = Appointment.objects.filter(status__in=HOLDING)
    ours = list(open_bookings.filter(patient=source))
    theirs = list(open_bookings.filter(patient=target))
    clashes = [
        {
            "resource": "patient", "appointment": str(mine.pk), "with": str(other.pk),
            "start": mine.start_at.isoformat(), "end": mine.end_at.isoformat(),
        }
        for mine in ours
        for other in theirs
        if mine.start_at < other.end_at and other.start_at < mine.end_at
    ]  # fmt: skip
    if clashes:
        raise Clash(
            "Open bookings of the two records overlap. Move one of them first.", extra={"clashes": clashes}
        )
    for appointment in ours:
        appointment.patient = target
        appointment.revision += 1
        appointment.save(update_fields=["patient", "revision"])
        _remember(appointment, "hand-over", from_status=appointment.status, by=by, now=now)


def raise_revision(appointment: Appointment) -> None:
    """Something the patient or a reader of it should see changed, but neither place nor state."""
    appointment.revision += 1
    appointment.save(update_fields=["revision"])


def _put_at(appointment: Appointment, place: Place) -> None:
    appointment.patient_id = place.patient_id
    appointment.practitioner_id = place.practitioner_id
    appointment.room_id = place.room_id
    appointment.start_at, appointment.end_at = place.during.start, place.during.end
    appointment.during = DateTimeTZRange(place.during.start, place.during.end)
    appointment.room_during = DateTimeTZRange(place.room_during.start, place.room_during.end)


def _set_status(appointment: Appointment, status: Status, now: datetime) -> None:
    if status is not Status.PENDING:
        appointment.pending_since = None
    elif appointment.pending_since is None:
        appointment.pending_since = now
    appointment.status = status.value


def _remember(
    appointment: Appointment,
    verb: str,
    *,
    from_status: str,
    by: Actor,
    now: datetime,
    reason: str = "",
    before: dict[str, Any] | None = None,
    along: Collection[Any] = (),
) -> None:
    """One line of its history and one audit row, with whatever was changed, and what is new along with it."""
    change = AppointmentChange(
        appointment=appointment,
        verb=verb,
        at=now,
        by_id=by.user_id,
        by_name=by.name,
        from_status=from_status,
        to_status=appointment.status,
        revision=appointment.revision,
        reason=reason,
        before=before or {},
    )
    told = entry(
        f"appointment-{lifecycle.PAST[verb]}",
        by=by,
        now=now,
        patients=[appointment.patient_id],
        subject=f"appointment:{appointment.pk}",
    )
    store(change, told, *along)
