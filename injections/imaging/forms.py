"""The form of an imaging report, for a new one and for correcting one."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django import forms

from injections import words
from injections.imaging.content import LONGEST_TEXT, MAY_BE_SILENT, content_of, read
from injections.models import ImagingReport
from injections.patient.injection_checks import Whose
from injections.safety.codes import REPORT_SIDES
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import AmountField, DateField, SuggestedText
from pht_clinic.web.forms.recorded import recorded_words

_NOT_SAID = "not-said"
"""What takes an answer back: a choice that is not made at all says the same."""


def _choice(label: str, choices: Mapping[str, str], *, required: bool = False) -> forms.ChoiceField:
    options = words.choices(choices) if required else [*words.choices(choices), (_NOT_SAID, "Not said")]
    return forms.ChoiceField(label=label, widget=forms.RadioSelect, choices=options, required=required)


def _long(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=LONGEST_TEXT,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReportForm(ClinicForm):
    """An ultrasound or MRI report in structured form.

    Of a joint, what is of the tendon may stay "not said"; what is of a joint alone is asked of joints.
    """

    hides_optional = True
    names_fields = True

    modality = _choice("Examination", words.MODALITIES, required=True)
    area = _choice("Area", words.AREA_NAMES, required=True)
    side = _choice("Side", {side: words.SIDES[side] for side in REPORT_SIDES}, required=True)
    performed_on = DateField(label="Date of the examination")
    tendon = SuggestedText(label="Tendon concerned", suggestions=words.TENDONS, required=False, max_length=100)
    tendinopathy = _choice("Tendinopathy", words.YES_NO)
    tendinopathy_grade = _choice("Grade of the tendinopathy", words.TENDINOPATHY_GRADES)
    bursitis = _choice("Bursitis", words.YES_NO)
    tear = _choice("Tear of the tendon", words.TEARS)
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
    effusion = _choice("Effusion (of a joint)", words.YES_NO)
    osteoarthritis = _choice("Osteoarthritis (of a joint)", words.OSTEOARTHRITIS)
    labral_tear = _choice("Tear of the labrum (hip joint)", words.YES_NO)
    sacroiliitis = _choice("Sacroiliitis (sacroiliac joint)", words.YES_NO)
    other_diagnosis = _choice("Other diagnosis", words.OTHER_DIAGNOSES, required=True)
    other_diagnosis_text = forms.CharField(
        label="What else was found", required=False, max_length=200, help_text="For “Something else”"
    )
    findings = _long("Findings in words")
    conclusion = _long("Conclusion", "For people to read: the safety check uses the fields above.")
    reported_by = forms.CharField(
        label="Reported by", required=False, max_length=200, help_text="Leave empty if it is your own report"
    )

    def __init__(self, *args: Any, whose: Whose, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._whose = whose

    def clean(self) -> dict[str, Any]:
        """Every problem that the use case would find stands at its field at once."""
        cleaned: dict[str, Any] = super().clean() or {}
        _, problems = read(self.content(), self._whose)
        self.add_problems(problems)
        return cleaned

    def content(self) -> dict[str, Any]:
        """The report as one flat object; what was left empty is null."""
        sent = {name: value for name, value in self.cleaned_data.items() if name in ReportForm.base_fields}
        cleaned = {name: None if value in ("", _NOT_SAID) else value for name, value in sent.items()}
        day, size = cleaned.get("performed_on"), cleaned.get("tear_size_mm")
        typed = {"performed_on": day.isoformat() if day else None}
        return cleaned | typed | {"tear_size_mm": float(size) if size is not None else None}


class ReportCorrectionForm(ReportForm):
    """A report as it stands, to be put right, and why."""

    reason = forms.CharField(
        label="Why it is being corrected", max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reported_by"].help_text = ""  # of whoever corrects it, it is not the own report

    @property
    def recorded(self) -> dict[str, str]:
        """What is recorded now, beside each field."""
        return {name: "nothing" if said == "Not said" else said for name, said in recorded_words(self).items()}

    @staticmethod
    def initial_of(report: ImagingReport) -> dict[str, Any]:
        """The form as the report stands now."""
        size = report.tear_size_mm
        content = {
            name: value or (_NOT_SAID if name in MAY_BE_SILENT else "") for name, value in content_of(report).items()
        }
        return content | {"performed_on": report.performed_on, "tear_size_mm": Decimal(size) if size else None}
