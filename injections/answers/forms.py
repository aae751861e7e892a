"""The questions before an injection as a form: one field for each of the rules' questions, nothing pre-ticked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext

from injections import words
from injections.answers.earlier_forms import EarlierFields
from injections.answers.measure_forms import MeasureFields
from injections.answers.screening import ToGoThrough
from injections.answers.section_forms import BySections
from injections.answers.sheet import AnswerSheet, Contradicted, Outranked
from injections.facts.answers import LEADING, KnownAnswers
from injections.facts.policy import effective_policy
from injections.safety.beside import ASKED_BESIDE, DIABETES_TYPE, DIABETES_TYPES, SEVERAL, WHICH_THINNERS, kind_of
from injections.safety.codes import PAIN_SIDES, REQUEST_SIDES, YES
from injections.safety.questions import FOLLOW_UPS, QUESTIONS, FollowUp
from injections.words import GIVERS
from pht_clinic import clock
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import AmountField, TypedDateField

UNKNOWN = "unknown"
NOT_KNOWN = {UNKNOWN: "Not known"}
_CHOICES = {
    "onset": {**words.ONSETS, **NOT_KNOWN},
    "main_pain_site": {**words.PAIN_SITES, **NOT_KNOWN},
    "pain_side": {**{side: words.SIDES[side] for side in PAIN_SIDES}, **NOT_KNOWN},
    "diabetes_poorly_controlled": words.ANSWERS,
    DIABETES_TYPE: DIABETES_TYPES,
}
_GIVERS = {code: name.capitalize() for code, name in GIVERS.items()}
_KIND = "blood_thinner_kind"
ASKED_AFTER = (*FOLLOW_UPS, *ASKED_BESIDE)
"""What is asked because of an answer, or always."""
_ASKED_BECAUSE = {code: [one.field for one in ASKED_AFTER if one.after == code] for code in QUESTIONS} | {
    "onset": ["injury_on"]
}
ANSWER_CHOICES = words.choices(words.ANSWERS)


class AreaAndSideForm(ClinicForm):
    """An area and a side; without them it is all areas, or both sides."""

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


class OpenedForm(AreaAndSideForm):
    """What is known for the area and side that it was opened for; `shown` is the row up to which it showed it."""

    shown = forms.IntegerField(required=False, min_value=0, max_value=10**18, widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("area", "side"):
            self.fields[name].widget = forms.HiddenInput()


class QuestionFields(ClinicForm):
    """The questions before an injection and what is asked with them. Every field may stay empty."""

    hides_optional = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for question in QUESTIONS.values():
            self.fields[question.code] = forms.ChoiceField(
                label=question.asked(effective_policy(), said_as=gettext),
                required=False,
                widget=forms.RadioSelect,
                choices=ANSWER_CHOICES,
            )
        for follow_up in ASKED_AFTER:
            self.fields[follow_up.field] = _follow_up_field(follow_up)
            if follow_up.field in _CHOICES and self.initial.get(follow_up.field):
                # what was answered can be answered otherwise, not be taken back
                known = {code: said for code, said in _CHOICES[follow_up.field].items() if code != UNKNOWN}
                self.fields[follow_up.field].widget.choices = words.choices(known)

    @property
    def asked_always(self) -> list[forms.BoundField]:
        """How the pain began and where it is: what is asked of everybody, before the yes-or-no questions."""
        return [self[one.field] for one in FOLLOW_UPS if one.after is None and one.field in self.fields]

    @property
    def questions(self) -> list[tuple[forms.BoundField, list[forms.BoundField]]]:
        """Each question with what is asked after a "yes" to it."""
        asked = [code for code in QUESTIONS if code in self.fields]
        return [(self[code], [self[one.field] for one in ASKED_AFTER if one.after == code]) for code in asked]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for name in self._emptied(cleaned):
            self.add_error(
                name,
                gettext("This has been answered before. An answer cannot be removed: give the correct one instead."),
            )
        return cleaned

    def _emptied(self, cleaned: Mapping[str, Any]) -> list[str]:
        """The typed answers that were emptied although what leads to them is answered as before."""
        typed = [one.field for one in FOLLOW_UPS if one.field not in _CHOICES and self.initial.get(one.field)]
        emptied = [name for name in typed if name != _KIND and self.data.get(name) == ""]
        if _KIND in typed and _KIND in self.fields and not cleaned.get(_KIND) and _KIND not in self.errors:
            emptied.append(_KIND)
        return [name for name in emptied if cleaned.get(LEADING[name]) == self.initial.get(LEADING[name])]

    def screening(self) -> dict[str, Any]:
        """The screening object of the rules, without its time."""
        cleaned = self.cleaned_data
        answers = {code: cleaned[code] for code in QUESTIONS if cleaned.get(code)}
        asked = [one.field for one in ASKED_AFTER if one.field in self.fields]
        said = {"answers": answers, **{name: plain(cleaned[name]) for name in asked if name != _KIND}}
        if _KIND in asked:
            kind, which = kind_of(cleaned.get(_KIND) or ())
            said |= {_KIND: kind, WHICH_THINNERS: which if answers.get("blood_thinner") == YES else None}
        return said

    def readable(self) -> dict[str, Any]:
        """The same of what can be read, also while something is missing or cannot be read; ask `is_valid` first."""
        kept, self.cleaned_data = self.cleaned_data, {name: self.cleaned_data.get(name) for name in self.fields}
        try:
            return self.screening()
        finally:
            self.cleaned_data = kept

    @staticmethod
    def answers_in(known: KnownAnswers) -> dict[str, Any]:
        """The values of the fields as the answers are known."""
        values = {question: answer.value for question, answer in known.by_question.items()}
        days = [one.field for one in FOLLOW_UPS if one.field.endswith("_on") and one.field in values]
        if _KIND in values:
            which = values.pop(WHICH_THINNERS, None) if values[_KIND] == SEVERAL else None
            values[_KIND] = which or [values[_KIND]]
        return values | {day: date.fromisoformat(values[day]) for day in days}


class ScreeningForm(BySections, OpenedForm, QuestionFields, EarlierFields, MeasureFields):
    """A patient's answers as they are known, on which day and by whom they were given; what is changed is stored.

    `carer` is the patient's own, by name, where one is known.
    """

    answered_on = TypedDateField(
        label="Date of the answers", help_text="For example, 27 3 2026. For a paper form, the date written on it."
    )
    answered_by = forms.ChoiceField(label="Who answered", widget=forms.RadioSelect, choices=words.choices(_GIVERS))
    asked_again = forms.BooleanField(
        label="All of these were asked again on that day, including those that stay the same", required=False
    )
    keep_newer = forms.BooleanField(
        label="Save them anyway: the newer answers still count", required=False, widget=forms.HiddenInput
    )
    replace_newer = forms.BooleanField(
        label="Save mine anyway: they replace those answers", required=False, widget=forms.HiddenInput
    )

    def __init__(self, *args: Any, carer: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if carer:
            said = {**_GIVERS, "carer": f"{_GIVERS['carer']}: {carer}"}
            self.fields["answered_by"].widget.choices = words.choices(said)
        if self.is_only_open:
            self.leave_out_answered(_ASKED_BECAUSE)
            for name in (*(one.name for one in self.measured), "asked_again"):
                del self.fields[name]

    @classmethod
    def initial_of(cls, opened: ToGoThrough, given: GivenOn | None = None) -> dict[str, Any]:
        """The form as the answers are known, given on that occasion; without one, today by the patient."""
        given = given or GivenOn.of({})
        said = {"answered_on": given.day, "answered_by": given.by}
        place = {"area": opened.area, "side": opened.side, "shown": opened.newest}
        return {**cls.answers_in(opened.known), **said, **place}

    contradicted: Contradicted | None = None
    """What `warn_of` was told of."""

    def sheet(self) -> AnswerSheet:
        """What was filled in."""
        cleaned = self.cleaned_data
        return AnswerSheet(
            content=self.screening(),
            **self.place,
            given_on=cleaned["answered_on"],
            given_by=cleaned["answered_by"],
            shown=cleaned["shown"],
            asked_again=bool(cleaned.get("asked_again")) and self.section is None,
            asked_anew=self.asked_anew,
            earlier=self.told(),
            keep_newer=cleaned["keep_newer"],
            replace_newer=cleaned["replace_newer"],
            measure=self.measure(),
        )

    def warn_of(self, contradicted: Contradicted) -> None:
        """Name the newer answers, and let that be passed."""
        passes = "keep_newer" if isinstance(contradicted, Outranked) else "replace_newer"
        self.contradicted = contradicted
        self.fields[passes].widget = forms.CheckboxInput()
        self.add_error(passes, contradicted.sentence)


@dataclass(frozen=True, slots=True)
class GivenOn:
    """On which day, and by whom, the answers are given that somebody is about to fill in."""

    day: date
    by: str = "patient"

    @classmethod
    def of(cls, address: Mapping[str, Any]) -> GivenOn:
        """As the address of a form says that goes on section by section, else today and the patient."""
        by = str(address.get("by") or "")
        try:
            day = date.fromisoformat(str(address.get("on") or ""))
        except ValueError:
            day = clock.today()
        return cls(day, by if by in GIVERS else "patient")


def _follow_up_field(follow_up: FollowUp) -> forms.Field:
    name, label = follow_up.field, follow_up.text
    if name == _KIND:
        return forms.MultipleChoiceField(
            label=label,
            help_text="Tick each one that you take.",
            required=False,
            widget=forms.CheckboxSelectMultiple,
            choices=words.choices(words.BLOOD_THINNERS),
        )
    if name in _CHOICES:
        widget = forms.RadioSelect
        return forms.ChoiceField(label=label, required=False, widget=widget, choices=words.choices(_CHOICES[name]))
    if name.endswith("_on"):
        return TypedDateField(label=label, required=False, help_text="For example, 27 3 2026")
    return AmountField(label=label, required=False, min_value=0, max_value=20, max_digits=4, decimal_places=2)


def plain(value: Any) -> Any:
    """A field's value as the rules' objects hold it: nothing and "not known" are None, days are text."""
    if value in ("", None, UNKNOWN):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else float(value)
