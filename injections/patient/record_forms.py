"""Forms for what is known of a patient: notes and planned activities."""

from __future__ import annotations

from django import forms

from injections import words
from injections.patient.notes import LONGEST
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.moment import MomentForm


class NoteForm(ClinicForm):
    """A note on a patient; once it is added nobody can change it."""

    text = forms.CharField(
        label="Note",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everybody who treats the patient reads it. It cannot be changed or removed afterwards.",
    )


class ActivityForm(MomentForm):
    """Sport, travel or manual work that the patient plans."""

    kind = forms.ChoiceField(label="What is planned", widget=forms.RadioSelect, choices=words.choices(words.ACTIVITIES))
    agreed_to_move = forms.BooleanField(
        label="The patient agrees to move it if it falls into the rest after an injection", required=False
    )
    field_order = ["kind", "on", "at", "agreed_to_move"]
