"""How an injection was done and what was seen and felt: recorded, shown, and judged by no rule.

Texts are in the radiologist's words; pain runs from 0 (none) to 10. What was not said is left out.
Source: hazard H9 (where the needle was and whether the leg has its power stand in the record).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms

from injections import words
from pht_clinic.errors import FieldError

LONGEST: Final = 200
MOST_PAIN: Final = 10
TEXTS: Final = {
    "needle": "Needle",
    "approach": "Approach",
    "tip": "Position of the tip",
    "prescribed_by": "Who prescribed",
    "drawn_up_by": "Who drew up",
    "checked_by": "Who checked it",
    "power_and_feeling": "Power and feeling before leaving, in words",
    "images": "Where the images are",
}
CHOICES: Final = {
    "no_resistance": ("Nothing resisted", {"yes": "Yes", "no": "No"}),
    "nerve_seen": ("Sciatic nerve seen", {"yes": "Yes", "no": "No"}),
    "power": ("Power of the leg before leaving", {"normal": "As before", "reduced": "Reduced"}),
    "feeling": ("Feeling in the leg before leaving", {"normal": "As before", "reduced": "Reduced"}),
}
PAINS: Final = {"pain_before": "Pain before, 0 to 10", "pain_after": "Pain 15 minutes after the anaesthetic, 0 to 10"}
LABELS: Final = {**TEXTS, **{name: label for name, (label, _) in CHOICES.items()}, **PAINS}
AT_THE_INJECTION: Final = (
    *("needle", "approach", "tip", "no_resistance", "nerve_seen", "prescribed_by", "drawn_up_by"),
    *("checked_by", "images", "pain_before"),
)
BEFORE_LEAVING: Final = ("pain_after", "power", "feeling", "power_and_feeling")


def technique_problems(technique: Mapping[str, object]) -> list[FieldError]:
    """What cannot be recorded, each at its field. Images are named by an accession number or an https address."""
    return [
        FieldError(f"#/{name}", sentence) for name, value in technique.items() if (sentence := _problem(name, value))
    ]


def _problem(name: str, value: object) -> str:
    if name in PAINS:
        is_pain = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_PAIN
        return "" if is_pain else f"Give a whole number from 0 to {MOST_PAIN}."
    if name in CHOICES:
        codes = CHOICES[name][1]
        return "" if value in codes else f"Choose one of {', '.join(codes)}."
    if name not in TEXTS:
        return f"Say only {', '.join(LABELS)}."
    if not isinstance(value, str) or len(value) > LONGEST:
        return f"Write at most {LONGEST} characters."
    is_other_address = name == "images" and "://" in value and not value.startswith("https://")
    return "Give an accession number or an address that starts with https://." if is_other_address else ""


def said_of(technique: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What was recorded, with its label, in the order of `LABELS`."""
    shown = {name: codes for name, (_, codes) in CHOICES.items()}
    return [
        (label, str(shown.get(name, {}).get(technique[name], technique[name])))
        for name, label in LABELS.items()
        if name in technique
    ]


def technique_fields(names: Iterable[str]) -> dict[str, forms.Field]:
    """Form fields for these, none of them required."""
    return {name: _field(name) for name in names}


def technique_in(cleaned: Mapping[str, Any]) -> dict[str, object]:
    """What a form said of it."""
    return {name: cleaned[name] for name in LABELS if cleaned.get(name) not in ("", None)}


def _field(name: str) -> forms.Field:
    if name in CHOICES:
        choices = words.choices(CHOICES[name][1])
        return forms.ChoiceField(label=LABELS[name], required=False, widget=forms.RadioSelect, choices=choices)
    if name in PAINS:
        short = forms.NumberInput(attrs={"class": "input--short"})
        return forms.IntegerField(label=LABELS[name], required=False, min_value=0, max_value=MOST_PAIN, widget=short)
    hint = "An accession number, or an address that starts with https://" if name == "images" else ""
    return forms.CharField(label=LABELS[name], required=False, max_length=LONGEST, help_text=hint)
