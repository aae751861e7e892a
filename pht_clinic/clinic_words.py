"""What pages and mails say of the clinic: who and where it is, and whom its country calls in an emergency.

What the clinic says in sentences of its own it says once for each language that patients read.
"""

from __future__ import annotations

import re

from django.conf import settings
from django.utils.translation import get_language


def clinic_words() -> dict[str, str]:
    """By the name under which templates print each, as in `clinic.phone`."""
    return {
        "name": settings.CLINIC_NAME,
        "phone": settings.CLINIC_PHONE,
        "dialled": dialled(settings.CLINIC_PHONE),
        "hours": settings.CLINIC_HOURS_IN.get(get_language() or "", "") or settings.CLINIC_HOURS,
        "address": settings.CLINIC_ADDRESS,
        "emergency_number": settings.EMERGENCY_NUMBER,
        "emergency_department": settings.EMERGENCY_DEPARTMENT,
        "out_of_hours": settings.OUT_OF_HOURS_NUMBER,
    }


def dialled(phone: str) -> str:
    """What stands behind `tel:` in a link: digits, and a + before them; no extension, no words. Source: RFC 3966."""
    number = re.match(r"[\d+()\s./-]*", phone)
    return re.sub(r"[^+\d]", "", number[0]) if number else ""


def thinner_sentence() -> str:
    """The clinic's own sentence to patients on blood thinners in the language spoken now; "" where it has none."""
    own = settings.BLOOD_THINNER_SENTENCE_IN.get(get_language() or "", settings.BLOOD_THINNER_SENTENCE)
    return " ".join(own.split())


def emergency_words() -> tuple[str, str, str]:
    """The number, the department, and whom to call when the clinic is closed."""
    return settings.EMERGENCY_NUMBER, settings.EMERGENCY_DEPARTMENT, settings.OUT_OF_HOURS_NUMBER
