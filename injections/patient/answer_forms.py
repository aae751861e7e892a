"""The questions before an injection as a form: one field for each of the rules' questions, nothing pre-ticked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from injections import words
from injections.facts.answers import Answer, KnownAnswers
from injections.facts.policy import effective_policy
from injections.models import Pathway
from injections.patient.answer_sheet import AnswerSheet, Outranked
from injections.patient.pathway import Tried
from injections.safety.codes import PAIN_SIDES, REQUEST_SIDES
from injections.safety.questions import FOLLOW_UPS, QUESTIONS, FollowUp
from injections.words import GIVERS, LOADING_STAGES, TREATMENTS
from pht_clinic import clock
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import AmountField, TypedDateField

_UNKNOWN = "unknown"
_NOT_KNOWN = {_UNKNOWN: "Not known"}
_CHOICES = {
    "onset": {**words.ONSETS, **_NOT_KNOWN},
    "main_pain_site": {**words.PAIN_SITES, **_NOT_KNOWN},
    "pain_side": {**{side: words.SIDES[side] for side in PAIN_SIDES}, **_NOT_KNOWN},
    "diabetes_poorly_controlled": words.ANSWERS,
    "blood_thinner_kind": {**words.BLOOD_THINNERS, **_NOT_KNOWN},
}
_GIVERS = {code: name.capitalize() for code, name in GIVERS.items()}
_ANSWER_CHOICES = words.choices(words.ANSWERS)


class PlacedForm(ClinicForm):
    """What belongs to an area and a side; without them it counts for all areas, or for both sides."""

    hides_optional = True

    area = forms.ChoiceField(
        label="For which area", required=False, choices=[("", "All areas"), *words.choices(words.AREA_NAMES)]
    )
    side = forms.ChoiceField(
        label="For which side", required=False, choices=[("", "Both sides"), *words.choices(words.SIDES, REQUEST_SIDES)]
    )

    @property
    def place(self) -> dict[str, Any]:
        """The area and side as the use cases take them."""
        return {name: self.cleaned_data[name] or None for name in ("area", "side")}


class QuestionFields(ClinicForm):
    """The questions before an injection and what is asked with them. Every field may stay empty."""

    hides_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS.values():
            self.fields[question.code] = forms.ChoiceField(
                label=question.asked(effective_policy()),
                required=False,
                widget=forms.RadioSelect,
                choices=_ANSWER_CHOICES,
            )
        for follow_up in FOLLOW_UPS:
            self.fields[follow_up.field] = _follow_up_field(follow_up)

    @property
    def asked_always(self) -> list[forms.BoundField]:
        """How the pain began and where it is: what is asked of everybody, before the yes-or-no questions."""
        return [self[one.field] for one in FOLLOW_UPS if one.after is None]

    @property
    def questions(self) -> list[tuple[forms.BoundField, list[forms.BoundField]]]:
        """Each question with what is asked after a "yes" to it."""
        return [(self[code], [self[one.field] for one in FOLLOW_UPS if one.after == code]) for code in QUESTIONS]

    def screening(self) -> dict[str, Any]:
        """The screening object of the rules, without its time."""
        cleaned = self.cleaned_data
        answers = {code: cleaned[code] for code in QUESTIONS if cleaned[code]}
        return {"answers": answers, **{one.field: _plain(cleaned[one.field]) for one in FOLLOW_UPS}}

    @staticmethod
    def answers_in(known: KnownAnswers) -> dict[str, Any]:
        """The values of the fields as the answers are known."""
        values = {question: answer.value for question, answer in known.by_question.items()}
        days = [one.field for one in FOLLOW_UPS if one.field.endswith("_on") and one.field in values]
        return values | {day: date.fromisoformat(values[day]) for day in days}


class ScreeningForm(PlacedForm, QuestionFields):
    """A patient's answers as they are known, on which day and by whom they were given; what is changed is stored."""

    answered_on = TypedDateField(
        label="Day of the answers", help_text="For example, 27 3 2026. Of a paper form: the day that stands on it."
    )
    answered_by = forms.ChoiceField(label="Who answered", widget=forms.RadioSelect, choices=words.choices(_GIVERS))
    asked_again = forms.BooleanField(
        label="All of these were asked again on that day: none of them is older any more", required=False
    )
    keep_newer = forms.BooleanField(
        label="Save them all the same: the newer answers go on counting", required=False, widget=forms.HiddenInput
    )

    @classmethod
    def initial_of(cls, known: KnownAnswers, area: str, side: str) -> dict[str, Any]:
        """The form as the answers are known, given today by the patient."""
        said = {"answered_on": clock.today(), "answered_by": "patient"}
        return {**cls.answers_in(known), **said, "area": area, "side": side}

    newer: Mapping[str, Answer] = {}
    """Newer answers that would go on counting, once `warn_of` was told of them."""

    def sheet(self) -> AnswerSheet:
        """What was filled in."""
        cleaned = self.cleaned_data
        return AnswerSheet(
            content=self.screening(),
            **self.place,
            given_on=cleaned["answered_on"],
            given_by=cleaned["answered_by"],
            asked_again=cleaned["asked_again"],
            keep_newer=cleaned["keep_newer"],
        )

    def warn_of(self, outranked: Outranked) -> None:
        """Name the newer answers, and let that be passed."""
        self.newer = outranked.newer
        self.fields["keep_newer"].widget = forms.CheckboxInput()
        self.add_error("keep_newer", outranked.sentence)


def _follow_up_field(follow_up: FollowUp) -> forms.Field:
    name, label = follow_up.field, follow_up.text
    if name in _CHOICES:
        widget = forms.RadioSelect
        return forms.ChoiceField(label=label, required=False, widget=widget, choices=words.choices(_CHOICES[name]))
    if name.endswith("_on"):
        return TypedDateField(label=label, required=False, help_text="For example, 27 3 2026")
    return AmountField(label=label, required=False, min_value=0, max_value=20, max_digits=4, decimal_places=2)


def _plain(value: Any) -> Any:
    if value in ("", None, _UNKNOWN):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else float(value)


class PathwayForm(PlacedForm):
    """What was tried before, and who has looked."""

    specialist_assessment = forms.ChoiceField(
        label="Has a specialist examined the patient for this",
        required=False,
        widget=forms.RadioSelect,
        choices=_ANSWER_CHOICES,
    )
    physiotherapy = forms.ChoiceField(
        label="Physiotherapy",
        required=False,
        widget=forms.RadioSelect,
        choices=words.choices({**words.PHYSIOTHERAPY, **_NOT_KNOWN}),
    )
    response = forms.ChoiceField(
        label="What came of the physiotherapy",
        required=False,
        widget=forms.RadioSelect,
        choices=words.choices({**words.RESPONSES, **_NOT_KNOWN}),
    )
    loading_stage = forms.ChoiceField(
        label="Stage of the loading programme",
        required=False,
        widget=forms.RadioSelect,
        choices=[*((str(stage), f"{stage}: {name}") for stage, name in LOADING_STAGES.items()), *_NOT_KNOWN.items()],
    )
    treatments_tried = forms.MultipleChoiceField(
        label="What was tried", required=False, widget=forms.CheckboxSelectMultiple, choices=words.choices(TREATMENTS)
    )
    not_possible_reason = forms.CharField(
        label="Why physiotherapy is not possible",
        required=False,
        max_length=500,
        help_text="In the words of a clinician",
    )
    indications = forms.MultipleChoiceField(
        label="Reasons for the injection (sit bone)",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=words.choices(words.INDICATIONS),
    )
    mild_and_improving = forms.ChoiceField(
        label="Are the symptoms mild and getting better",
        required=False,
        widget=forms.RadioSelect,
        choices=_ANSWER_CHOICES,
    )
    suspected_avulsion = forms.ChoiceField(
        label="Does the referrer or examiner suspect an avulsion",
        required=False,
        widget=forms.RadioSelect,
        choices=_ANSWER_CHOICES,
    )

    BESIDE = ("area", "side", "loading_stage", "treatments_tried")
    """What a pathway carries beside the rules' object."""

    def pathway(self) -> dict[str, Any]:
        """The pathway object of the rules."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name not in self.BESIDE}
        indications = cleaned.pop("indications")
        return {**{name: _plain(value) for name, value in cleaned.items()}, "indications": indications}

    @property
    def tried(self) -> Tried:
        """What informs and decides nothing."""
        stage = self.cleaned_data["loading_stage"]
        return Tried(int(stage) if stage.isdigit() else None, self.cleaned_data["treatments_tried"])

    @staticmethod
    def initial_of(before: Pathway | None, area: str, side: str) -> dict[str, Any]:
        """The form as the pathway is recorded now, for this area and side or else for those it is recorded for."""
        if before is None:
            return {"area": area, "side": side}
        stage, tried = before.loading_stage, before.treatments_tried
        place = {"area": area, "side": side} if area else {"area": before.area, "side": before.side}
        return {**before.content, "loading_stage": str(stage or ""), "treatments_tried": tried, **place}
