"""Notes on a patient: what colleagues should know, in somebody's own words. Added, never edited, judged by no rule."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from injections.models import Note
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.read import the
from scheduling.models import Patient

LONGEST = 4000


def add_note(patient_id: int, *, text: str, by: Actor, now: datetime) -> Note:
    """Add a note. Raises: Forbidden, Missing, Invalid, Conflict (the record was merged into another)."""
    check_permitted("write-note", by)
    if not text.strip():
        raise Invalid.field("text", "Write the note.")
    if len(text) > LONGEST:
        raise Invalid.field("text", f"Write at most {LONGEST} characters.")
    with transaction.atomic():
        patient = the(Patient, patient_id)
        if patient.merged_into_id is not None:
            extra = {"into": str(patient.merged_into_id)}
            raise Conflict("This record was merged into another. Write it there.", extra=extra)
        note = Note.objects.create(patient=patient, text=text.strip(), recorded_at=now, recorded_by_id=by.user_id)
        record("note-added", by=by, now=now, patients=[patient.pk], subject=f"note:{note.pk}")
        return note
