"""Forms about what is kept of a patient: erasing them, and making their copy."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from injections.patient.keeping.erase import LONGEST_REASON, AskedToErase
from pht_clinic.web.forms.base import ClinicForm
from scheduling.models import Erasure, Patient


class EraseForm(ClinicForm):
    """Why, and the record's number, typed, so that nobody erases by a slip."""

    reason_code = forms.ChoiceField(label="Why", widget=forms.RadioSelect, choices=Erasure.Why.choices)
    reason = forms.CharField(
        label="In words",
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST_REASON,
        help_text="It stays on the record, for those who may still see it.",
    )
    number = forms.CharField(
        label="Number of the record",
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "input--short"}),
    )

    def __init__(self, *args: Any, patient: Patient, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["number"].help_text = f"Type {patient.pk} to say that you mean this record."

    def asked(self) -> AskedToErase:
        """What was sent, as the use case takes it."""
        return AskedToErase(**{name: self.cleaned_data[name] for name in ("reason_code", "reason", "number")})


class CopyForm(ClinicForm):
    """In which form."""

    PDF, JSON = "pdf", "json"
    KINDS: ClassVar = [(PDF, "PDF, to read"), (JSON, "JSON, for another program")]

    form = forms.ChoiceField(label="As", widget=forms.RadioSelect, choices=KINDS)
