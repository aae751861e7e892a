"""The form of the radiologist's decision."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django import forms

from injections import words
from injections.models import Decision
from injections.review.decide import DecisionRequest
from injections.safety.questions import QUESTIONS
from injections.words import REASON_CODES
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField


class Outcomes(forms.RadioSelect):
    """All five, always; what does not apply now cannot be chosen and says why."""

    refused: Mapping[str, str] = MappingProxyType({})

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["why_not"], option["meaning"] = self.refused.get(str(value), ""), _MEANING.get(str(value), "")
        if option["why_not"]:
            option["attrs"]["disabled"] = True
        return option

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        """Of the first that can be chosen, so that the summary of errors leads somewhere."""
        if index is None:
            codes = enumerate(str(code) for code, _ in self.choices)
            index = next((str(number) for number, code in codes if not self.refused.get(code)), "0")
        return super().id_for_label(id_, index)


class DecisionForm(ClinicForm):
    """Five outcomes, one reason. `revision` is the state the radiologist saw; `refused` says why not, by outcome."""

    hides_optional = True

    revision = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="What is your decision?",
        widget=Outcomes,
        choices=[(code, words.OUTCOMES[code]) for code in words.OUTCOMES],
    )
    reason = forms.CharField(label="Reason (required)", max_length=4000, widget=forms.Textarea(attrs={"rows": 2}))
    reason_code = forms.ChoiceField(
        label="Kind of reason (required for an override)",
        required=False,
        choices=[("", "Choose"), *REASON_CODES.items()],
    )
    delay_until = DateField(label="For a delay: come back on", required=False)
    own_reason = forms.CharField(
        label="You asked for this visit yourself. Why does nobody else decide?", max_length=500
    )
    ask_again = forms.MultipleChoiceField(
        label="Questions for the patient to answer again",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[(code, words.QUESTION_LABELS[code].capitalize()) for code in QUESTIONS],
    )

    def __init__(self, *args: Any, refused: Mapping[str, str], is_own: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_own:
            del self.fields["own_reason"]
        self.refused = refused
        widget = self.fields["outcome"].widget
        assert isinstance(widget, Outcomes)  # noqa: S101 - declared above
        widget.refused = refused

    @property
    def can_be_saved(self) -> bool:
        """Whether any outcome is to be had."""
        return not all(self.refused.values())

    @property
    def why_none(self) -> str:
        """Why no outcome is to be had; "" where one is."""
        return "" if self.can_be_saved else next(iter(self.refused.values()))

    def clean_outcome(self) -> str:
        outcome = str(self.cleaned_data["outcome"])
        if sentence := self.refused[outcome]:
            raise forms.ValidationError(sentence)
        return outcome

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

    def decision(self) -> DecisionRequest:
        """What is asked for: what belongs to another outcome is left out."""
        cleaned = self.cleaned_data
        return DecisionRequest(
            outcome=cleaned["outcome"],
            reason=cleaned["reason"],
            reason_code=cleaned["reason_code"] if cleaned["outcome"] == "override" else "",
            delay_until=cleaned["delay_until"] if cleaned["outcome"] == "delay" else None,
            own_reason=cleaned.get("own_reason", ""),
            ask_again=tuple(cleaned["ask_again"]) if cleaned["outcome"] == "ask" else (),
        )


_MEANING = {
    "approve": "Resolved or acceptable: the visit is booked.",
    "override": "Booked against a critical finding, for a reason.",
    "delay": "Cancelled for now, with a date to come back on.",
    "decline": "Cancelled, without another date.",
    "ask": "The patient reads your words; the time is held.",
}
