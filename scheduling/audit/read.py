"""Reading the audit trail: by patient, by person, by kind, by time; in which order, and whether its times agree."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Q, QuerySet, TextChoices

from pht_clinic.audit.models import Entry
from scheduling.audit.words import FEED_READ, NO_ACTIVITY, REFUSALS
from scheduling.models import Patient

_VIEWED: Final = Q(verb="viewed")
_APART: Final = timedelta(minutes=1)
"""What a request may take from reading the clock to its last entry, and what clocks of servers may differ."""
_MOMENT: Final = "%Y%m%dT%H%M%S.%f"
_PLACE: Final = re.compile(r"[0-9]{8}T[0-9]{6}\.[0-9]{6}-[0-9]{1,18}", re.ASCII)
Place = tuple[datetime, int]
"""Where an entry stands: when it was done, and its number."""


class EntryKind(TextChoices):
    """What an entry tells of."""

    VIEWS = "views", "Who looked at what"
    CHANGES = "changes", "What was done"
    REFUSALS = "refusals", "What was refused or failed"
    FEEDS = "feeds", "Which calendar feeds were fetched"


def audit_entries(
    *,
    patient_id: int | None = None,
    user_id: int | None = None,
    kind: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> QuerySet[Entry]:
    """The audit trail, half-open in time; what was done to a merged record counts for the patient who is kept."""
    rows = Entry.objects.all()
    if patient_id is not None:
        records = Patient.objects.records_of(patient_id).values_list("pk", flat=True)
        rows = rows.filter(patient_ids__overlap=[patient_id, *records])
    if user_id is not None:
        rows = rows.filter(user=user_id)
    if kind:
        rows = rows.filter(_of_kind(EntryKind(kind)))
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows if until is None else rows.filter(at__lt=until)


def activity_about(patient_id: int) -> QuerySet[Entry]:
    """What was done about a patient, the newest first; without who looked at the record, or exported the trail."""
    return newest_first(audit_entries(patient_id=patient_id).exclude(verb__in=NO_ACTIVITY))


def newest_first(rows: QuerySet[Entry], *, before: Place | None = None) -> QuerySet[Entry]:
    """By when it was done, of one instant by the order in which it was noted; only what stands before this place.

    Served by the index on the time. What is noted meanwhile moves nothing from one page to another.
    """
    if before is not None:
        at, pk = before
        rows = rows.filter(at__lte=at).exclude(at=at, pk__gte=pk)
    return rows.order_by("-at", "-pk")


def page_of_entries(rows: QuerySet[Entry], *, before: str, size: int) -> tuple[list[Entry], bool]:
    """The newest of them from this place on, the very newest where it is none, and whether there are more."""
    found = list(newest_first(rows, before=place_of(before))[: size + 1])
    return found[:size], len(found) > size


def place_after(entry: Entry) -> str:
    """The place from which a list goes on after this entry, for an address."""
    return f"{entry.at.astimezone(UTC):{_MOMENT}}-{entry.pk}"


def place_of(text: str) -> Place | None:
    """What `place_after` said; None of anything else."""
    if not _PLACE.fullmatch(text):
        return None
    moment, _, number = text.partition("-")
    try:
        return datetime.strptime(moment, _MOMENT).replace(tzinfo=UTC), int(number)
    except ValueError:  # the thirteenth month
        return None


def stored_apart(entry: Entry) -> datetime | None:
    """When the database took an entry, where that is more than a minute from when it says that it was done.

    Nobody but the database sets it, so who sets the other cannot hide it. None where the clock is moved, as in a demo,
    and of what was noted before the database said so.
    """
    if settings.CLOCK_OFFSET_FILE or entry.stored_at is None:
        return None
    return entry.stored_at if abs(entry.stored_at - entry.at) > _APART else None


def _of_kind(kind: EntryKind) -> Q:
    refused = Q(verb__in=REFUSALS)
    return {
        EntryKind.VIEWS: _VIEWED,
        EntryKind.CHANGES: ~_VIEWED & ~refused,
        EntryKind.REFUSALS: refused,
        EntryKind.FEEDS: Q(verb=FEED_READ),
    }[kind]
