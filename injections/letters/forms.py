"""The form of a clinical letter: to whom, and one paragraph of the writer's own."""

from __future__ import annotations

from django import forms

from injections.letters.write import LONGEST
from injections.models import ClinicalLetter
from pht_clinic.web.forms.base import ClinicForm


class LetterForm(ClinicForm):
    """Everything else in a letter comes out of the record."""

    kind = forms.ChoiceField(label="Which letter", widget=forms.RadioSelect, choices=ClinicalLetter.Kind.choices)
    paragraph = forms.CharField(
        label="Your own paragraph",
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=f"At most {LONGEST:,} characters, printed as one paragraph. The physiotherapist’s letter has none.",
    )
