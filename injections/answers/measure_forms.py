"""How it is, as a form: pain 0–10 in what loads the tendon, strength, goal and the stage of the programme.

It opens empty each time: what was said weeks ago is another measurement. Every field may stay empty.
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

from django import forms
from django.utils.translation import gettext

from injections.answers.measures import LONGEST_GOAL, LONGEST_NAME, Measure, VisaTotal
from injections.models import OutcomeMeasure
from injections.models.outcome import BEST_VISA, WORST_PAIN
from injections.safety.codes import REQUEST_SIDES
from injections.words import LOADING_STAGES, SIDES, choices
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import TypedDateField

_FROM_0_TO_10: Final = [(str(number), str(number)) for number in range(WORST_PAIN + 1)]
_STAGES: Final = [
    ("0", "None so far"),
    *((str(number), f"{number}: {name}") for number, name in LOADING_STAGES.items()),
]
_MEASURES: Final = (
    *("pain_sitting", "pain_walking", "pain_running", "strength", "goal", "goal_reached", "stage", "stage_pain"),
)


def _capitalised(found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [(code, f"{said[:1].upper()}{said[1:]}") for code, said in found]


def _number(label: str, found: list[tuple[str, str]], *, is_row: bool = True, help_text: str = "") -> Any:
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        required=False,
        coerce=int,
        empty_value=None,
        widget=forms.RadioSelect(attrs={"class": "choices"} if is_row else {}),
        choices=found,
    )


class MeasureFields(ClinicForm):
    """The fields, in the words in which they are read out to a patient or read by one."""

    pain_sitting = _number(
        "Pain while sitting",
        _FROM_0_TO_10,
        help_text="0 is none, 10 is the worst you can imagine. Leave it out if you do not do this.",
    )
    pain_walking = _number("Pain while walking", _FROM_0_TO_10)
    pain_running = _number("Pain while running", _FROM_0_TO_10)
    strength = forms.ChoiceField(
        label="How strong is the leg, compared with the other one?",
        required=False,
        widget=forms.RadioSelect,
        choices=_capitalised(OutcomeMeasure.Strength.choices),
    )
    goal = forms.CharField(
        label="What would you like to be able to do again? One sentence",
        required=False,
        max_length=LONGEST_GOAL,
        help_text="For example, sit through a film, or run 5 km.",
    )
    goal_reached = forms.ChoiceField(
        label="Your goal: how close are you to it?",
        required=False,
        widget=forms.RadioSelect,
        choices=_capitalised(OutcomeMeasure.GoalReached.choices),
    )
    stage = _number("Which stage of the exercise programme have you reached?", _STAGES, is_row=False)
    stage_pain = _number("Pain during these exercises", _FROM_0_TO_10)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["goal_reached"]  # asked afterwards alone, of whoever named one

    @property
    def measured(self) -> list[forms.BoundField]:
        """The fields that are asked, in their order."""
        return [self[name] for name in _MEASURES if name in self.fields]

    def measure(self) -> Measure:
        """What was said; of what cannot be read, nothing."""
        said = {name: self.cleaned_data.get(name) for name in _MEASURES if name in self.fields}
        return Measure(**{name: value for name, value in said.items() if value not in (None, "")})

    def clean(self) -> dict[str, Any]:
        """A pain in the exercises is of some stage."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("stage_pain") is not None and not cleaned.get("stage") and "stage" not in self.errors:
            self.add_error("stage", gettext("Say which stage of the programme this pain belongs to."))
        return cleaned


class MeasureAfterFields(MeasureFields):
    """The same after an injection; `goal` is what the patient named before it, "" where they named none."""

    def __init__(self, *args: Any, goal: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["goal"]
        if goal:
            self.fields["goal_reached"] = deepcopy(self.base_fields["goal_reached"])
            self.fields["goal_reached"].label = gettext("Your goal was “{goal}”. How close are you to it?").format(
                goal=goal
            )


class VisaForm(ClinicForm):
    """A VISA-H total that was scored elsewhere."""

    hides_optional = False

    total = forms.IntegerField(
        label="VISA-H total", min_value=0, max_value=BEST_VISA, help_text="From 0, the worst, to 100, no symptoms."
    )
    scored_on = TypedDateField(label="Day on which it was scored", help_text="For example, 27 3 2026")
    side = forms.ChoiceField(
        label="Which leg", required=False, choices=[("", "Both, or not said"), *choices(SIDES, REQUEST_SIDES)]
    )
    scored_by = forms.CharField(
        label="Who scored it", required=False, max_length=LONGEST_NAME, help_text="For example, the physiotherapist."
    )

    def score(self) -> VisaTotal:
        """What was typed."""
        return VisaTotal(**self.cleaned_data)
