"""Forms that ask for records as a file."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms

from injections.doors.records.leaving.kinds import types
from injections.doors.records.leaving.wanted import CSV, FHIR, JSON_LINES
from pht_clinic.web.forms.base import ClinicForm


class ClinicExportForm(ClinicForm):
    """In which form, and of a CSV which table."""

    FORMS: ClassVar = [
        (JSON_LINES, "JSON Lines: everything, for another program or another clinic’s import"),
        (FHIR, "FHIR R4: one resource a line, for another record system"),
        (CSV, "CSV: one table, for a spreadsheet"),
    ]

    form = forms.ChoiceField(label="As", widget=forms.RadioSelect, choices=FORMS, initial=JSON_LINES)
    type = forms.ChoiceField(label="Table", required=False, help_text="For a CSV only.")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        table = self.fields["type"]
        assert isinstance(table, forms.ChoiceField)  # noqa: S101 - as it is declared above
        table.choices = [("", "Choose a table"), *types().items()]

    def clean(self) -> dict[str, Any]:
        """A table goes with a CSV, which needs one; of other forms it says nothing."""
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("form") != CSV:
            return {**cleaned, "type": ""}
        if not cleaned.get("type") and "type" not in self.errors:
            self.add_error("type", "Choose which table the CSV holds.")
        return cleaned


class PatientExportForm(ClinicForm):
    """In which form."""

    FORMS: ClassVar = ClinicExportForm.FORMS[:2]

    form = forms.ChoiceField(label="As", widget=forms.RadioSelect, choices=FORMS, initial=JSON_LINES)
