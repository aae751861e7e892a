"""Practitioners and rooms: what managers change, and which bookings lose their place by it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from pht_clinic.errors import FieldError, Forbidden, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.permissions import check_permitted, is_permitted
from pht_clinic.text import what_is_hidden
from scheduling.clinic.consequences import Row, coming_visits, existing, settle_places, store_changed
from scheduling.clinic.feed import digest_of
from scheduling.diary.locks import lock as lock_diary
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.kinds import KINDS
from scheduling.messages.recipients import rename_practitioner
from scheduling.models import Appointment, Practitioner, Room


def save_practitioner(
    pk: int | None,
    values: Mapping[str, Any],
    *,
    confirm: bool = False,
    revision: int | None = None,
    by: Actor,
    now: datetime,
) -> Practitioner:
    """Add (`pk` None) or change a practitioner: name, kinds, active, user_id.

    Without `confirm`, one who has coming bookings is not made inactive: they are named.
    Raises: Forbidden, Invalid, Missing, StaleRevision, HitsBookings.
    """
    check_permitted("manage-clinic", by)
    with use_case():
        lock_diary(practitioners=existing(Practitioner, pk))
        _check_practitioner(pk, values)
        if values.get("active") is False or "user_id" in values:
            values = {**values, **_ended_feed(pk, values)}
        row = store_changed(Practitioner, pk, values, revision=revision, by=by, now=now)
        if pk is not None:
            settle_places(_losing_practitioner(pk, values, now), confirm, now=now)
            if "name" in values:
                rename_practitioner(row)
        return row


def _ended_feed(pk: int | None, values: Mapping[str, Any]) -> dict[str, None]:
    """An address ends with whose it is: for good when they leave, and when another person takes their place."""
    if pk is None:
        return {}
    stays = values.get("active") is not False and Practitioner.objects.filter(pk=pk, user=values["user_id"]).exists()
    return {} if stays else {"feed_digest": None}


def _check_practitioner(pk: int | None, values: Mapping[str, Any]) -> None:
    problems = _name_problems(Practitioner, pk, values)
    if unknown := [kind for kind in values.get("kinds", ()) if kind not in KINDS]:
        problems.append(FieldError("#/kinds", f"{unknown[0]} is not one of {', '.join(KINDS)}."))
    user_id = values.get("user_id")
    if user_id is not None and Practitioner.objects.filter(user=user_id).exclude(pk=pk or 0).exists():
        problems.append(FieldError("#/user_id", "That person is already another practitioner."))
    if problems:
        raise Invalid(problems)


def replace_feed(pk: int, *, by: Actor, now: datetime) -> UUID:
    """The token of a new secret address for a practitioner's calendar feed, known here only; the one before stops.

    Raises: Forbidden, Missing.
    """
    token = uuid4()
    with use_case():
        lock_diary(practitioners=existing(Practitioner, pk))
        check_may_see_feed(the(Practitioner, pk), by=by)
        store_changed(Practitioner, pk, {"feed_digest": digest_of(token)}, by=by, now=now)
    return token


def end_feed(user: User) -> None:
    """The secret address that this user knew, if they are a practitioner, stops; a new one is shown to whoever may."""
    Practitioner.objects.filter(user=user).update(feed_digest=None)


def check_may_see_feed(practitioner: Practitioner, *, by: Actor) -> None:
    """Raise Forbidden unless it is one's own secret address, or one manages the clinic."""
    is_own = by.user_id is not None and practitioner.user_id == by.user_id
    if not is_own and not is_permitted("manage-clinic", by):
        raise Forbidden("Only this practitioner and managers see this address.")


def save_room(
    pk: int | None,
    values: Mapping[str, Any],
    *,
    confirm: bool = False,
    revision: int | None = None,
    by: Actor,
    now: datetime,
) -> Room:
    """Add (`pk` None) or change a room: name, has_ultrasound, active.

    Without `confirm`, one that has coming bookings is not taken out of use: they are named.
    Raises: Forbidden, Invalid, Missing, StaleRevision, HitsBookings.
    """
    check_permitted("manage-clinic", by)
    with use_case():
        lock_diary(rooms=existing(Room, pk))
        if problems := _name_problems(Room, pk, values):
            raise Invalid(problems)
        row = store_changed(Room, pk, values, revision=revision, by=by, now=now)
        if pk is not None:
            settle_places(_losing_room(pk, values, now), confirm, now=now)
        return row


def _name_problems(model: type[Row], pk: int | None, values: Mapping[str, Any]) -> list[FieldError]:
    if "name" not in values:
        return [] if pk else [FieldError("#/name", "Give a name.")]
    if not values["name"].strip():
        return [FieldError("#/name", "Give a name.")]
    if why := what_is_hidden(values["name"].strip()):
        return [FieldError("#/name", f"The name {why}")]
    if model._default_manager.filter(name=values["name"].strip()).exclude(pk=pk).exists():
        return [FieldError("#/name", "That name is taken.")]
    return []


def _losing_practitioner(pk: int, values: Mapping[str, Any], now: datetime) -> list[Appointment]:
    """The coming bookings that this practitioner would no longer take."""
    coming = coming_visits(now).filter(practitioner=pk)
    if values.get("active") is not False:
        coming = coming.exclude(kind__in=values["kinds"]) if "kinds" in values else coming.none()
    return list(coming)


def _losing_room(pk: int, values: Mapping[str, Any], now: datetime) -> list[Appointment]:
    """The coming bookings that this room would no longer serve."""
    coming = coming_visits(now).filter(room=pk)
    if values.get("active") is not False:
        needing_it = [kind.code for kind in KINDS.values() if kind.needs_ultrasound]
        coming = coming.filter(kind__in=needing_it) if values.get("has_ultrasound") is False else coming.none()
    return list(coming)
