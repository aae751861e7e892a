"""Forms for what is known of a patient: injections elsewhere, reports, planned activities."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from django import forms

from injections import words
from injections.models import Injection
from injections.patient.notes import LONGEST
from injections.safety.codes import REPORT_SIDES, TEARS_WITH_GRADE
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import TYPED_DATES, AmountField, DateField
from pht_clinic.web.forms.moment import MomentForm

_YES_NO = [("yes", "Yes"), ("no", "No")]
_MONTHS = ["%B %Y", "%b %Y", "%m/%Y", "%m %Y", "%m.%Y"]


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
        raise forms.ValidationError("Enter a day, a month or a year: 14 8 2026, August 2026 or 2026.")


def _parsed(text: str, formats: list[str]) -> date | None:
    for wanted in formats:
        try:
            return datetime.strptime(text, wanted).date()  # noqa: DTZ007 - a date has no zone
        except ValueError:
            continue
    return None


class InjectionForm(ClinicForm):
    """An injection that somebody else gave."""

    site = forms.ChoiceField(label="Where was it", widget=forms.RadioSelect, choices=words.choices(words.SITE_NAMES))
    side = forms.ChoiceField(label="Side", widget=forms.RadioSelect, choices=words.choices(words.SIDES))
    given = PartialDateField(
        label="When was it",
        required=False,
        help_text="As much as is known: 14 8 2026, August 2026 or 2026. "
        "It then counts as its last possible day. Leave it empty if nothing is known.",
        widget=forms.TextInput(attrs={"class": "input--date"}),
    )
    steroid = forms.ChoiceField(
        label="Was it a steroid",
        widget=forms.RadioSelect,
        choices=[("yes", "Yes"), ("no", "No"), ("unknown", "Not known")],
    )
    origin = forms.ChoiceField(
        label="How do we know",
        widget=forms.RadioSelect,
        choices=[
            (Injection.Origin.ELSEWHERE.value, "A letter or record from elsewhere"),
            (Injection.Origin.PATIENT_REPORTED.value, "The patient says so"),
        ],
    )
    drug = forms.CharField(label="Drug", required=False, max_length=100)
    dose_mg = AmountField(label="Dose in mg", required=False, max_digits=7, decimal_places=2)
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    _STEROID = {"yes": True, "no": False, "unknown": None}

    def values(self) -> dict[str, Any]:
        """What is recorded of an injection."""
        cleaned = self.cleaned_data
        return {**cleaned, "given": cleaned["given"] or None, "steroid": self._STEROID[cleaned["steroid"]]}


class CorrectionForm(InjectionForm):
    """What is wrong with the record of an injection, and why; how we know of it stays.

    Only what was given here has a batch: a recall goes by it.
    """

    OF_OURS = ("batch", "expires_on")

    batch = forms.CharField(label="Batch", required=False, max_length=50)
    expires_on = DateField(label="Expiry date of the batch", required=False)
    reason = forms.CharField(label="Why is it corrected", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, is_ours: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("origin", *(() if is_ours else self.OF_OURS)):
            del self.fields[name]

    @staticmethod
    def initial_of(injection: Injection) -> dict[str, Any]:
        """The form as the record stands now."""
        steroid = {True: "yes", False: "no", None: "unknown"}[injection.steroid]
        fields = ("site", "side", "given", "drug", "dose_mg", "note", *CorrectionForm.OF_OURS)
        return {"steroid": steroid, **{name: getattr(injection, name) for name in fields}}

    def changes(self) -> dict[str, Any]:
        """What `correct_injection` takes."""
        values = self.values()
        values.pop("reason")
        return values


class ReportForm(ClinicForm):
    """An ultrasound or MRI report in structured form."""

    modality = forms.ChoiceField(label="Examination", widget=forms.RadioSelect, choices=words.choices(words.MODALITIES))
    area = forms.ChoiceField(label="Area", widget=forms.RadioSelect, choices=words.choices(words.AREA_NAMES))
    side = forms.ChoiceField(label="Side", widget=forms.RadioSelect, choices=words.choices(words.SIDES, REPORT_SIDES))
    performed_on = DateField(label="Examined on")
    tendinopathy = forms.ChoiceField(label="Tendinopathy", widget=forms.RadioSelect, choices=_YES_NO)
    bursitis = forms.ChoiceField(label="Bursitis", widget=forms.RadioSelect, choices=_YES_NO)
    tear = forms.ChoiceField(label="Tear", widget=forms.RadioSelect, choices=words.choices(words.TEARS))
    tear_grade = forms.CharField(
        label="Grade of the tear", required=False, max_length=20, help_text="For a partial or full tear"
    )
    tear_size_mm = AmountField(
        label="Size of the tear in mm",
        required=False,
        max_digits=6,
        decimal_places=1,
        min_value=0,
        help_text="For a partial or full tear",
    )
    other_diagnosis = forms.ChoiceField(
        label="Another diagnosis", widget=forms.RadioSelect, choices=words.choices(words.OTHER_DIAGNOSES)
    )
    reported_by = forms.CharField(
        label="Reported by", required=False, max_length=200, help_text="Leave empty if it is your own report"
    )

    def report(self) -> dict[str, Any]:
        """The report object of the rules."""
        cleaned = dict(self.cleaned_data)
        cleaned.pop("reported_by")
        has_grade = cleaned["tear"] in TEARS_WITH_GRADE
        size = cleaned["tear_size_mm"]
        return {
            **cleaned,
            "performed_on": cleaned["performed_on"].isoformat(),
            "tear_grade": cleaned["tear_grade"] or None if has_grade else None,
            "tear_size_mm": float(size) if has_grade and size is not None else None,
        }


class NoteForm(ClinicForm):
    """A note on a patient; once it is added nobody can change it."""

    text = forms.CharField(
        label="Note",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="Everybody who treats the patient reads it. It cannot be changed or removed afterwards.",
    )


class ActivityForm(MomentForm):
    """Sport, travel or manual work that the patient plans."""

    kind = forms.ChoiceField(label="What is planned", widget=forms.RadioSelect, choices=words.choices(words.ACTIVITIES))
    agreed_to_move = forms.BooleanField(
        label="The patient agrees to move it if it falls into the rest after an injection", required=False
    )
    field_order = ["kind", "on", "at", "agreed_to_move"]
