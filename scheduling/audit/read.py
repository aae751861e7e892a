"""Reading the audit trail: by patient, by person, by kind, by time."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Q, QuerySet, TextChoices

from pht_clinic.audit.models import Entry
from scheduling.audit.words import NO_ACTIVITY, REFUSALS
from scheduling.models import Patient

_VIEWED: Final = Q(verb="viewed")


class EntryKind(TextChoices):
    """What an entry tells of."""

    VIEWS = "views", "Who looked at what"
    CHANGES = "changes", "What was done"
    REFUSALS = "refusals", "What was refused or failed"


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
    rows = audit_entries(patient_id=patient_id).exclude(verb__in=NO_ACTIVITY)
    return rows.order_by("-pk")


def _of_kind(kind: EntryKind) -> Q:
    refused = Q(verb__in=REFUSALS)
    return {EntryKind.VIEWS: _VIEWED, EntryKind.REFUSALS: refused, EntryKind.CHANGES: ~_VIEWED & ~refused}[kind]
