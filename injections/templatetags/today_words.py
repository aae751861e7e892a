"""How lists of a day say who is here, who is late, and whose turn it is. Text only, no HTML."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from injections.assessment.visits import Visit
from injections.models import WaitingFor
from injections.visit_kinds import KINDS
from scheduling.states import Status
from scheduling.templatetags.clinic_words import clock_time, lasting

register = template.Library()


@register.simple_tag(takes_context=True)
def presence(context: Context, visit: Visit) -> str:
    """Whether the patient is here or late, "" where neither can be said: "Here since 08:55", "Late by 7 minutes"."""
    if visit.appointment.status == Status.ARRIVED:
        return f"Here since {clock_time(visit.here_since)}" if visit.here_since else "Here"
    late = visit.late_by(context["clinic_now"])
    return f"Late by {lasting(late)}" if late else ""


@register.filter
def whose_turn(visit: Visit) -> str:
    """Of one that waits: who has to do something now, and what; "" of any other."""
    if visit.waiting_for == WaitingFor.ANSWERS:
        if visit.is_for_the_patient:
            return "The patient’s turn: questions to answer"
        return "Reception’s turn: records to complete"
    return "A radiologist’s turn: a decision" if visit.appointment.status == Status.PENDING else ""


@register.filter
def injects(appointment: Any) -> bool:
    """Whether a visit counts as an injection given until somebody says what happened."""
    return KINDS[appointment.kind].injects
