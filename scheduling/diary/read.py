"""Reads of the diary and of what the clinic consists of, for pages and API. They change nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final, NamedTuple, TypeVar

from django.db.models import Count, Model, QuerySet

from pht_clinic.errors import Missing
from pht_clinic.rows import together
from scheduling.models import Appointment, Message, Practitioner, Room
from scheduling.states import KEEPS_TIME, Status

Row = TypeVar("Row", bound=Model)
LONGER_THAN_ANY: Final = timedelta(days=1)
"""No visit takes as long: it lies within a session of one day."""


def the(rows: type[Row] | QuerySet[Row], pk: int) -> Row:
    """The one with this id of a model, or among these rows. Raises: Missing."""
    found = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    row = found.filter(pk=pk).first()
    if row is None:
        raise Missing(f"There is no such {found.model._meta.verbose_name}.")
    return row


def who_and_where(*, kind: str | None = None) -> tuple[list[Practitioner], list[Room]]:
    """Who takes visits, or visits of one kind, and the rooms in use. One query."""
    people = Practitioner.objects.filter(active=True)
    takers = people if kind is None else people.filter(kinds__contains=[kind])
    who, where = together(takers, Room.objects.filter(active=True))
    return who, where


def diary_between(
    *,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    practitioner_id: int | None = None,
    room_id: int | None = None,
    patient_id: int | None = None,
    statuses: Collection[str] = (),
    now: datetime,
) -> QuerySet[Appointment]:
    """What touches the half-open stretch from `starts_at` to `ends_at`: visits, and the times that somebody holds at
    this moment, which are of no patient; None and () mean any.

    A patient's are also those of the records merged into it.
    """
    found = Appointment.diary.exclude(status=Status.PROPOSED, held_until__lte=now)
    if starts_at is not None:
        # the second says nothing new, but lets an index on starts leave the whole past out
        found = found.filter(end_at__gt=starts_at, start_at__gt=starts_at - LONGER_THAN_ANY)
    if ends_at is not None:
        found = found.filter(start_at__lt=ends_at)
    if practitioner_id is not None:
        found = found.filter(practitioner=practitioner_id)
    if room_id is not None:
        found = found.filter(room=room_id)
    if patient_id is not None:
        found = found.of_patient(patient_id).exclude(status=Status.PROPOSED)
    return found.filter(status__in=statuses) if statuses else found


class Places(NamedTuple):
    """How many places of a class are taken, by a visit or a time that is held, of how many there are."""

    taken: int
    of: int


def places_taken(groups: Collection[int], *, now: datetime) -> dict[int, int]:
    """How many places of each of these classes are taken at this moment. One query, none for no class."""
    if not groups:
        return {}
    rows = Appointment.diary.filter(group__in=groups, status__in=KEEPS_TIME).order_by()
    counted = rows.exclude(status=Status.PROPOSED, held_until__lte=now).values("group").annotate(taken=Count("pk"))
    return dict(counted.values_list("group", "taken"))


def messages_of(appointment_id: int) -> QuerySet[Message]:
    """Everything that was or will be sent because of one appointment. Raises: Missing."""
    return Message.objects.filter(appointment=the(Appointment, appointment_id))
