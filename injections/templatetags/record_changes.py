"""What a correction changed of a record, old beside new, and what a report says in one paragraph. Text only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django import template

from injections import words
from injections.models import ImagingReport, Injection
from injections.templatetags.injection_words import given_on, in_words, site_name
from scheduling.templatetags.clinic_words import day, moment, plain

register = template.Library()

_STEROID: Final = {True: "Yes", False: "No", None: "Not known"}
_NAMES: Final = {
    "site": "Site",
    "side": "Side",
    "targets": "Target",
    "given": "Date",
    "steroid": "Steroid",
    "origin": "How we know",
    "drug": "Drug",
    "dose_mg": "Dose",
    "strength_mg_ml": "Strength in mg/ml",
    "volume_ml": "Volume in ml",
    "batch": "Batch",
    "expires_on": "Expiry date of the batch",
    "started_at": "Started",
    "ended_at": "Ended",
    "local_anaesthetic": "Local anaesthetic",
    "complications": "Complications",
    "rest_hours": "Hours of rest",
    "rest_reason": "Reason for that rest",
    "note": "Note",
    "modality": "Examination",
    "area": "Area",
    "performed_on": "Date of the examination",
    "tendon": "Tendon",
    "tendinopathy": "Tendinopathy",
    "tendinopathy_grade": "Grade of the tendinopathy",
    "bursitis": "Bursitis",
    "tear": "Tear",
    "tear_grade": "Grade of the tear",
    "tear_size_mm": "Size of the tear in mm",
    **words.JOINT_FINDINGS,
    "other_diagnosis": "Other diagnosis",
    "other_diagnosis_text": "What else was found",
    "findings": "Findings",
    "conclusion": "Conclusion",
    "reported_by": "Reported by",
}
"""Every field that a correction may change, in the order in which it is shown."""


@dataclass(frozen=True, slots=True)
class Change:
    name: str
    old: str
    new: str


@register.filter
def changes_to_next(row: Injection | ImagingReport) -> list[Change]:
    """What the correction that took this record's place changed; nothing of one that stands or was withdrawn.

    Reads `superseded_by` of the row: have it at hand.
    """
    later = getattr(row, "superseded_by", None)
    return [] if later is None or _is_withdrawn(later) else differences(row, later)


def differences(old: Injection | ImagingReport, new: Injection | ImagingReport) -> list[Change]:
    """What two versions of one record say otherwise, in words."""
    pairs = ((label, _shown(old, name), _shown(new, name)) for name, label in _NAMES.items() if hasattr(old, name))
    return [Change(label, was, is_now) for label, was, is_now in pairs if was != is_now]


def _is_withdrawn(row: Injection | ImagingReport) -> bool:
    return getattr(row, "is_withdrawn", False) or getattr(row, "status", "") == Injection.Status.ENTERED_IN_ERROR


def _shown(row: Any, name: str) -> str:
    value = getattr(row, name)
    if name == "given":
        return given_on(row)
    if name == "dose_mg" and value is not None:
        return f"{plain(value)}mg"
    if name == "steroid":
        return _STEROID[value]
    if name == "origin":
        return str(row.get_origin_display())
    if name == "other_diagnosis":
        return str(words.OTHER_DIAGNOSES.get(value, value))
    if name == "site":
        return str(site_name(value))
    return _plainly(value)


def _plainly(value: Any) -> str:
    if value in (None, "", [], {}):
        return "nothing"
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, Decimal):
        return str(plain(value))
    if isinstance(value, dict):
        dose_mg = f" {plain(value['dose_mg'])}mg" if value.get("dose_mg") else ""
        return f"{value.get('drug', '')}{dose_mg}"
    return str(in_words(value))


@register.filter
def report_says(row: ImagingReport) -> str:
    """What the fields of a report say, in a sentence; of what it does not speak nothing is said."""
    return words.report_says({name: getattr(row, name) for name in words.SAID_OF_REPORTS})
