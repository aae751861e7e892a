"""What a wish on the waiting list is for, in words. Text only, no HTML."""

from __future__ import annotations

from django import template

from injections.models import WaitingWish
from injections.templatetags.injection_words import where
from scheduling.templatetags.clinic_words import day, kind_name

register = template.Library()

_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")
_HALVES = {"morning": "mornings", "afternoon": "afternoons"}


@register.filter
def wish_what(wish: WaitingWish) -> str:
    """Injection, left hamstring origin."""
    name = kind_name(wish.kind)
    return f"{name}, {where(wish).lower()}" if wish.wanted else name


@register.filter
def wish_when(wish: WaitingWish) -> str:
    """Mondays and Fridays, mornings, with Dr Hale, not before 4 May 2026, at least 1 day before."""
    days = [_WEEKDAYS[number] for number in wish.weekdays]
    said = [" and ".join(", ".join(days).rsplit(", ", 1)) or "any day"]
    if len(wish.halves) == 1:
        said.append(_HALVES[wish.halves[0]])
    if wish.practitioner is not None:
        said.append(f"with {wish.practitioner}")
    if wish.earliest_on is not None:
        said.append(f"not before {day(wish.earliest_on)}")
    said.append(f"at least {wish.notice_words} before")
    text = ", ".join(said)
    return text[:1].upper() + text[1:]
