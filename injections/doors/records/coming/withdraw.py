"""Withdrawing what a line brought in, but for what was used since."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from injections.assessment.noted import judged_later
from injections.doors.records.coming.columns import PATIENT
from injections.doors.records.coming.kinds import KINDS
from injections.models import ImportLine
from pht_clinic.audit.record import record
from pht_clinic.errors import Busy, Refusal
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment, Patient


def withdraw_line(line: ImportLine, *, by: Actor, now: datetime) -> None:
    """Take back what a line added, in the caller's transaction, and say on it that it is, or why it stays.

    A fact is withdrawn by its use case, and stays readable. A patient of whom nothing else is known is removed; with
    anything else, be it facts that were withdrawn, the record stays. Raises: Busy.
    """
    why = _registration(line, by=by, now=now) if line.kind == PATIENT else _fact(line, by=by, now=now)
    line.is_withdrawn, line.kept_because = not why, why
    line.save(update_fields=["is_withdrawn", "kept_because"])


def _fact(line: ImportLine, *, by: Actor, now: datetime) -> str:
    kind = KINDS[line.kind]
    if kind.withdraw is None or line.row_id is None:
        return kind.why_kept
    try:
        with transaction.atomic(), judged_later():
            kind.withdraw(line.row_id, by, now)
    except Busy:
        raise
    except Refusal as refusal:  # corrected or withdrawn since
        return refusal.sentence
    return ""


def _registration(line: ImportLine, *, by: Actor, now: datetime) -> str:
    """Why the patient stays; "" where the record is gone."""
    patient = Patient.objects.select_for_update().filter(pk=line.row_id or 0).first()
    if patient is None:
        return ""
    if patient.revision > 1:
        return "The details were changed since."
    try:
        with transaction.atomic():
            # the trail first: it names a record that is there
            record("registration-withdrawn", by=by, now=now, patients=[patient.pk], subject=f"patient:{patient.pk}")
            line.patient = None
            line.save(update_fields=["patient"])
            patient.delete()
    except ProtectedError as error:
        line.patient = patient
        return _what_hangs_on(error.protected_objects)
    return ""


def _what_hangs_on(rows: Iterable[Any]) -> str:
    models = {type(row) for row in rows}
    if Appointment in models:
        return "A visit was booked since."
    named = ", ".join(sorted(str(model._meta.verbose_name_plural) for model in models))
    return f"The record holds {named}, which are kept even when they are withdrawn."
