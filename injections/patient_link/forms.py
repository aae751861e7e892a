"""What patients fill in on their own pages. Nothing is pre-ticked, and what was typed is never lost."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any

from django import forms
from django.forms.boundfield import BoundWidget
from django.utils.translation import gettext

from injections.answers.earlier import STEROID_QUESTION
from injections.answers.earlier_forms import EarlierFields
from injections.answers.forms import ASKED_AFTER, QuestionFields
from injections.answers.information import LONGEST_ANSWER
from injections.answers.measure_forms import MeasureAfterFields, MeasureFields
from injections.booking.finder import FoundDay, code_of
from injections.booking.finder_forms import DaysForm
from injections.booking.offers import Offer
from injections.models import Decision, RecoveryAnswer
from injections.patient_link import own_times
from injections.patient_link.own_words import OwnForm
from injections.patient_link.recovery import Answers
from injections.safety.questions import ALWAYS_ASKED, QUESTIONS
from injections.safety.warning_signs import SIGNS
from injections.words import QUESTION_LABELS
from pht_clinic import clock
from pht_clinic.web.forms.fields import TypedDateField
from scheduling.messages import words
from scheduling.models import Patient, Practitioner

_NONE = "none"
_CHANGES = RecoveryAnswer.Change.choices
_PLAIN = RecoveryAnswer.Question.FLARE_CHECK, RecoveryAnswer.Question.DAY_4


def _compared(label: str, asks: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=_CHANGES, error_messages={"required": asks})


class BirthForm(OwnForm):
    """The second lock of a link."""

    born_on = TypedDateField(label="Your date of birth", help_text="Day, month and year. For example, 27 3 1980")
    to = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.speak()


def wrong_date_of_birth() -> str:
    """What is said where it is not theirs, in the language that is spoken."""
    return gettext("This is not the date of birth that we have. Check it and try again.")


class WhenForm(DaysForm, OwnForm):
    """When it would suit the patient; nothing chosen means any time."""

    to_on = None  # type: ignore[assignment]  # Django's way to leave a field out

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.speak()

    def when(self) -> own_times.When:
        """What was asked for; any time while it makes no sense."""
        if not self.is_valid():
            return own_times.ANY_TIME
        sent = self.cleaned_data
        return own_times.When(frozenset(sent["weekdays"]), frozenset(sent["halves"]), sent["from_on"])


class ChangeForm(OwnForm):
    """One of the times that are offered; `revision` is the state that the patient saw."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    time = forms.ChoiceField(label="Time", widget=forms.RadioSelect)

    def __init__(self, *args: Any, days: Sequence[FoundDay], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._days = days
        self._offers = {code_of(offer.slot): offer for day in days for offer in day.times}
        people = Practitioner.objects.in_bulk({one.slot.practitioner_id for one in self._offers.values()})
        field = self.fields["time"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [
            (code, f"{_time(offer)}, {people[offer.slot.practitioner_id]}" if len(people) > 1 else _time(offer))
            for code, offer in self._offers.items()
        ]
        field.error_messages |= {
            "required": gettext("Choose a time."),
            "invalid_choice": "This time is no longer free. Choose another.",
        }
        self.speak()

    @property
    def offer(self) -> Offer:
        """The time that was chosen; ask `is_valid` first."""
        return self._offers[self.cleaned_data["time"]]

    @property
    def by_day(self) -> list[tuple[date, list[BoundWidget]]]:
        """The radio buttons of each day."""
        buttons = iter(self["time"])
        return [(day.on, list(islice(buttons, len(day.times)))) for day in self._days]


class PatientCancelForm(OwnForm):
    """The patient need not say why."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        label="Would you like to tell us why?", required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.speak()


class AskedWho(OwnForm):
    """A form that asks first who is answering, of a patient for whom a carer may speak."""

    answered_by = forms.ChoiceField(label="Who is answering?", widget=forms.RadioSelect)

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not patient.carer_may_speak:
            del self.fields["answered_by"]
            return
        field = self.fields["answered_by"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = [("patient", gettext("Me")), ("carer", _as_the_patient_says(patient))]
        field.error_messages["required"] = gettext("Choose who is answering.")

    @property
    def giver(self) -> str:
        """Who answers: the patient, unless it is said that it is the carer."""
        return self.cleaned_data.get("answered_by") or "patient"


class QuestionsForm(AskedWho, QuestionFields, EarlierFields, MeasureFields):
    """The questions before an injection, all of them to be answered; "not sure" is an answer.

    With answers that are known it opens with these, and asks to confirm them.
    """

    asks_where = True

    confirmed = forms.BooleanField(label="I have read all my answers again, and they are correct today")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["confirmed"].error_messages["required"] = gettext("Tick that you have read your answers again.")
        if not self.initial:
            del self.fields["confirmed"]
        for name in (*ALWAYS_ASKED, *QUESTIONS):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = _choose(name)
        for name in QUESTIONS:
            self.fields[name].widget.attrs["class"] = "choices"
        for one in ASKED_AFTER:
            if one.after is not None:
                self.fields[one.field].label = _if_yes(one.text)
        self.speak()


class InformationForm(AskedWho, QuestionFields, EarlierFields):
    """The answer to what a radiologist asks, and to the questions that they want answered again."""

    text = forms.CharField(label="Your answer", max_length=LONGEST_ANSWER, widget=forms.Textarea(attrs={"rows": 4}))

    def __init__(self, *args: Any, asked: Decision, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        again = asked.ask_again
        follow_ups = {one.field: one for one in ASKED_AFTER if one.after in again}
        earlier = [name for name in self.fields if name.startswith("earlier_")] if STEROID_QUESTION in again else []
        for name in self.fields.keys() - {"answered_by", "text", *again, *follow_ups, *earlier}:
            del self.fields[name]
        for name in again:
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = _choose(name)
            self.fields[name].widget.attrs["class"] = "choices"
        for name, one in follow_ups.items():
            self.fields[name].label = _if_yes(one.text)
        self.speak()


class RecoveryForm(AskedWho, MeasureAfterFields):
    """How the patient is after the visit. Whoever ticks a sign may leave the rest out, and anybody the measures, which
    are asked from 2 weeks on.
    """

    signs = forms.MultipleChoiceField(
        label="Do you have any of these now?",
        widget=forms.CheckboxSelectMultiple,
        choices=[*((one.code, one.text) for one in SIGNS.values()), (_NONE, "None of these")],
        error_messages={"required": "Tick what you have, or “None of these”."},
    )
    pain = forms.TypedChoiceField(
        label="How is your pain now?",
        help_text="0 is none, 10 is the worst you can imagine",
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect(attrs={"class": "choices"}),
        choices=[(str(number), str(number)) for number in range(11)],
        error_messages={"required": "Choose a number for your pain."},
    )
    change = _compared("Compared with before your visit, your pain is …", "Choose an answer for your pain.")
    sitting = _compared("Compared with before your visit, sitting is …", "Choose an answer for sitting.")
    moving = _compared(
        "Compared with before your visit, running or walking is …", "Choose an answer for running or walking."
    )

    def __init__(self, *args: Any, question: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        if question in _PLAIN:
            for name in ("sitting", "moving", *(one.name for one in self.measured)):
                del self.fields[name]
        self.order_fields(("answered_by", "signs", "pain", "change", "sitting", "moving"))
        for name, declared in self.base_fields.items():
            if name in self.fields and name != "answered_by":
                self.fields[name].error_messages["required"] = declared.error_messages["required"]
        signs = self.fields["signs"]
        assert isinstance(signs, forms.MultipleChoiceField)  # noqa: S101 - declared above
        signs.choices = [*((one.code, _capital(gettext(one.text))) for one in SIGNS.values()), (_NONE, "None of these")]
        self.speak()

    @property
    def ticked(self) -> tuple[str, ...]:
        """The signs, whatever else was ticked beside them."""
        return tuple(code for code in self.cleaned_data.get("signs", ()) if code != _NONE)

    def clean(self) -> dict[str, Any]:
        """Nothing but the sign itself is asked of somebody who has one."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.ticked:
            for name in [name for name in self.errors if name in self.fields and not self.data.get(name)]:
                del self.errors[name]
        return cleaned

    def answers(self) -> Answers:
        """What the use case takes."""
        said = self.cleaned_data
        asked = self.fields.keys() & {"pain", "change", "sitting", "moving"}
        given = {name: said[name] for name in asked if said.get(name) not in (None, "")}
        return Answers(
            question=self.question, signs=self.ticked, answered_by=self.giver, measure=self.measure(), **given
        )


def _as_the_patient_says(patient: Patient) -> str:
    """The carer, as the patient would name them: "Ruth Ashdown, my daughter"."""
    relation = patient.carer_relation
    if not relation:
        return patient.carer_name
    said = relation if relation[1:2].isupper() else relation[:1].lower() + relation[1:]
    return gettext("{carer}, my {relation}").format(carer=patient.carer_name, relation=said.removeprefix("my "))


def _choose(question: str) -> str:
    return gettext("Choose an answer: {question}.").format(question=gettext(QUESTION_LABELS[question]))


def _if_yes(question: str) -> str:
    return gettext("If yes: {question}").format(question=gettext(question))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _time(offer: Offer) -> str:
    return words.clock_time(offer.slot.start, clock.zone())
