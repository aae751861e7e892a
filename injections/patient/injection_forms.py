"""Forms of injections: one that somebody else gave, and correcting what is recorded of one."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext

from injections import words
from injections.assessment.superseding import columns_of
from injections.models import Injection
from injections.patient.injection_checks import OF_OURS, Whose, arithmetic_problems, problems_of
from injections.safety.codes import REQUEST_SIDES, TARGETS
from injections.safety.dates import partial_in_words
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import BOOKABLE_SITES
from pht_clinic import clock
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import TYPED_DATES, AmountField, DateField, TimeField
from pht_clinic.web.forms.moment import NoSuchTime, local_moment
from pht_clinic.web.forms.recorded import recorded_words

_MONTHS = ["%B %Y", "%b %Y", "%m/%Y", "%m %Y", "%m.%Y"]
CONFIRM_NEW = "confirm_new"


class PartialDateField(forms.CharField):
    """As much of a date as is known: a day, a month, a year, or nothing. Its value is a FHIR partial date."""

    def clean(self, value: Any) -> str:
        text = " ".join(super().clean(value).split())
        if not text or re.fullmatch(r"\d{4}", text):
            return text
        if match := re.fullmatch(r"(\d{4})-(\d{1,2})", text):
            text = f"{match[2]}/{match[1]}"
        if month := _parsed(text, _MONTHS):
            return f"{month:%Y-%m}"
        if day := _parsed(text, TYPED_DATES):
            return day.isoformat()
        raise forms.ValidationError(gettext("Enter a day, a month or a year: 14 8 2026, August 2026 or 2026."))


def _parsed(text: str, formats: list[str]) -> date | None:
    for wanted in formats:
        try:
            return datetime.strptime(text, wanted).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


def _number(label: str) -> AmountField:
    return AmountField(label=label, required=False, max_digits=6, decimal_places=2)


class InjectionForm(ClinicForm):
    """An injection that somebody else gave."""

    names_fields = True
    STEROID: ClassVar[dict[str, bool | None]] = {"yes": True, "no": False, "unknown": None}

    site = forms.ChoiceField(label="Where was it?", widget=forms.RadioSelect, choices=words.choices(words.SITE_NAMES))
    side = forms.ChoiceField(label="Side", widget=forms.RadioSelect, choices=words.choices(words.SIDES))
    given = PartialDateField(
        label="When was it?",
        required=False,
        help_text="As much as you know: 14 8 2026, August 2026 or 2026. "
        "It then counts as the last possible day. Leave it empty if you do not know.",
        widget=forms.TextInput(attrs={"class": "input--date"}),
    )
    steroid = forms.ChoiceField(
        label="Was it a steroid?",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
    )
    origin = forms.ChoiceField(
        label="How do we know?",
        widget=forms.RadioSelect,
        choices=[
            (Injection.Origin.ELSEWHERE.value, "A letter or record from elsewhere"),
            (Injection.Origin.PATIENT_REPORTED.value, "The patient says so"),
        ],
    )
    drug = forms.CharField(label="Drug", required=False, max_length=100)
    dose_mg = _number("Dose in mg")
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, whose: Whose, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whose = whose
        if CONFIRM_NEW in self.data:
            self.ask_to_confirm()

    def ask_to_confirm(self) -> None:
        """It looks like one that is there: whoever sends it again says that it is another."""
        self.fields[CONFIRM_NEW] = forms.BooleanField(label="It is not one of these injections")

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data.get(CONFIRM_NEW))

    def clean(self) -> dict[str, Any]:
        """Every problem that the use case would find stands at its field at once."""
        cleaned: dict[str, Any] = super().clean() or {}
        self.add_problems(problems_of(self.values(), self._whose))
        return cleaned

    def values(self) -> dict[str, Any]:
        """What is recorded of an injection, as far as it could be read."""
        cleaned = {name: value for name, value in self.cleaned_data.items() if name != CONFIRM_NEW}
        if "given" in cleaned:
            cleaned["given"] = cleaned["given"] or None
        if "steroid" in cleaned:
            cleaned["steroid"] = self.STEROID[cleaned["steroid"]]
        return cleaned


class CorrectionForm(InjectionForm):
    """What is wrong with the record of an injection, and why. Of one given here everything that was recorded."""

    pointer_fields: ClassVar[dict[str, str]] = {
        "started_at": "started",
        "ended_at": "ended",
        "local_anaesthetic": "anaesthetic",
        "local_anaesthetic/drug": "anaesthetic",
        "local_anaesthetic/dose_mg": "anaesthetic_mg",
    }
    _OURS = (
        *("targets", "started", "ended", "strength_mg_ml", "volume_ml", "batch", "expires_on", "anaesthetic"),
        *("anaesthetic_mg", "complications", "rest_hours", "rest_reason"),
    )

    targets = forms.MultipleChoiceField(
        label="Target", widget=forms.CheckboxSelectMultiple, choices=words.choices(words.TARGETS, TARGETS)
    )
    started = TimeField(label="Time at which it started", required=False)
    ended = TimeField(label="Time at which it ended", required=False)
    strength_mg_ml = _number("Strength in mg/ml")
    volume_ml = _number("Volume in ml")
    batch = forms.CharField(label="Batch", required=False, max_length=50)
    expires_on = DateField(label="Expiry date of the batch", required=False)
    anaesthetic = forms.CharField(label="Local anaesthetic", required=False, max_length=100)
    anaesthetic_mg = _number("Local anaesthetic in mg")
    complications = forms.CharField(
        label="Complications",
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Anything new here puts the patient on the call list.",
    )
    rest_hours = forms.IntegerField(
        label="Hours of rest",
        required=False,
        min_value=1,
        max_value=LONGEST_REST_HOURS,
        widget=forms.NumberInput(attrs={"class": "input--short"}),
    )
    rest_reason = forms.CharField(label="Reason for a different length of rest", required=False, max_length=500)
    reason = forms.CharField(
        label="Why it is being corrected", max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    field_order = ("site", "side", "targets", "given", "started", "ended", "steroid", "origin", "drug", "dose_mg")

    def __init__(self, *args: Any, injection: Injection, **kwargs: Any) -> None:
        super().__init__(*args, initial=_initial_of(injection), **kwargs)
        self._injection = injection
        self._is_ours = injection.origin == Injection.Origin.OWN
        for name in ("origin",) if self._is_ours else self._OURS:
            del self.fields[name]
        if self._is_ours:
            self.fields["site"].choices = words.choices(words.SITE_NAMES, BOOKABLE_SITES)  # type: ignore[attr-defined]  # a choice
            self.fields["side"].choices = words.choices(words.SIDES, REQUEST_SIDES)  # type: ignore[attr-defined]  # a choice
            self.fields["given"].help_text = "An exact date. The times move with it unless they are changed too."
        self.fields["reason"] = self.fields.pop("reason")  # it is asked last

    @property
    def recorded(self) -> dict[str, str]:
        """What is recorded now, beside each field."""
        return recorded_words(self) | {"given": partial_in_words(self._injection.given or None)}

    def values(self) -> dict[str, Any]:
        """The record with what was typed, as far as it could be read."""
        typed = super().values()
        typed.pop("reason", None)
        if not self._is_ours:
            return {"origin": self._injection.origin, **typed}
        mine = {name: value for name, value in typed.items() if name not in ("started", "ended", "anaesthetic_mg")}
        drug, dose_mg = mine.pop("anaesthetic", ""), typed.get("anaesthetic_mg")
        mine["local_anaesthetic"] = {"drug": drug, "dose_mg": dose_mg} if drug or dose_mg is not None else None
        # a whole record is looked at, as the use case does
        return {"origin": self._injection.origin, "status": self._injection.status, **mine, **self._times(typed)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self.add_problems(arithmetic_problems(columns_of(self._injection), columns_of(self._injection) | self.values()))
        return cleaned

    def changes(self) -> dict[str, Any]:
        """What `correct_injection` takes."""
        return {name: value for name, value in self.values().items() if name != "status"}

    def _times(self, typed: dict[str, Any]) -> dict[str, datetime | None]:
        """The instants that were typed, None for one that was emptied; nothing where the times of day are as recorded:
        they move with the date.
        """
        wall = {f"{name}_at": typed.get(name) for name in ("started", "ended")}
        if all(_minute(value) == _minute(self.initial[name.removesuffix("_at")]) for name, value in wall.items()):
            return {}
        try:
            day = date.fromisoformat(str(typed.get("given")))
        except ValueError:
            return {}
        moments = {name: self._moment(name, day, value) if value else None for name, value in wall.items()}
        return {name: moment for name, moment in moments.items() if moment or not wall[name]}

    def _moment(self, name: str, day: date, wall: time) -> datetime | None:
        try:
            return local_moment(day, wall)
        except NoSuchTime as error:
            if name.removesuffix("_at") not in self.errors:
                self.add_error(name.removesuffix("_at"), str(error))
            return None


def _minute(wall: time | None) -> tuple[int, int] | None:
    return (wall.hour, wall.minute) if wall else None


def _initial_of(injection: Injection) -> dict[str, Any]:
    """The form as the record stands now."""
    steroid = {True: "yes", False: "no", None: "unknown"}[injection.steroid]
    times = {"started": injection.started_at, "ended": injection.ended_at}
    anaesthetic = injection.local_anaesthetic or {}
    dose_mg = anaesthetic.get("dose_mg")  # JSON keeps a decimal as text
    same = {"site", "side", "given", "origin", "drug", "dose_mg", "note", *OF_OURS} - {
        "started_at",
        "ended_at",
        "local_anaesthetic",
    }
    return {
        "steroid": steroid,
        **{name: getattr(injection, name) for name in same},
        **{name: moment.astimezone(clock.zone()).time() if moment else None for name, moment in times.items()},
        "anaesthetic": anaesthetic.get("drug") or "",
        "anaesthetic_mg": Decimal(str(dose_mg)) if dose_mg is not None else None,
    }
