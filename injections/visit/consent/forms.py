"""The form of a consent that was withdrawn."""

from __future__ import annotations

from django import forms

from injections import words
from injections.models import ConsentWithdrawal
from injections.visit.consent.withdrawal import LONGEST, LONGEST_NAME, Withdrawn
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import SuggestedText


class WithdrawnForm(ClinicForm):
    """Who said it, how, and in which words."""

    said_by = SuggestedText(label="Who withdrew it", suggestions=words.SAID_BY, max_length=LONGEST_NAME)
    how = forms.ChoiceField(label="How", choices=ConsentWithdrawal.How.choices, widget=forms.RadioSelect)
    said = forms.CharField(
        label="What they said", required=False, widget=forms.Textarea(attrs={"rows": 3}), max_length=LONGEST
    )

    def withdrawn(self) -> Withdrawn:
        """What was typed, of a valid form."""
        return Withdrawn(**self.cleaned_data)
