"""Whom to phone because of what was just recorded, whether or not anything is booked."""

from __future__ import annotations

from datetime import datetime

from injections.assessment import open_calls
from injections.assessment.everywhere import judged_now
from injections.facts.history import History, history_about
from injections.safety.codes import HISTORY_SIDES
from injections.safety.sites import AREAS
from injections.visit_kinds import INJECTING
from pht_clinic.errors import FieldError, Invalid
from scheduling.models import Appointment, Patient


def phone_at_once(patient: Patient, *, area: str | None, side: str | None, now: datetime) -> None:
    """Put the patient on the call list for what was just recorded, whether or not anything is booked.

    It is judged as if an injection were asked for now in each area and side that the record fits. Call it before the
    patient's bookings are judged again: a call that is open stands against all of them.
    """
    history = history_about(patient, now=now)
    for judged in judged_now(history, area=area, side=side, now=now):
        visit = _coming_there(history, judged.area, judged.side)
        open_calls.open_for_findings(judged.judgement, judged.facts, history, appointment=visit, now=now)


def _coming_there(history: History, area: str, side: str) -> Appointment | None:
    """The visit that the call would be about: one to inject there that is not over."""
    for visit in history.visits:
        is_coming = visit.kind in INJECTING and visit.end_at > history.now
        if is_coming and (area, side) in [one.place for one in visit.injection_request.wanted]:
            return visit
    return None


def check_area_and_side(area: str | None, side: str | None) -> None:
    problems = []
    if area and area not in AREAS:
        problems.append(FieldError("#/area", f"Choose one of {', '.join(AREAS)}."))
    if side and side not in HISTORY_SIDES:
        problems.append(FieldError("#/side", f"Choose one of {', '.join(HISTORY_SIDES)}."))
    if problems:
        raise Invalid(problems)
