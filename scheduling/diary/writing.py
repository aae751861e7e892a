"""The diary's writing hand: put, move, change. Called by use cases of the policy alone, under the locks of
`locks.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from pht_clinic.audit.record import entry
from pht_clinic.people.actors import Actor
from pht_clinic.rows import store
from scheduling import states
from scheduling.diary.locks import Locked
from scheduling.diary.places import Clash, Place
from scheduling.kinds import Kind
from scheduling.models import Appointment, AppointmentChange, Patient
from scheduling.states import HOLDING, Status


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
    states.check_transition("book", None, status)
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
    states.check_transition(verb, appointment.status, status)
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


def change(appointment: Appointment, verb: str, status: Status, *, by: Actor, now: datetime, reason: str = "") -> None:
    """Take an appointment to another state where it stands.

    Raises: WrongState if the state table has no such arrow.
    """
    states.check_transition(verb, appointment.status, status)
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
            "resource": "patient",
            "appointment": str(mine.pk),
            "with": str(other.pk),
            "start": mine.start_at.isoformat(),
            "end": mine.end_at.isoformat(),
        }
        for mine in ours
        for other in theirs
        if mine.start_at < other.end_at and other.start_at < mine.end_at
    ]
    if clashes:
        raise Clash("Open bookings of the two records overlap. Move one of them first.", extra={"clashes": clashes})
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
        f"appointment-{states.VERBS[verb].past}",
        by=by,
        now=now,
        patients=[appointment.patient_id],
        subject=f"appointment:{appointment.pk}",
    )
    store(change, told, *along)
