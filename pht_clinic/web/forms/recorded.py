"""A form that corrects what is recorded: beside each field stands what is recorded now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms


def recorded_words(form: forms.Form) -> dict[str, str]:
    """What each field of a form that opened with a record says of it; "nothing" where it was left empty."""
    return {name: _words(field, form.initial[name]) for name, field in form.fields.items() if name in form.initial}


def _words(field: forms.Field, value: Any) -> str:
    if value in (None, "", []):
        return "nothing"
    if isinstance(field, forms.ChoiceField):
        labels = {str(code): str(label) for code, label in _flat(field.choices)}
        many = value if isinstance(value, list | tuple) else [value]
        return ", ".join(labels.get(str(one), str(one)) for one in many)
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return f"{value.day} {value:%B %Y}"
    return f"{value:%H:%M}" if hasattr(value, "hour") else str(value)


def _flat(choices: Any) -> Iterable[tuple[Any, Any]]:
    return [(code, label) for code, label in choices]
