"""What a row of a patient's record is, in one line, for whoever says whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from django.db import models

from injections.models import (
    AllergyIntolerance,
    Assessment,
    Call,
    Condition,
    ConsentWithdrawal,
    ImagingReport,
    Injection,
    Note,
    Pathway,
    PlannedActivity,
    RecoveryAnswer,
    Screening,
)
from injections.words import AREA_NAMES, MODALITIES, SIDES, SITE_NAMES
from scheduling.audit.words import ABOUT
from scheduling.messages.words import counted
from scheduling.models import Appointment
from scheduling.templatetags.clinic_words import day, kind_name, moment, status_words

_LONGEST: Final = 200


def what_it_is(row: models.Model) -> str:
    """One line, with the day: "Note of 2 March 2026: allergic to latex"."""
    match row:
        case Appointment():
            return f"{kind_name(row.kind)} on {moment(row.start_at)}, {status_words(row.status)}"
        case Injection():
            where = f"{SITE_NAMES.get(row.site, row.site)}, {SIDES[row.side].lower()}"
            return f"Injection entered {day(row.recorded_at)}: {where}, {row.given or 'no date known'}"
        case ImagingReport():
            what = f"{MODALITIES[row.modality]} of {day(row.performed_on)}"
            return f"{what}: {AREA_NAMES[row.area]}, {SIDES[row.side].lower()}"
        case Screening():
            return f"Answers of {_when(row.recorded_at)}{_place(row)}, given by {row.answered_by}"
        case Pathway():
            return f"Pathway recorded {_when(row.recorded_at)}{_place(row)}"
        case Note() | AllergyIntolerance() | Condition() | ConsentWithdrawal():
            return _as_written(row)
        case PlannedActivity():
            return f"Planned activity on {moment(row.start_at)}"
        case Call():
            return f"Call opened {_when(row.opened_at)}: {row.get_why_display()}"
        case RecoveryAnswer():
            return f"Recovery answer of {_when(row.answered_at)}"
    return f"{str(row._meta.verbose_name).capitalize()} {row.pk}"


def _as_written(row: Note | AllergyIntolerance | Condition | ConsentWithdrawal) -> str:
    if isinstance(row, Note):
        return f"Note of {_when(row.recorded_at)}: {row.text[:_LONGEST]}"
    if isinstance(row, ConsentWithdrawal):
        return f"Consent withdrawn by {row.said_by}, recorded {_when(row.recorded_at)}"
    noun, name = (
        ("Allergy", row.substance) if isinstance(row, AllergyIntolerance) else (row.get_kind_display(), row.name)
    )
    return f"{noun} recorded {_when(row.recorded_at)}: {name}"


def _when(at: datetime) -> str:
    return moment(at)


def _place(row: Screening | Pathway) -> str:
    if not row.area:
        return ""
    side = f", {SIDES[row.side].lower()}" if row.side else ""
    return f" ({AREA_NAMES[row.area]}{side})"


def counted_rows(found: Mapping[type[models.Model], Sequence[int]]) -> list[str]:
    """How many rows of each kind, as words: "2 visits"; nothing of verdicts, which nobody counts."""
    named = {model: ABOUT.get(str(model._meta.model_name), str(model._meta.verbose_name)) for model in found}
    return [counted(len(ids), named[model]) for model, ids in found.items() if model is not Assessment]
