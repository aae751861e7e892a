"""What the audit trail calls the codes that its entries keep as values: of choices, verbs, rules and pages."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Final

from django.apps import apps

from scheduling.audit.words import DONE, SEEN

_ROUTE: Final = "route"
"""The field under which an entry keeps the name of the page or call that was refused."""
_CODE: Final = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)+")
_VALUES: Final[dict[str, str]] = {}


def register_values(values: Mapping[str, str]) -> None:
    """Make words of codes known that no field offers as a choice; from `ready()`."""
    _VALUES.update(values)


def code_words(text: str, field: str) -> str:
    """The words of a code of the product that stood in that field of an entry.

    What only looks like a code was typed by somebody, the number of a batch perhaps: it stays as it is.
    """
    if field == _ROUTE:
        return SEEN.get(text, spaced(text))
    if not _CODE.fullmatch(text):
        return text
    return _VALUES.get(text) or DONE.get(text) or _choices().get(text, text)


def spaced(code: str) -> str:
    """Its words, apart: "date_of_birth" → "date of birth"."""
    return code.replace("_", " ").replace("-", " ")


@cache
def _choices() -> dict[str, str]:
    """Of every field that offers some: what a code is called where it is chosen."""
    fields = (field for model in apps.get_models() for field in model._meta.get_fields())
    return {str(code): str(label) for field in fields for code, label in getattr(field, "flatchoices", ())}
