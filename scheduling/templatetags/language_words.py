"""What staff read of the languages that patients read, and of who signed the wording in each. Text only, no HTML."""

from __future__ import annotations

from typing import Final

from django import template

from pht_clinic import languages
from scheduling.messages import words
from scheduling.models import Patient

register = template.Library()
_UNSIGNED: Final = "Awaiting a translator’s signature. Until then English is sent."


@register.simple_tag
def written_language(patient: Patient) -> str:
    """What somebody reads, and whose signature stands under its wording, or why English is sent."""
    code = patient.written_language
    name, signed = languages.NAMES.get(code, "English"), languages.signature_of(code)
    if signed:
        return f"{name}. Wording signed by {signed.who}, {words.full_date(signed.on)}"
    return f"{name}. {languages.why_english(code)}".removesuffix(" ")


@register.simple_tag
def other_languages() -> list[tuple[str, str]]:
    """Each language beside English, and who signed the wording in it."""
    signed = {code: languages.signature_of(code) for code in languages.NAMES}
    return [
        (languages.NAMES[code], f"Wording signed by {one.who}, {words.full_date(one.on)}" if one else _UNSIGNED)
        for code, one in signed.items()
    ]
