"""Weekly sessions and extra ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from pht_clinic import clock
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.availability.sessions import first_overlap
from scheduling.availability.weekly import Weekly
from scheduling.clinic.consequences import Changed, bookings_outside_sessions, find_row, settle_places, store_changed
from scheduling.diary.locks import lock as lock_diary
from scheduling.diary.locks import use_case
from scheduling.models import Practitioner, Schedule

QUIET_FROM, QUIET_TO = time(1), time(3)
"""Nothing opens or closes in the hours that the clock changes skip or repeat."""


def save_schedule(
    pk: int | None,
    values: Mapping[str, Any],
    *,
    confirm: bool = False,
    revision: int | None = None,
    by: Actor,
    now: datetime,
) -> Changed:
    """Add or change a weekly session; `values` are the columns of Schedule.

    A change that leaves bookings outside every session names them and needs `confirm`. Two sessions of one practitioner
    may touch, never overlap.
    Raises: Forbidden, Invalid, Missing, StaleRevision, HitsBookings.
    """
    check_permitted("manage-clinic", by)
    with use_case():
        # before its owners, and bookings never lock it: two changes of one session come one after the other
        old = find_row(Schedule, pk, lock=True) if pk else None
        merged = {name: getattr(old, name) for name in _SCHEDULE_FIELDS} if old else dict(_SCHEDULE_DEFAULTS)
        merged |= values
        _check_schedule(merged)
        people = {merged["practitioner_id"]} | ({old.practitioner_id} if old else set())
        rooms = {merged["room_id"]} | ({old.room_id} if old else set())
        locked = lock_diary(practitioners=people, rooms=rooms)
        _check_apart(merged, pk, locked.practitioners[merged["practitioner_id"]], today=clock.local_date(now))
        row = store_changed(Schedule, pk, merged, revision=revision, by=by, now=now)
        homeless = bookings_outside_sessions(people, now=now) if old else []
        settle_places(homeless, confirm, now=now)
        return Changed(row, homeless)


_SCHEDULE_FIELDS = ("practitioner_id", "room_id", "weekday", "opens", "closes", "valid_from", "valid_to", "every_weeks")
_SCHEDULE_DEFAULTS: dict[str, Any] = {"valid_to": None, "every_weeks": 1}


def _check_schedule(values: Mapping[str, Any]) -> None:
    problems = []
    if not 0 <= values["weekday"] <= 6:
        problems.append(FieldError("#/weekday", "Give 0 (Monday) to 6 (Sunday)."))
    if values["opens"] >= values["closes"]:
        problems.append(FieldError("#/closes", "It must close after it opens, on the same day."))
    for name in ("opens", "closes"):
        if QUIET_FROM <= values[name] < QUIET_TO:
            problems.append(
                FieldError(f"#/{name}", "Nothing opens or closes between 01:00 and 03:00, when clocks change.")
            )
    if values["valid_to"] is not None and values["valid_to"] < values["valid_from"]:
        problems.append(FieldError("#/valid_to", "The last day is before the first."))
    if not 1 <= values["every_weeks"] <= 52:
        problems.append(FieldError("#/every_weeks", "Give 1 to 52 weeks."))
    if problems:
        raise Invalid(problems)


def _check_apart(values: Mapping[str, Any], pk: int | None, practitioner: Practitioner, *, today: date) -> None:
    """Raise Invalid, naming the other, where a session overlaps one of the same practitioner from `today` on."""
    ours = Weekly(**{name: values[name] for name in _SCHEDULE_FIELDS})
    others = Schedule.objects.filter(practitioner=practitioner, weekday=ours.weekday).exclude(pk=pk or 0)
    for other in others.select_related("room").order_by("pk"):
        theirs = Weekly(**{name: getattr(other, name) for name in _SCHEDULE_FIELDS})
        day = first_overlap(ours, theirs, from_on=today)
        if day is not None:
            raise Invalid.field(
                "opens",
                f"{practitioner.name} already has a session then: {other.opens:%H:%M} to {other.closes:%H:%M} in "
                f"{other.room.name}. Both would be open on {day:%A} {day.day} {day:%B %Y}. Change that one, or choose "
                "hours apart from it.",
            )
