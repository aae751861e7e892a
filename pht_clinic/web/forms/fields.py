"""Dates, times and amounts as people type them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms

TYPED_DATES = ["%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %m %Y", "%d %B %Y", "%d %b %Y"]


FIRST_YEAR, LAST_YEAR = 1800, 2199


class DateField(forms.DateField):
    """A date picked in the browser, or typed the way people write dates here."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", TYPED_DATES)
        kwargs.setdefault("widget", forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        kwargs.setdefault("error_messages", {"invalid": "Enter a date such as 27 3 2026."})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> date | None:
        """A day of these centuries: further away no arithmetic of days and months is safe."""
        day = super().to_python(value)
        if day is not None and not is_sensible(day):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


def is_sensible(day: date) -> bool:
    """Whether a day lies in the years that anything here can be about."""
    return FIRST_YEAR <= day.year <= LAST_YEAR


class TypedDateField(DateField):
    """A date that people know by heart; typing it is quicker than picking."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.DateInput(attrs={"class": "input--date", "inputmode": "text"}, format="%d %m %Y")
        kwargs.setdefault("help_text", "For example, 27 3 1980")
        super().__init__(widget=widget, **kwargs)


class TimeField(forms.TimeField):
    """A wall-clock time of the clinic."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("input_formats", ["%H:%M", "%H.%M", "%H:%M:%S"])
        kwargs.setdefault("widget", forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
        kwargs.setdefault("error_messages", {"invalid": "Enter a time such as 09:20."})
        super().__init__(**kwargs)


class AmountField(forms.DecimalField):
    """A number of anything measured; what is stored as 40.00 stands in it as 40."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.NumberInput(attrs={"class": "input--short", "step": "any"}))
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return f"{value.normalize():f}" if isinstance(value, Decimal) else value


class SuggestedText(forms.CharField):
    """A line of text with proposals to pick from; anything else can be typed."""

    def __init__(self, *, suggestions: Iterable[str], **kwargs: Any) -> None:
        kwargs.setdefault("widget", _Suggesting(tuple(suggestions)))
        super().__init__(**kwargs)


class _Suggesting(forms.TextInput):
    """A text input with its list of proposals beside it."""

    template_name = "components/_suggesting.html"

    def __init__(self, suggestions: Sequence[str]) -> None:
        super().__init__()
        self._suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(name, value, attrs)
        own = f"{context['widget']['attrs'].get('id', name)}_suggestions"
        context["widget"]["attrs"]["list"] = own
        context["widget"]["suggestions"] = self._suggestions
        return context
