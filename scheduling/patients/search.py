"""Finding a patient by name, date of birth, number or phone."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from django.contrib.postgres.search import TrigramWordSimilarity
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Greatest, Lower

from scheduling.models import Patient

SEARCH_LIMIT = 50
SIMILAR_ENOUGH = 0.3


def search_patients(text: str) -> list[Patient]:
    """Patients by any mix of name parts (typing slips included), date or year of birth, part of a phone or NHS number.

    Every word must fit; best fitting names first, at most 50. Merged records are left out.
    """
    if not text.strip():
        return []
    only_digits = Func(F("phone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    found = Patient.objects.filter(merged_into__isnull=True).annotate(phone_digits=only_digits)
    alike: list[Any] = []
    for word in text.split()[:8]:
        if condition := _number_or_date(word):
            found = found.filter(condition)
        else:
            name = f"alike_{len(alike)}"
            likeness = Greatest(
                TrigramWordSimilarity(word.lower(), Lower("family_name")),
                TrigramWordSimilarity(word.lower(), Lower("given_name")),
            )
            found = found.annotate(**{name: likeness}).filter(
                Q(**{f"{name}__gte": SIMILAR_ENOUGH})
                | Q(family_name__istartswith=word)
                | Q(given_name__istartswith=word)
            )
            alike.append(F(name).desc())
    return list(found.order_by(*alike, "family_name", "given_name", "pk")[:SEARCH_LIMIT])


def _number_or_date(word: str) -> Q | None:
    try:
        return Q(date_of_birth=date.fromisoformat(word))
    except ValueError:
        pass
    if british := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})", word):
        day, month, year = map(int, british.groups())
        try:
            return Q(date_of_birth=date(year, month, day))
        except ValueError:
            return None
    digits = re.sub(r"[\s()+-]", "", word)
    if not (digits.isascii() and digits.isdigit()):
        return None
    condition = Q(nhs_number__contains=digits) | Q(phone_digits__contains=digits.lstrip("0") or digits)
    if len(digits) == 4 and 1800 < int(digits) < 2200:
        condition |= Q(date_of_birth__year=int(digits))
    return condition
