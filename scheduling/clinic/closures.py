"""Closures of a practitioner, a room or the whole clinic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, FieldError, Invalid
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
from scheduling.messages.to_be_moved import hold_and_release
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
    return _saved(pk, values, confirm=confirm, revision=revision, by=by, now=now)


def close_at_short_notice(values: Mapping[str, Any], *, confirm: bool = False, by: Actor, now: datetime) -> Changed:
    """Close somebody, a room or the clinic because it cannot be otherwise: illness, a room out of use. As save_closure.

    It has to end after now (422), else nothing is left to be moved. Raises: those of save_closure.
    """
    check_permitted("close-at-short-notice", by)
    if values["ends_at"] <= now:
        raise Invalid.field("ends_at", "This time is over. Choose an end that is still to come.")
    return _saved(None, {**values, "at_short_notice": True}, confirm=confirm, by=by, now=now)


def lift_closure(closure_id: int, *, by: Actor, now: datetime) -> Closure:
    """It is open again: what was closed at short notice ends now, or never was if it has not begun.

    Visits that nobody touched stand as before, and what was held back of their messages waits for its time again. What
    was moved or cancelled meanwhile stays so.
    Raises: Forbidden, Missing, WrongClosure (planned by a manager, or over).
    """
    check_permitted("close-at-short-notice", by)
    with use_case():
        row = find_row(Closure, closure_id, lock=True)
        check_may_lift(row, by=by, now=now)
        lock_diary(**whom_it_closes(row, {"practitioner_id": row.practitioner_id, "room_id": row.room_id}))
        if row.starts_at < now:
            store_changed(Closure, row.pk, {"ends_at": now}, by=by, now=now)
        else:
            row.delete()
        record("closure-lifted", by=by, now=now, subject=f"closure:{closure_id}", detail=_as_it_was(row))
        hold_and_release(now=now)
        return row


class WrongClosure(Conflict):
    """This closure is not one that the desk may lift."""

    code = "wrong-closure"


def check_may_lift(row: Closure, *, by: Actor, now: datetime) -> None:
    """Raise Forbidden or WrongClosure unless it can be opened again. Boundary: what ends now is over."""
    check_permitted("close-at-short-notice", by)
    if not row.at_short_notice:
        raise WrongClosure("This closure was planned by a manager. A manager changes it.")
    if row.ends_at <= now:
        raise WrongClosure("This closure is already over.")


def _as_it_was(row: Closure) -> dict[str, Any]:
    times = {"starts_at": row.starts_at.isoformat(), "ends_at": row.ends_at.isoformat()}
    return {**times, "practitioner": row.practitioner_id, "room": row.room_id}


def _saved(
    pk: int | None, values: Mapping[str, Any], *, confirm: bool, revision: int | None = None, by: Actor, now: datetime
) -> Changed:
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
