"""The form that closes a phone task."""

from __future__ import annotations

from typing import Any

from django import forms

from pht_clinic.web.forms.base import ClinicForm


class PhonedForm(ClinicForm):
    """What came of phoning a patient whom a message did not reach; of a letter to a colleague, what came of that."""

    told = forms.ChoiceField(
        label="Does the patient know now what it says?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, they were told"), ("no", "No, and they do not need to")],
    )
    reason = forms.CharField(
        label="What came of it",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="For example: told them everything; or: the visit is over. If nobody answers, leave it open.",
    )

    def __init__(self, *args: Any, is_to_a_colleague: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_to_a_colleague:
            del self.fields["told"]
            self.fields["reason"].help_text = "For example: handed to the patient; or: they have it already."
        self.fields["reason"].error_messages["required"] = "Say what came of it."
