"""Reading the audit trail: by patient, by person, by time."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from pht_clinic.audit.models import Entry
from scheduling.audit.words import NO_ACTIVITY
from scheduling.models import Patient


def audit_entries(
    *,
    patient_id: int | None = None,
    user_id: int | None = None,
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
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows if until is None else rows.filter(at__lt=until)


def activity_about(patient_id: int) -> QuerySet[Entry]:
    """What was done about a patient, the newest first; without who looked at the record, or exported the trail."""
    rows = audit_entries(patient_id=patient_id).exclude(verb__in=NO_ACTIVITY)
    return rows.order_by("-pk")
