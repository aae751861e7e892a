"""Trying a tighter threshold, as a form."""

from __future__ import annotations

from django import forms

from injections.assessment.trying import JUDGED, NAMES
from pht_clinic.web.forms.base import ClinicForm


class TryForm(ClinicForm):
    """A threshold and the value that it would have; text, so that whatever is typed is answered at its field."""

    threshold = forms.ChoiceField(
        label="Threshold",
        choices=[(one.name, f"{NAMES[one.name].capitalize()} ({one.metadata['unit']})") for one in JUDGED],
    )
    value = forms.CharField(
        label="Value to try", max_length=20, widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "short"})
    )
