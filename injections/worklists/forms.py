"""The form in which a phone call is recorded."""

from __future__ import annotations

from django import forms

from pht_clinic.web.forms.base import ClinicForm


class CallForm(ClinicForm):
    """What came of a phone call."""

    spoke_to = forms.CharField(label="Who did you speak to", max_length=200)
    said = forms.CharField(
        label="What was said, and what happens next", max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
