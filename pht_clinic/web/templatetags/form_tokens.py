"""`{% csrf_token %}` of every form: Django's token, and for whoever is signed in the note that says so.

A tag of the same name, so that no form can have the one without the other.
"""

from __future__ import annotations

from django import template
from django.template import Context

from pht_clinic.web.typed_work.note import FIELD, note_for

register = template.Library()


@register.inclusion_tag("components/_form_token.html", name="csrf_token", takes_context=True)
def csrf_token(context: Context) -> dict[str, object]:
    request = context.get("request")
    return {
        "token": context.get("csrf_token"),
        "field": FIELD,
        "note": note_for(request) if request is not None and hasattr(request, "user") else "",
    }
