"""Closures of a practitioner, a room or the whole clinic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.clinic.consequences import (
    Changed,
    bookings_inside,
    find_row,
    settle_places,
    store_changed,
    whom_it_closes,
)
from scheduling.diary.locks import lock as lock_diary
from scheduling.diary.locks import use_case
from scheduling.models import Closure


def save_closure(
    pk: int | None,
    values: Mapping[str, Any],
    *,
    confirm: bool = False,
    revision: int | None = None,
    by: Actor,
    now: datetime,
) -> Changed:
    """Add or change a closure; locks whom it closed before as well as whom it closes now.

    Raises: Forbidden, Invalid, Missing, StaleRevision, HitsBookings.
    """
    check_permitted("manage-clinic", by)
    with use_case():
        # before its owners, and bookings never lock it: two changes of one closure come one after the other
        old = find_row(Closure, pk, lock=True) if pk else None
        merged = {name: getattr(old, name) for name in _CLOSURE_FIELDS} if old else {}
        merged |= values
        _check_closure(merged)
        lock_diary(**whom_it_closes(old, merged))
        row = store_changed(Closure, pk, merged, revision=revision, by=by, now=now)
        hit = list(bookings_inside(row).filter(end_at__gt=now))
        settle_places(hit, confirm, now=now)
        return Changed(row, hit)


_CLOSURE_FIELDS = ("starts_at", "ends_at", "practitioner_id", "room_id", "reason")


def _check_closure(values: Mapping[str, Any]) -> None:
    problems = []
    if values["starts_at"] >= values["ends_at"]:
        problems.append(FieldError("#/ends_at", "It must end after it starts."))
    if values.get("practitioner_id") and values.get("room_id"):
        problems.append(FieldError("#/room", "Close a practitioner or a room, not both in one."))
    if problems:
        raise Invalid(problems)
