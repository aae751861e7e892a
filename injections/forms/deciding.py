"""Forms of the radiologist's decision and of the call list."""

from __future__ import annotations

from typing import Any

from django import forms

from injections import words
from injections.decisions import REASON_CODES
from injections.models import Decision
from scheduling.forms import ClinicForm, DateField


class DecisionForm(ClinicForm):
    """Five outcomes, one reason. `revision` is the state the radiologist saw."""

    hides_optional = True

    revision = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(label="What do you decide", widget=forms.RadioSelect)
    reason = forms.CharField(label="Reason", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))
    reason_code = forms.ChoiceField(
        label="Kind of reason, for an override",
        required=False,
        choices=[("", "Choose"), *REASON_CODES.items()],
    )
    delay_until = DateField(label="For a delay: come back on", required=False)

    def __init__(self, *args: Any, has_critical: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offers_override = has_critical
        outcome = self.fields["outcome"]
        assert isinstance(outcome, forms.ChoiceField)  # noqa: S101 - declared above
        left_out = {Decision.Outcome.APPROVE.value} if has_critical else {Decision.Outcome.OVERRIDE.value}
        outcome.choices = [
            (code, f"{name}: {_MEANING[code]}")
            for code, name in words.OUTCOMES.items()
            if code not in left_out
        ]

    @property
    def is_override(self) -> bool:
        return bool(self.cleaned_data.get("outcome") == Decision.Outcome.OVERRIDE.value)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("outcome") == "override" and not cleaned.get("reason_code"):
            self.add_error("reason_code", "An override needs a kind of reason.")
        if cleaned.get("outcome") == "delay" and not cleaned.get("delay_until"):
            self.add_error("delay_until", "Enter the date to come back on.")
        return cleaned

    def decision(self) -> dict[str, Any]:
        """What `decide` takes: what belongs to another outcome is left out."""
        cleaned = self.cleaned_data
        return {
            "outcome": cleaned["outcome"],
            "reason": cleaned["reason"],
            "reason_code": cleaned["reason_code"] if cleaned["outcome"] == "override" else "",
            "delay_until": cleaned["delay_until"] if cleaned["outcome"] == "delay" else None,
            "revision": cleaned["revision"],
        }


_MEANING = {
    "approve": "the findings are resolved or acceptable, the visit is booked",
    "override": "the visit is booked against a critical finding",
    "delay": "not at this time, the patient comes back later",
    "decline": "no injection, the visit is cancelled",
    "ask": "the time is held while the patient answers",
}


class CallForm(ClinicForm):
    """What came of a phone call."""

    spoke_to = forms.CharField(label="Who did you speak to", max_length=200)
    said = forms.CharField(
        label="What was said, and what happens next",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
