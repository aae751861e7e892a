"""What a change of the clinic would hit: bookings that lose their place are named before it is saved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from pht_clinic.audit.record import record
from pht_clinic.audit.values import added
from pht_clinic.errors import Conflict, Missing
from pht_clinic.people.actors import Actor
from scheduling.availability.sessions import without_session
from scheduling.messages.to_be_moved import hold_and_release
from scheduling.models import Appointment, Closure, Practitioner, Room
from scheduling.revisions import edits
from scheduling.states import HOLDING

Row = TypeVar("Row", bound=models.Model)


class HitsBookings(Conflict):
    """The change would leave these appointments without a place; `confirm` makes it all the same."""

    code = "hits-bookings"


@dataclass(frozen=True, slots=True)
class Changed:
    """The row as it stands now and the appointments that have to be moved because of it."""

    row: models.Model
    to_be_moved: list[Appointment]


def existing(model: type[Row], pk: int | None) -> list[int]:
    """The id to lock: none for a row that is being added. Raises: Missing."""
    return [] if pk is None else [int(find_row(model, pk).pk)]


def store_changed(
    model: type[Row],
    pk: int | None,
    values: Mapping[str, Any],
    *,
    revision: int | None = None,
    by: Actor,
    now: datetime,
) -> Row:
    """Store a new row, or a change of one that nobody else can change now: it, or whoever owns it, is locked.

    Raises: StaleRevision (`revision` is the one that was read, None for whoever changes only what they name).
    """
    row = find_row(model, pk) if pk else model()
    if pk:
        edits.check_unchanged(row, revision)
    before = edits.details(row) if pk else None
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.save()
    changed = edits.raise_revision(row, before, by=by, now=now) if before is not None else added(edits.details(row))
    noun = str(model._meta.model_name)
    record(f"{noun}-{'changed' if pk else 'added'}", by=by, now=now, subject=f"{noun}:{row.pk}", changed=changed)
    return row


def find_row(model: type[Row], pk: int | None, *, lock: bool = False) -> Row:
    """One row, on request locked. Raises: Missing."""
    rows = model._default_manager.filter(pk=pk)
    row = (rows.select_for_update(no_key=True) if lock else rows).first()
    if row is None:
        raise Missing(f"There is no such {model._meta.verbose_name}.")
    return row


def whom_it_closes(old: Closure | None, merged: Mapping[str, Any]) -> dict[str, set[int]]:
    """What a closure locks, for as it was and as it will be: its owner, or everybody for the whole clinic."""
    owners = {(merged.get("practitioner_id"), merged.get("room_id"))}
    if old is not None:
        owners.add((old.practitioner_id, old.room_id))
    if (None, None) in owners:
        return {
            "practitioners": set(Practitioner.objects.values_list("pk", flat=True)),
            "rooms": set(Room.objects.values_list("pk", flat=True)),
        }
    return {
        "practitioners": {practitioner_id for practitioner_id, _ in owners if practitioner_id is not None},
        "rooms": {room_id for _, room_id in owners if room_id is not None},
    }


def bookings_inside(closure: Closure) -> models.QuerySet[Appointment]:
    """The bookings that a closure would hit."""
    hit = Appointment.objects.filter(status__in=HOLDING, start_at__lt=closure.ends_at, end_at__gt=closure.starts_at)
    if closure.practitioner_id is not None:
        hit = hit.filter(practitioner=closure.practitioner_id)
    if closure.room_id is not None:
        hit = hit.filter(room=closure.room_id)
    return hit.order_by("start_at", "pk")


def bookings_outside_sessions(people: set[int], *, now: datetime) -> list[Appointment]:
    """The coming bookings of these practitioners that no session holds any more."""
    booked = Appointment.objects.filter(practitioner__in=people, status__in=HOLDING, start_at__gt=now)
    return without_session(list(booked.order_by("start_at", "pk")))


def coming_visits(now: datetime) -> models.QuerySet[Appointment]:
    return Appointment.objects.filter(status__in=HOLDING, start_at__gt=now).order_by("start_at", "pk")


def settle_places(hit: Iterable[Appointment], confirm: bool, *, now: datetime) -> None:
    """What follows when who works when and where has changed: none of the bookings that it hits loses its place unless
    that is confirmed, and messages of visits without a place are held back. Raises: HitsBookings.
    """
    named = [] if confirm else list(hit)
    if named:
        clashes = [
            {
                "resource": "appointment",
                "appointment": str(one.pk),
                "start": one.start_at.isoformat(),
                "end": one.end_at.isoformat(),
            }
            for one in named
        ]
        raise HitsBookings(
            f"{len(named)} booked appointment(s) would have to be moved. Confirm to go on.", extra={"clashes": clashes}
        )
    hold_and_release(now=now)
