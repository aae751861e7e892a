"""The diary's writing hand: put, move, change. Called by use cases of the policy alone, under the locks of
`locks.py`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from pht_clinic.audit.record import entry
from pht_clinic.people.actors import Actor
from pht_clinic.rows import store
from scheduling import states
from scheduling.diary.groups import take_seat
from scheduling.diary.locks import Locked
from scheduling.diary.places import Clash, Place, end_holds
from scheduling.diary.why_cancelled import NOBODY_SAID, Said
from scheduling.kinds import Kind
from scheduling.models import Appointment, AppointmentChange, Patient, VisitSeries
from scheduling.states import HOLDING, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class NewVisit:
    """What is put into the diary; `along` are new rows of the caller's whose `appointment` it becomes.

    `held_as` is the hold whose place it takes, by `check_free`: it becomes the visit. `series` is the one that it is
    booked in. `verb` is how it came into the diary, `reason` why; `decide_by` as in Appointment.
    """

    kind: Kind
    status: Status
    note: str
    along: Collection[Any] = ()
    held_as: int | None = None
    series: VisitSeries | None = None
    verb: str = "book"
    reason: str = ""
    decide_by: datetime | None = None


def put(new: NewVisit, place: Place, locked: Locked, *, by: Actor, now: datetime) -> Appointment:
    """Write a new appointment and the first line of its history. Ask `lock` (for `locked`) and `check_free` first."""
    held = Status.PROPOSED if new.held_as else None
    states.check_transition(new.verb, held, new.status)
    asked = {"asked_at": now, "asked_by_id": by.user_id, "series": new.series, "decide_by": new.decide_by}
    appointment = Appointment(pk=new.held_as, kind=new.kind.code, note=new.note, **asked)
    put_at(appointment, place)
    appointment.patient = locked.patient_at(place)
    appointment.practitioner = locked.practitioners[place.practitioner_id]
    appointment.room = locked.rooms[place.room_id]
    _set_status(appointment, new.status, now)
    if new.held_as:
        appointment.save()  # given back at this very moment, it is inserted
    else:
        store(appointment)
    for row in new.along:
        row.appointment = appointment
    change = AppointmentChange(appointment=appointment, verb=new.verb, from_status=held or "", reason=new.reason)
    _remember(change, along=new.along, by=by, now=now)
    return appointment


@dataclass(frozen=True, slots=True)
class Asked:
    """When a place was asked for, and by which user."""

    at: datetime
    by_id: int | None


def move(
    appointment: Appointment,
    place: Place,
    *,
    status: Status,
    asked: Asked,
    by: Actor,
    now: datetime,
    verb: str = "move",
) -> None:
    """Take an appointment to another place; `verb` "undo" puts it back into the diary."""
    states.check_transition(verb, appointment.status, status)
    before = {
        "start_at": appointment.start_at.isoformat(),
        "practitioner": appointment.practitioner_id,
        "room": appointment.room_id,
        "asked_at": appointment.asked_at.isoformat(),
        "asked_by": appointment.asked_by_id,
    }
    change = AppointmentChange(appointment=appointment, verb=verb, from_status=appointment.status, before=before)
    put_at(appointment, place)
    appointment.asked_at, appointment.asked_by_id = asked.at, asked.by_id
    appointment.coming_confirmed_at = appointment.decide_by = None
    _set_status(appointment, status, now)
    appointment.revision += 1
    appointment.save()
    _remember(change, by=by, now=now)


def change(
    appointment: Appointment,
    verb: str,
    status: Status,
    *,
    by: Actor,
    now: datetime,
    reason: str = "",
    said: Said = NOBODY_SAID,
) -> None:
    """Take an appointment to another state where it stands; of a cancellation `said` is who cancelled it and why.

    Raises: WrongState (the state table has no such arrow).
    """
    states.check_transition(verb, appointment.status, status)
    change = AppointmentChange(appointment=appointment, verb=verb, from_status=appointment.status, reason=reason)
    change.cancelled_by, change.reason_code = said.by, said.code
    _set_status(appointment, status, now)
    appointment.revision += 1
    appointment.save(update_fields=["status", "pending_since", "revision"])
    _remember(change, by=by, now=now)


def confirm_coming(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    """The patient says that they are coming at this time; neither place, state nor revision changes. Told once."""
    if appointment.coming_confirmed_at is None:
        appointment.coming_confirmed_at = now
        appointment.save(update_fields=["coming_confirmed_at"])
        _remember(_stays(appointment, "confirm-coming"), by=by, now=now)


def replace_link(appointment: Appointment, *, by: Actor, now: datetime, reason: str) -> None:
    """Make every link of this appointment that was given out so far useless."""
    appointment.link_version += 1
    appointment.save(update_fields=["link_version"])
    _remember(_stays(appointment, "replace-link", reason), by=by, now=now)


def hand_over(source: Patient, target: Patient, *, by: Actor, now: datetime) -> list[int]:
    """Give the open bookings of one locked patient to another, when two records turn out to be one person.

    Returns which. Raises: Clash (naming the pairs of bookings that overlap).
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
    give(ours, target, by=by, now=now)
    return [appointment.pk for appointment in ours]


def give(appointments: Collection[Appointment], patient: Patient, *, by: Actor, now: datetime) -> None:
    """Make these visits, open or over, those of another patient. Both patients are locked.

    What somebody is just booking for that patient holds none of them up: its time is given back.
    """
    end_holds(list(Appointment.holds.filter(patient=patient).values_list("pk", flat=True)))
    for appointment in appointments:
        appointment.patient = patient
        appointment.revision += 1
        appointment.save(update_fields=["patient", "revision"])
        _remember(_stays(appointment, "hand-over"), by=by, now=now)


def raise_revision(appointment: Appointment) -> None:
    """Something the patient or a reader of it should see changed, but neither place nor state."""
    appointment.revision += 1
    appointment.save(update_fields=["revision"])


def put_at(appointment: Appointment, place: Place) -> None:
    take_seat(appointment, place)
    appointment.patient_id = place.patient_id  # type: ignore[assignment]  # None is of a hold alone
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


def _stays(appointment: Appointment, verb: str, reason: str = "") -> AppointmentChange:
    """A change that leaves the state as it is."""
    return AppointmentChange(appointment=appointment, verb=verb, from_status=appointment.status, reason=reason)


def _remember(change: AppointmentChange, *, by: Actor, now: datetime, along: Collection[Any] = ()) -> None:
    """Store one line of its appointment's history and one audit row, with what is new along with them."""
    appointment = change.appointment
    change.at, change.by_id, change.by_name = now, by.user_id, by.name
    change.to_status, change.revision = appointment.status, appointment.revision
    told = entry(
        f"appointment-{states.VERBS[change.verb].past}",
        by=by,
        now=now,
        patients=[appointment.patient_id],
        subject=f"appointment:{appointment.pk}",
    )
    store(change, told, *along)
