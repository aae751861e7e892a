"""Forms for what is known of a patient: notes, planned activities, and that they have died."""

from __future__ import annotations

from typing import Any

from django import forms

from injections import words
from injections.patient.death import LONGEST as LONGEST_SOURCE
from injections.patient.death import LONGEST_REASON, ToldOfDeath, problems_of
from injections.patient.injection_checks import Whose
from injections.patient.injection_forms import PartialDateField
from injections.patient.notes import LONGEST
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import SuggestedText
from pht_clinic.web.forms.moment import MomentForm


class NoteForm(ClinicForm):
    """A note on a patient; once it is added nobody can change it."""

    text = forms.CharField(
        label="Note",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everybody who treats the patient can read it. It cannot be changed or removed afterwards.",
    )


class ActivityForm(MomentForm):
    """Sport, travel or manual work that the patient plans."""

    kind = forms.ChoiceField(label="What is planned", widget=forms.RadioSelect, choices=words.choices(words.ACTIVITIES))
    agreed_to_move = forms.BooleanField(
        label="The patient agrees to move it if it falls within the rest after an injection", required=False
    )
    field_order = ["kind", "on", "at", "agreed_to_move"]


class DeathForm(ClinicForm):
    """When a patient died, and who told the clinic."""

    on = PartialDateField(
        label="Date of death",
        help_text="As much as you know: 14 8 2026, August 2026 or 2026.",
        widget=forms.TextInput(attrs={"class": "input--date"}),
    )
    source = SuggestedText(
        label="Who told us",
        suggestions=words.TOLD_OF_A_DEATH,
        max_length=LONGEST_SOURCE,
        help_text="Somebody we can ask again, by name.",
    )

    def __init__(self, *args: Any, whose: Whose, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whose = whose

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.add_problems(problems_of(cleaned, self._whose))
        return cleaned

    def told(self) -> ToldOfDeath:
        return ToldOfDeath(**self.cleaned_data)


class TakeBackDeathForm(ClinicForm):
    """That it was not so; why may be left out."""

    reason = forms.CharField(
        label="What was wrong",
        required=False,
        max_length=LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="For example: another patient was meant.",
    )
