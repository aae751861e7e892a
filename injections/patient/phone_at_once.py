"""Whom to phone because of what was just recorded, whether or not anything is booked."""

from __future__ import annotations

from datetime import datetime

from injections.assessment import open_calls
from injections.assessment.everywhere import judged_now
from injections.facts.history import history_about
from injections.safety.codes import HISTORY_SIDES
from injections.safety.sites import AREAS
from pht_clinic.errors import FieldError, Invalid
from scheduling.models import Patient


def phone_at_once(patient: Patient, *, area: str | None, side: str | None, now: datetime) -> None:
    """Put the patient on the call list for what was just recorded, whether or not anything is booked.

    It is judged as if an injection were asked for now in each area and side that the record fits.
    """
    history = history_about(patient, now=now)
    for judged in judged_now(history, area=area, side=side, now=now):
        open_calls.open_for_findings(judged.judgement, judged.facts, history, appointment=None, now=now)


def check_area_and_side(area: str | None, side: str | None) -> None:
    problems = []
    if area and area not in AREAS:
        problems.append(FieldError("#/area", f"Choose one of {', '.join(AREAS)}."))
    if side and side not in HISTORY_SIDES:
        problems.append(FieldError("#/side", f"Choose one of {', '.join(HISTORY_SIDES)}."))
    if problems:
        raise Invalid(problems)
