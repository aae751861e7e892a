"""Who may do what, asked by a template: `{% if user|may:"book" %}`."""

from __future__ import annotations

from django import template
from django.contrib.auth.models import AnonymousUser

from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from pht_clinic.permissions import is_permitted

register = template.Library()


@register.filter
def may(user: User | AnonymousUser, action: str) -> bool:
    """Whether whoever is signed in may do this; nobody may, who is not."""
    return user.is_authenticated and is_permitted(action, actor_of(user))
