"""What patients fill in on their own pages. Nothing is pre-ticked, and what was typed is never lost."""

from __future__ import annotations

from typing import Any

from django import forms

from injections import by_link
from injections.forms.screening import ScreeningForm
from injections.models import RecoveryAnswer
from injections.offers import Offer
from injections.recovery import Answers
from injections.safety.questions import ALWAYS_ASKED, FOLLOW_UPS, QUESTIONS
from injections.warning_signs import SIGNS
from pht_clinic import clock
from scheduling.forms import ClinicForm, TypedDateField
from scheduling.messages import words

_NONE = "none"
_CHANGES = RecoveryAnswer.Change.choices
_PLAIN = RecoveryAnswer.Question.FLARE_CHECK, RecoveryAnswer.Question.DAY_4


class BirthForm(ClinicForm):
    """The second lock of a link."""

    born_on = TypedDateField(
        label="Your date of birth", help_text="Day, month and year. For example, 27 3 1980"
    )
    to = forms.CharField(widget=forms.HiddenInput, required=False)


class ChangeForm(ClinicForm):
    """One of the times that are offered; `revision` is the state that the patient saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    time = forms.ChoiceField(label="Time", widget=forms.RadioSelect)

    def __init__(self, *args: Any, days: list[by_link.Day], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offers = {_code(offer): offer for day in days for offer in day.times}
        field = self.fields["time"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (
                words.day(day.on),
                [(_code(offer), words.clock_time(offer.slot.start, clock.zone())) for offer in day.times],
            )
            for day in days
        ]
        field.error_messages |= {
            "required": "Choose a time.",
            "invalid_choice": "This time is not free any more. Choose another.",
        }

    @property
    def offer(self) -> Offer:
        """The time that was chosen; ask `is_valid` first."""
        return self._offers[self.cleaned_data["time"]]


class CancelForm(ClinicForm):
    """The patient need not say why."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Would you like to tell us why", required=False, max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip


class QuestionsForm(ScreeningForm):
    """The questions before an injection, all of them to be answered; "not sure" is an answer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["area"], self.fields["side"]
        for name in (*ALWAYS_ASKED, *QUESTIONS):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = f"Choose an answer: {self.fields[name].label}"
        for one in FOLLOW_UPS:
            if one.after is not None:
                self.fields[one.field].label = f"If yes: {one.text}"

    def answered(self) -> dict[str, Any]:
        """What can be read of it, also while something is missing or cannot be read."""
        readable = {name: self.cleaned_data.get(name) for name in self.fields}
        kept, self.cleaned_data = self.cleaned_data, readable
        try:
            return self.screening()
        finally:
            self.cleaned_data = kept


class RecoveryForm(ClinicForm):
    """How the patient is after the visit. Whoever ticks a sign may leave the rest out."""

    signs = forms.MultipleChoiceField(
        label="Do you have any of these now?", widget=forms.CheckboxSelectMultiple, required=False,
        choices=[*((one.code, one.text[0].upper() + one.text[1:]) for one in SIGNS.values()), (_NONE, "None of these")],
    )  # fmt: skip
    pain = forms.TypedChoiceField(
        label="How is your pain now?", help_text="0 is none, 10 is the worst you can imagine", coerce=int,
        empty_value=None, required=False, widget=forms.RadioSelect,
        choices=[(str(number), str(number)) for number in range(11)],
    )  # fmt: skip
    change = forms.ChoiceField(
        label="Compared with before your visit, your pain is …",
        required=False,
        widget=forms.RadioSelect,
        choices=_CHANGES,
    )
    sitting = forms.ChoiceField(
        label="Compared with before your visit, sitting is …",
        required=False,
        widget=forms.RadioSelect,
        choices=_CHANGES,
    )
    moving = forms.ChoiceField(
        label="Compared with before your visit, running or walking is …", required=False, widget=forms.RadioSelect,
        choices=_CHANGES,
    )  # fmt: skip

    def __init__(self, *args: Any, question: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        if question in _PLAIN:
            del self.fields["sitting"], self.fields["moving"]

    @property
    def ticked(self) -> tuple[str, ...]:
        """The signs, whatever else was ticked beside them."""
        return tuple(code for code in self.cleaned_data.get("signs", ()) if code != _NONE)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if self.ticked:
            return cleaned
        if not cleaned.get("signs") and "signs" not in self.errors:
            self.add_error("signs", "Tick what you have, or “None of these”.")
        for name in self.fields.keys() - {"signs"}:
            if cleaned.get(name) in (None, "") and name not in self.errors:
                self.add_error(name, "Choose a number." if name == "pain" else "Choose an answer.")
        return cleaned

    def answers(self) -> Answers:
        """What the use case takes."""
        given = {name: self.cleaned_data[name] for name in self.fields if name != "signs"}
        return Answers(question=self.question, signs=self.ticked, **given)


def _code(offer: Offer) -> str:
    slot = offer.slot
    return f"{slot.start.isoformat()}/{slot.practitioner_id}/{slot.room_id}"
