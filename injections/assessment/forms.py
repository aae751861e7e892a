"""Trying a tighter threshold, as a form."""

from __future__ import annotations

from django import forms

from injections.assessment.trying import JUDGED, NAMES
from pht_clinic.web.forms.base import ClinicForm


def _named(name: str, unit: str) -> str:
    """ "Trauma days", "Inr max (INR)": with its unit where the name has not got it."""
    said = NAMES[name].capitalize()
    return said if unit in NAMES[name] else f"{said} ({unit})"


class TryForm(ClinicForm):
    """A threshold and the value that it would have; text, so that whatever is typed is answered at its field."""

    threshold = forms.ChoiceField(
        label="Threshold", choices=[(one.name, _named(one.name, one.metadata["unit"])) for one in JUDGED]
    )
    value = forms.CharField(
        label="Value to try", max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})
    )
