"""The form in which a phone call is recorded."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django import forms

from injections.models import Call, CallAttempt
from injections.worklists.close_call import IS_REACHED
from pht_clinic.web.forms.base import ClinicForm

_SPOKEN = [
    (Call.Reached.PATIENT.value, "The patient"),
    (Call.Reached.CARER.value, "A carer"),
    (Call.Reached.SOMEONE_ELSE.value, "Somebody else"),
]
_NOBODY = [
    (CallAttempt.Result.NO_ANSWER.value, "Nobody: no answer"),
    (CallAttempt.Result.VOICEMAIL.value, "Nobody: left a voicemail"),
]


class CallForm(ClinicForm):
    """What came of a phone call: it ends the call, or is an attempt that ends nothing.

    `may_close`: whether whoever looks may end it at all; `is_clinical`: whether only the patient or a carer ends it.
    """

    pointer_fields = {"result": "reached", "note": "said"}

    reached = forms.ChoiceField(label="Who did you reach?", widget=forms.RadioSelect)
    spoke_to = forms.CharField(
        label="Their name", max_length=200, required=False, help_text="If it was not the patient."
    )
    said = forms.CharField(
        label="What was said, and what happens next",
        max_length=4000,
        required=False,
        help_text="For an attempt you can leave this empty.",
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    told = forms.TypedMultipleChoiceField(
        label="What else you told them",
        help_text="Messages that did not reach them. What you tick needs no call of its own.",
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "invalid_choice": "Somebody has closed one of these tasks in the meantime. Look at what is left."
        },
    )

    def __init__(
        self,
        *args: Any,
        may_close: bool,
        is_clinical: bool,
        patient: str,
        tasks: Collection[tuple[int, str]] = (),
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        told = self.fields["told"]
        assert isinstance(told, forms.TypedMultipleChoiceField)  # noqa: S101 - declared above
        told.choices = list(tasks)
        if not may_close or not tasks:
            del self.fields["told"]
        self._ends = set(IS_REACHED if is_clinical else Call.Reached.values) if may_close else set()
        self._patient = patient
        field = self.fields["reached"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [*_SPOKEN, *_NOBODY] if may_close else [_SPOKEN[-1], *_NOBODY]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("told") and cleaned.get("reached") not in IS_REACHED:
            self.add_error("told", "Tick these only if you reached the patient or a carer.")
        if self.is_attempt(cleaned.get("reached")):
            return cleaned
        if not cleaned.get("said") and "said" not in self.errors:
            self.add_error("said", "Say what was said, and what happens next.")
        if not cleaned.get("spoke_to") and cleaned.get("reached") != Call.Reached.PATIENT:
            self.add_error("spoke_to", "Say whom you spoke to.")
        return cleaned

    def is_attempt(self, reached: str | None) -> bool:
        """Whether this closes nothing."""
        return bool(reached) and reached not in self._ends

    @property
    def attempt(self) -> dict[str, str] | None:
        """What `record_attempt` takes; None of a call that was made. Ask `is_valid` first."""
        if not self.is_attempt(self.cleaned_data["reached"]):
            return None
        note = ": ".join(filter(None, (self.cleaned_data["spoke_to"], self.cleaned_data["said"])))
        return {"result": self.cleaned_data["reached"], "note": note}

    @property
    def made(self) -> dict[str, Any]:
        """What `close_call` takes."""
        return {**self.cleaned_data, "spoke_to": self.cleaned_data["spoke_to"] or self._patient}
