"""Use cases on what the clinic consists of: practitioners, rooms, weekly sessions, closures. For managers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, TypeVar
from uuid import uuid4

from django.db import models

from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid, Missing
from pht_clinic.people.actors import Actor
from scheduling import diary
from scheduling.kinds import KINDS, NEEDING_ULTRASOUND
from scheduling.lifecycle import HOLDING
from scheduling.models import Appointment, Closure, Practitioner, Room, Schedule
from scheduling.sessions import without_session

Row = TypeVar("Row", bound=models.Model)

QUIET_FROM, QUIET_TO = time(1), time(3)
"""Nothing opens or closes in the hours that the clock changes skip or repeat."""


class HitsBookings(Conflict):
    """The change would leave these appointments without a place; `confirm` makes it all the same."""

    code = "hits-bookings"


@dataclass(frozen=True, slots=True)
class Changed:
    """The row as it stands now and the appointments that have to be moved because of it."""

    row: models.Model
    to_be_moved: list[Appointment]


def save_practitioner(
    pk: int | None, values: Mapping[str, Any], *, confirm: bool = False, by: Actor, now: datetime
) -> Practitioner:
    """Add (`pk` None) or change a practitioner: name, kinds, active, user_id.

    Without `confirm`, one who has coming bookings is not made inactive: they are named. Raises: Invalid, Missing,
    HitsBookings.
    """
    with diary.use_case():
        diary.lock(practitioners=_existing(Practitioner, pk))
        _check_practitioner(pk, values)
        if pk is not None:
            _check_confirmed(_losing_practitioner(pk, values, now), confirm)
        return _store(Practitioner, pk, values, by=by, now=now)


def _check_practitioner(pk: int | None, values: Mapping[str, Any]) -> None:
    problems = _name_problems(Practitioner, pk, values)
    if unknown := [kind for kind in values.get("kinds", ()) if kind not in KINDS]:
        problems.append(FieldError("#/kinds", f"{unknown[0]} is not one of {', '.join(KINDS)}."))
    user_id = values.get("user_id")
    if user_id is not None and Practitioner.objects.filter(user=user_id).exclude(pk=pk or 0).exists():
        problems.append(FieldError("#/user_id", "That person is another practitioner already."))
    if problems:
        raise Invalid(problems)


def replace_feed(pk: int, *, by: Actor, now: datetime) -> Practitioner:
    """A new secret address for a practitioner's calendar feed; the one before stops at once. Raises: Missing."""
    with diary.use_case():
        diary.lock(practitioners=_existing(Practitioner, pk))
        return _store(Practitioner, pk, {"feed_token": uuid4()}, by=by, now=now)


def save_room(
    pk: int | None, values: Mapping[str, Any], *, confirm: bool = False, by: Actor, now: datetime
) -> Room:
    """Add (`pk` None) or change a room: name, has_ultrasound, active.

    Without `confirm`, one that has coming bookings is not taken out of use: they are named. Raises: Invalid, Missing,
    HitsBookings.
    """
    with diary.use_case():
        diary.lock(rooms=_existing(Room, pk))
        if problems := _name_problems(Room, pk, values):
            raise Invalid(problems)
        if pk is not None:
            _check_confirmed(_losing_room(pk, values, now), confirm)
        return _store(Room, pk, values, by=by, now=now)


def save_schedule(
    pk: int | None, values: Mapping[str, Any], *, confirm: bool = False, by: Actor, now: datetime
) -> Changed:
    """Add or change a weekly session; `values` are the columns of Schedule.

    A change that leaves bookings outside every session names them and needs `confirm`.
    Raises: Invalid, Missing, HitsBookings.
    """
    with diary.use_case():
        old = _find(Schedule, pk) if pk else None
        merged = {name: getattr(old, name) for name in _SCHEDULE_FIELDS} if old else dict(_SCHEDULE_DEFAULTS)
        merged |= values
        _check_schedule(merged)
        people = {merged["practitioner_id"]} | ({old.practitioner_id} if old else set())
        rooms = {merged["room_id"]} | ({old.room_id} if old else set())
        diary.lock(practitioners=people, rooms=rooms)
        row = _store(Schedule, pk, merged, by=by, now=now)
        homeless = _outside_sessions(people, now=now) if old else []
        _check_confirmed(homeless, confirm)
        return Changed(row, homeless)


def close(
    *,
    starts_at: datetime,
    ends_at: datetime,
    practitioner_id: int | None = None,
    room_id: int | None = None,
    reason: str = "",
    confirm: bool = False,
    by: Actor,
    now: datetime,
) -> Changed:
    """Close a practitioner, a room, or (neither) the clinic for a while; bookings in it are named and need `confirm`.

    Raises: Invalid, HitsBookings.
    """
    return save_closure(
        None,
        {
            "starts_at": starts_at, "ends_at": ends_at, "practitioner_id": practitioner_id, "room_id": room_id,
            "reason": reason,
        },
        confirm=confirm, by=by, now=now,
    )  # fmt: skip


def save_closure(
    pk: int | None, values: Mapping[str, Any], *, confirm: bool = False, by: Actor, now: datetime
) -> Changed:
    """Add or change a closure; locks whom it closed before as well as whom it closes now.

    Raises: Invalid, Missing, HitsBookings.
    """
    with diary.use_case():
        # before its owners, and bookings never lock it: two changes of one closure come one after the other
        old = _find(Closure, pk, lock=True) if pk else None
        merged = {name: getattr(old, name) for name in _CLOSURE_FIELDS} if old else {}
        merged |= values
        _check_closure(merged)
        diary.lock(**_touched(old, merged))
        row = _store(Closure, pk, merged, by=by, now=now)
        hit = list(_inside(row).filter(end_at__gt=now))
        _check_confirmed(hit, confirm)
        return Changed(row, hit)


_SCHEDULE_FIELDS = (
    "practitioner_id",
    "room_id",
    "weekday",
    "opens",
    "closes",
    "valid_from",
    "valid_to",
    "every_weeks",
)
_SCHEDULE_DEFAULTS: dict[str, Any] = {"valid_to": None, "every_weeks": 1}
_CLOSURE_FIELDS = ("starts_at", "ends_at", "practitioner_id", "room_id", "reason")


def _check_schedule(values: Mapping[str, Any]) -> None:
    problems = []
    if not 0 <= values["weekday"] <= 6:
        problems.append(FieldError("#/weekday", "Give 0 (Monday) to 6 (Sunday)."))
    if values["opens"] >= values["closes"]:
        problems.append(FieldError("#/closes", "It must close after it opens, on the same day."))
    for name in ("opens", "closes"):
        if QUIET_FROM <= values[name] < QUIET_TO:
            problems.append(
                FieldError(
                    f"#/{name}", "Nothing opens or closes between 01:00 and 03:00, when clocks change."
                )
            )
    if values["valid_to"] is not None and values["valid_to"] < values["valid_from"]:
        problems.append(FieldError("#/valid_to", "The last day lies before the first."))
    if not 1 <= values["every_weeks"] <= 52:
        problems.append(FieldError("#/every_weeks", "Give 1 to 52 weeks."))
    if problems:
        raise Invalid(problems)


def _check_closure(values: Mapping[str, Any]) -> None:
    problems = []
    if values["starts_at"] >= values["ends_at"]:
        problems.append(FieldError("#/ends_at", "It must end after it starts."))
    if values.get("practitioner_id") and values.get("room_id"):
        problems.append(FieldError("#/room", "Close a practitioner or a room, not both in one."))
    if problems:
        raise Invalid(problems)


def _name_problems(model: type[Row], pk: int | None, values: Mapping[str, Any]) -> list[FieldError]:
    if "name" not in values:
        return [] if pk else [FieldError("#/name", "Give a name.")]
    if not values["name"].strip():
        return [FieldError("#/name", "Give a name.")]
    if model._default_manager.filter(name=values["name"].strip()).exclude(pk=pk).exists():
        return [FieldError("#/name", "That name is taken.")]
    return []


def _losing_practitioner(pk: int, values: Mapping[str, Any], now: datetime) -> list[Appointment]:
    """The coming bookings that this practitioner would no longer take."""
    coming = _coming(now).filter(practitioner=pk)
    if values.get("active") is not False:
        coming = coming.exclude(kind__in=values["kinds"]) if "kinds" in values else coming.none()
    return list(coming)


def _losing_room(pk: int, values: Mapping[str, Any], now: datetime) -> list[Appointment]:
    """The coming bookings that this room would no longer serve."""
    coming = _coming(now).filter(room=pk)
    if values.get("active") is not False:
        coming = (
            coming.filter(kind__in=NEEDING_ULTRASOUND)
            if values.get("has_ultrasound") is False
            else coming.none()
        )
    return list(coming)


def _existing(model: type[Row], pk: int | None) -> list[int]:
    """The id to lock: none for a row that is being added. Raises: Missing."""
    return [] if pk is None else [int(_find(model, pk).pk)]


def _store(model: type[Row], pk: int | None, values: Mapping[str, Any], *, by: Actor, now: datetime) -> Row:
    row = _find(model, pk) if pk else model()
    for name, value in values.items():
        setattr(row, name, value.strip() if isinstance(value, str) else value)
    row.save()
    noun = str(model._meta.model_name)
    record(f"{noun}-{'changed' if pk else 'added'}", by=by, now=now, subject=f"{noun}:{row.pk}")
    return row


def _find(model: type[Row], pk: int | None, *, lock: bool = False) -> Row:
    rows = model._default_manager.filter(pk=pk)
    row = (rows.select_for_update(no_key=True) if lock else rows).first()
    if row is None:
        raise Missing(f"There is no such {model._meta.verbose_name}.")
    return row


def _touched(old: Closure | None, merged: Mapping[str, Any]) -> dict[str, set[int]]:
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


def _inside(closure: Closure) -> models.QuerySet[Appointment]:
    hit = Appointment.objects.filter(
        status__in=HOLDING, start_at__lt=closure.ends_at, end_at__gt=closure.starts_at
    )
    if closure.practitioner_id is not None:
        hit = hit.filter(practitioner=closure.practitioner_id)
    if closure.room_id is not None:
        hit = hit.filter(room=closure.room_id)
    return hit.order_by("start_at", "pk")


def _outside_sessions(people: set[int], *, now: datetime) -> list[Appointment]:
    """The coming bookings of these practitioners that no session holds any more."""
    booked = Appointment.objects.filter(practitioner__in=people, status__in=HOLDING, start_at__gt=now)
    return without_session(list(booked.order_by("start_at", "pk")))


def _coming(now: datetime) -> models.QuerySet[Appointment]:
    return Appointment.objects.filter(status__in=HOLDING, start_at__gt=now).order_by("start_at", "pk")


def _check_confirmed(hit: Iterable[Appointment], confirm: bool) -> None:
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
            f"{len(named)} booked appointment(s) would have to be moved. Confirm to go on.",
            extra={"clashes": clashes},
        )
