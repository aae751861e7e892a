"""What can be done to a visit, for templates of every topic: `{% visit_actions visit as actions %}`.

A page of many visits asks for one alone: `{% visit_action visit "move" as move %}`.
"""

from __future__ import annotations

from django import template
from django.template import Context

from injections.assessment.visits import Visit
from injections.visit.actions import Action, action_of, actions_of
from injections.visit.again import book_again
from pht_clinic.people.actors import actor_of

register = template.Library()


@register.simple_tag(takes_context=True)
def visit_actions(context: Context, visit: Visit) -> dict[str, Action]:
    """By whoever is signed in, now."""
    return actions_of(visit, by=actor_of(context["user"]), now=context["clinic_now"])


@register.simple_tag(takes_context=True)
def visit_action(context: Context, visit: Visit, name: str) -> Action:
    """One of these by whoever is signed in, now."""
    return action_of(name, visit, by=actor_of(context["user"]), now=context["clinic_now"])


@register.simple_tag(takes_context=True)
def again_address(context: Context, visit: Visit) -> str:
    """Where whoever is signed in books the same again; "" where that makes no sense, or they may not."""
    return book_again(visit.appointment, by=actor_of(context["user"]), now=context["clinic_now"])
