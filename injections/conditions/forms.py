"""The forms of an allergy, and of a condition or medicine."""

from __future__ import annotations

from typing import Any

from django import forms

from injections import words
from injections.conditions.content import LONGEST, LONGEST_CODE, Allergy, ConditionOrMedicine, problems_of
from injections.patient.injection_checks import Whose
from injections.patient.injection_forms import PartialDateField
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import SuggestedText


def _since() -> PartialDateField:
    return PartialDateField(
        label="Since when",
        required=False,
        help_text="As much as you know: 14 8 2019, August 2019 or 2019. Leave it empty if you do not know.",
        widget=forms.TextInput(attrs={"class": "input--date"}),
    )


def _said_by() -> SuggestedText:
    return SuggestedText(label="Who said it", suggestions=words.SAID_BY, max_length=LONGEST)


class _KnownForm(ClinicForm):
    """What is known of a person; every problem that the use case would find stands at its field at once."""

    names_fields = True

    def __init__(self, *args: Any, whose: Whose, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whose = whose

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        self.add_problems(problems_of(cleaned, self._whose))
        return cleaned

    def values(self) -> dict[str, Any]:
        """The fields as the use case takes them."""
        return {**self.cleaned_data, "since": self.cleaned_data["since"] or None}


class AllergyForm(_KnownForm):
    """A substance that the patient does not tolerate."""

    substance = SuggestedText(
        label="Substance",
        suggestions=words.ALLERGENS,
        max_length=LONGEST,
        help_text="A medicine, latex, a plaster, a food: whatever they did not tolerate.",
    )
    reaction = SuggestedText(
        label="Reaction", suggestions=words.REACTIONS, required=False, max_length=LONGEST, help_text="What happened"
    )
    since = _since()
    said_by = _said_by()

    def allergy(self) -> Allergy:
        return Allergy(**self.values())


class ConditionForm(_KnownForm):
    """A condition that the patient has, or a medicine that they take."""

    kind = forms.ChoiceField(label="What is it", widget=forms.RadioSelect, choices=words.choices(words.CONDITION_KINDS))
    name = SuggestedText(
        label="Name",
        suggestions=words.CONDITIONS,
        max_length=LONGEST,
        help_text="For a medicine, with its dose if known.",
    )
    code = forms.CharField(
        label="Code",
        required=False,
        max_length=LONGEST_CODE,
        help_text="As in the letter or record (SNOMED CT, ICD-10, dm+d). You can leave it empty.",
    )
    since = _since()
    said_by = _said_by()

    def condition(self) -> ConditionOrMedicine:
        return ConditionOrMedicine(**self.values())
