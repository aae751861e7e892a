"""The form that makes two records of one person one."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from pht_clinic.web.forms.base import ClinicForm
from scheduling.models import Patient


class MergeForm(ClinicForm):
    """Which of the two is kept, and that somebody has compared them. Nothing is chosen beforehand."""

    pointer_fields: ClassVar[dict[str, str]] = {"into": "keep"}

    keep = forms.ChoiceField(
        label="Which record is kept",
        widget=forms.RadioSelect,
        help_text="Its name, date of birth and contact details count from then on.",
        error_messages={"required": "Choose which record is kept."},
    )
    same_person = forms.BooleanField(
        label="I have compared both: they are of one person",
        error_messages={"required": "Say that you have compared both records."},
    )

    def __init__(self, *args: Any, pair: tuple[Patient, Patient], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("keep", "same_person"):
            # the words for what is missing are a sentence of their own here
            self.fields[name].error_messages["required"] = self.base_fields[name].error_messages["required"]
        choice = self.fields["keep"]
        assert isinstance(choice, forms.ChoiceField)  # noqa: S101 - declared above
        choice.choices = [(str(one.pk), f"{one}, record {one.pk}") for one in pair]
