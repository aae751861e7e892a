"""Where an injection goes, in the words and the language of its patient. Text only, no HTML."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.translation import gettext

from injections import words
from injections.templatetags.injection_words import where
from pht_clinic import languages

register = template.Library()


@register.filter
def own_where(asked: Any) -> str:
    """In English as staff read it; in another language the site, and its sides behind it, so that no ending depends on
    a side: "Hüftgelenk (links, rechts), Schleimbeutel am Sitzbein (links)".
    """
    if languages.is_english():
        return where(asked)
    sides: dict[str, list[str]] = {}
    for one in asked.wanted:
        sides.setdefault(one.site, []).append(gettext(words.SIDES[one.side].lower()))
    return ", ".join(f"{gettext(words.SITE_NAMES[site])} ({', '.join(each)})" for site, each in sides.items())
