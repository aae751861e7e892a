"""Forms that register and find a patient."""

from __future__ import annotations

from typing import Any

from django import forms

from pht_clinic import clock
from pht_clinic.text import without_hidden
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import TypedDateField
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.models import Patient
from scheduling.patients.identity_checks import LONGEST_NAME, MOST_FORMER_NAMES, tidy_identity
from scheduling.patients.phones import shown_phone

NOT_STORED = ("confirm_new", "confirm_spelling")
_NOT_OF_THE_RECORD = (*NOT_STORED, "revision")


class LinesField(forms.CharField):
    """A list of names, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return [line for line in super().clean(value).splitlines() if line.strip()]


class PhoneField(forms.CharField):
    """A phone number, shown as people write it; what it may be is said by the use case."""

    widget = forms.TextInput

    def prepare_value(self, value: Any) -> Any:
        return shown_phone(value) if isinstance(value, str) else value


class NameField(forms.CharField):
    """A name; what it may hold is said by the use case."""

    widget = forms.TextInput


class PatientForm(RevisedForm):
    """Who a patient is and how to reach them. Every problem is named at once, whoever finds it."""

    given_name = NameField(label="Given name", required=False, max_length=LONGEST_NAME)
    family_name = NameField(
        label="Family name",
        required=False,
        max_length=LONGEST_NAME,
        help_text="Somebody with one name only has it in either of the two",
    )
    former_names = LinesField(
        label="Former names",
        required=False,
        max_length=MOST_FORMER_NAMES * (LONGEST_NAME + 2),
        help_text="One a line, such as a name before marriage. The patient is found by them too.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    date_of_birth = TypedDateField(label="Date of birth")
    nhs_number = forms.CharField(
        label="NHS number",
        required=False,
        max_length=20,
        help_text="10 digits, with or without spaces",
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "input--date"}),
    )
    phone = PhoneField(
        label="Phone",
        required=False,
        max_length=60,
        help_text="With its extension, if it has one: 020 7946 0958 ext 12",
        widget=forms.TextInput(attrs={"type": "tel"}),
    )
    email = forms.EmailField(
        label="Email address",
        required=False,
        help_text="Confirmations, reminders and advice go there. Without one we print a sheet and phone.",
        error_messages={"invalid": "Enter an email address such as name@patient.example."},
    )
    email_opt_in = forms.BooleanField(label="The patient agrees to get emails", required=False, initial=True)
    confirm_new = forms.BooleanField(required=False, widget=forms.HiddenInput)
    confirm_spelling = forms.BooleanField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for problem in tidy_identity(self.identity(cleaned), now=clock.now())[1]:
            self.add_error(self._field_of(problem.pointer), problem.detail)
        return cleaned

    def shown(self, row: Patient) -> dict[str, Any]:
        return {name: getattr(row, name) for name in self.base_fields if name not in _NOT_OF_THE_RECORD}

    @staticmethod
    def identity(cleaned: dict[str, Any]) -> dict[str, Any]:
        """What is stored of this form."""
        return {name: value for name, value in cleaned.items() if name not in _NOT_OF_THE_RECORD}


class SoughtField(forms.CharField):
    """What is looked for: what nobody can see in it is passed over, not refused."""

    widget = forms.TextInput


class SearchForm(ClinicForm):
    """One box for whatever is known of a patient. Sent by POST: what is typed is never part of an address."""

    text = SoughtField(
        label="Name, date of birth, phone, email or NHS number",
        max_length=200,
        help_text="Parts are enough, accents and small slips do not matter, former names count: “smyth 1980”",
    )

    def clean_text(self) -> str:
        return without_hidden(" ".join(self.cleaned_data["text"].split()))
