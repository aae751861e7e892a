"""Which language a page or mail is in, for its `lang`: `<html lang="{% page_language %}">`."""

from __future__ import annotations

from django import template

from pht_clinic import languages

register = template.Library()


@register.simple_tag
def page_language() -> str:
    """The tag of the language that is spoken now. Source: RFC 5646."""
    return "en-GB" if languages.is_english() else languages.spoken()
