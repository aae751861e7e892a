"""The forms of phoning about a message: what came of it, and that nobody was reached."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment
from scheduling.models import PhoneAttempt


class PhonedForm(ClinicForm):
    """What came of phoning a patient whom a message did not reach; of a letter to a colleague, what came of that."""

    told = forms.ChoiceField(
        label="Does the patient now know what it says?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes, they were told"), ("no", "No, and they do not need to")],
    )
    reason = forms.CharField(
        label="What was the outcome",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=2000,
        help_text="For example: told them everything; or: the visit is over. If nobody answers, leave it open.",
    )

    def __init__(self, *args: Any, is_to_a_colleague: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if is_to_a_colleague:
            del self.fields["told"]
            self.fields["reason"].help_text = "For example: handed to the patient; or: they have it already."
        self.fields["reason"].error_messages["required"] = "Say what the outcome was."


class AttemptForm(ClinicForm):
    """A call that did not get through. `attempt` is what the use case takes, once it is valid."""

    pointer_fields: ClassVar[dict[str, str]] = {"call_back_at": "on"}

    how = forms.ChoiceField(
        label="What happened",
        widget=forms.RadioSelect,
        choices=[(one.value, one.label.capitalize()) for one in PhoneAttempt.How],
    )
    on = DateField(label="Call back on", required=False, help_text="Where they asked to be called back.")
    at = TimeField(label="Call back at", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        cleaned["call_back_at"] = None
        is_asked = cleaned.get("how") == PhoneAttempt.How.CALL_BACK
        for name, words in (("on", "the day"), ("at", "the time")):
            if is_asked and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, f"Say {words} to call back.")
        if cleaned.get("on") and cleaned.get("at"):
            try:
                cleaned["call_back_at"] = local_moment(cleaned["on"], cleaned["at"])
            except NoSuchTime as error:
                self.add_error("at", str(error))
        return cleaned

    @property
    def attempt(self) -> dict[str, Any]:
        """Ask `is_valid` first."""
        return {name: self.cleaned_data[name] for name in ("how", "call_back_at")}
