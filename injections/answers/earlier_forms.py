"""Where and when a steroid injection of the last 12 months was: asked with the yes to it, up to three of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.utils.translation import gettext, gettext_noop

from injections.answers.earlier import MOST_AT_ONCE, PLACES, STEROID_QUESTION, ToldInjection, ToldInjections
from injections.models import Injection
from injections.patient.injection_forms import PartialDateField
from injections.safety.codes import YES
from injections.words import SIDES, choices
from pht_clinic.web.forms.base import ClinicForm

_NOT_CHOSEN: Final = ("", "Choose")
_SIDES: Final = choices({**SIDES, "unknown": "Not sure"})
SEEN, ANOTHER = "earlier_seen", "earlier_another"


class EarlierFields(ClinicForm):
    """`asks_where`: a yes that was not known before needs its place; else it may be recorded later."""

    earlier_seen = forms.BooleanField(required=False, widget=forms.HiddenInput)
    earlier_another = forms.BooleanField(
        label="It was another injection than that one", required=False, widget=forms.HiddenInput
    )

    asks_where = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alike: Sequence[Injection] = ()
        for number in range(1, MOST_AT_ONCE + 1):
            self.fields |= fields_of(number)
        if SEEN in self.data:
            self.fields[ANOTHER].widget = forms.CheckboxInput()

    @property
    def earlier(self) -> list[list[forms.BoundField]]:
        """The fields of each injection that can be told of; none where the question is not asked."""
        if STEROID_QUESTION not in self.fields or SEEN not in self.fields:
            return []
        return [[self[name] for name in _names(number)] for number in range(1, MOST_AT_ONCE + 1)]

    @property
    def tells_of_more(self) -> bool:
        """Whether more than one is told of, or something is wrong with a further one."""
        return any(field.value() or field.errors for each in self.earlier[1:] for field in each)

    def told(self) -> ToldInjections:
        """What was told; ask `is_valid` first."""
        said = self.cleaned_data
        each = [[said.get(name) or "" for name in _names(number)] for number in range(1, MOST_AT_ONCE + 1)]
        told = [
            ToldInjection(number, site, side, given or None)
            for number, (site, side, given) in enumerate(each, 1)
            if site
        ]
        return ToldInjections(told, is_seen=bool(said.get(SEEN)), is_another=bool(said.get(ANOTHER)))

    def ask_whether_another(self, alike: Sequence[Injection]) -> None:
        """One is recorded already that it may be: whoever sends it again has read so, and may say that it is none."""
        self.alike = alike
        self.send_next_time(SEEN, "on")
        self.fields[ANOTHER].widget = forms.CheckboxInput()
        self.add_error(
            ANOTHER,
            gettext(
                "We know of an injection there at about that time. Tick this if it was another one, or send it again."
            ),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if not self.earlier:
            return cleaned
        for number in range(1, MOST_AT_ONCE + 1):
            self._check_one(number, cleaned)
        return cleaned

    def _check_one(self, number: int, cleaned: dict[str, Any]) -> None:
        """An injection has a place and a side, of which "not sure" is one; its date may be unknown."""
        site, side, given = _names(number)
        is_yes = cleaned.get(STEROID_QUESTION) == YES
        is_asked = self.asks_where and number == 1 and is_yes and self.initial.get(STEROID_QUESTION) != YES
        is_told = any(cleaned.get(name) for name in (site, side, given)) or given in self.errors
        if is_told and not is_yes and STEROID_QUESTION not in self.errors:
            self.add_error(STEROID_QUESTION, gettext("An injection is named below: answer yes, or leave that empty."))
        for name, asks in ((site, _WHERE), (side, _SIDE)):
            if (is_told or is_asked) and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, gettext(asks))


_WHERE: Final = gettext_noop("Say where the injection was.")
_SIDE: Final = gettext_noop("Say on which side the injection was. “Not sure” is an answer.")


def _names(number: int) -> tuple[str, str, str]:
    return f"earlier_{number}_site", f"earlier_{number}_side", f"earlier_{number}_given"


def fields_of(number: int) -> dict[str, forms.Field]:
    """What is asked of one injection."""
    site, side, given = _names(number)
    return {
        site: forms.ChoiceField(label="Where was it?", required=False, choices=[_NOT_CHOSEN, *choices(PLACES)]),
        side: forms.ChoiceField(label="On which side?", required=False, choices=[_NOT_CHOSEN, *_SIDES]),
        given: PartialDateField(
            label="When was it?",
            required=False,
            help_text="As much as you know: 14 8 2026, 8 2026 or 2026",
            widget=forms.TextInput(attrs={"class": "input--date"}),
        ),
    }
