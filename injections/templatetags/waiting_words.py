"""What a wish on the waiting list is for, in words. Text only, no HTML."""

from __future__ import annotations

from django import template

from injections.models import WaitingWish
from injections.templatetags.injection_words import where
from scheduling.availability.hours_of_day import NOON
from scheduling.templatetags.clinic_words import day, kind_name

register = template.Library()

_WEEKDAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@register.filter
def wish_what(wish: WaitingWish) -> str:
    """Injection, left hamstring origin."""
    name = kind_name(wish.kind)
    return f"{name}, {where(wish).lower()}" if wish.wanted else name


@register.filter
def wish_when(wish: WaitingWish) -> str:
    """Mondays and Fridays, mornings, with Dr Hale, from 4 May 2026, until 8 May 2026, at least 1 day before."""
    days = [_WEEKDAYS[number] for number in wish.weekdays]
    said = [" and ".join(", ".join(days).rsplit(", ", 1)) or "any day"]
    if hours := _hours(wish):
        said.append(hours)
    if wish.practitioner is not None:
        said.append(f"with {wish.practitioner}")
    if wish.from_on is not None:
        said.append(f"from {day(wish.from_on)}")
    if wish.to_on is not None:
        said.append(f"until {day(wish.to_on)}")
    said.append(f"at least {wish.notice_words} before" if wish.notice_hours else "at any moment")
    text = ", ".join(said)
    return text[:1].upper() + text[1:]


def _hours(wish: WaitingWish) -> str:
    """Mornings; from 14:00; before 16:30; between 14:00 and 16:30."""
    match wish.after, wish.before:
        case None, None:
            return ""
        case None, before if before == NOON:
            return "mornings"
        case after, None if after == NOON:
            return "afternoons"
        case None, before:
            return f"before {before:%H:%M}"
        case after, None:
            return f"from {after:%H:%M}"
        case after, before:
            return f"between {after:%H:%M} and {before:%H:%M}"
