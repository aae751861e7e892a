"""Forms that register and find a patient."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms

from pht_clinic import clock
from pht_clinic.text import without_hidden
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import TypedDateField
from scheduling.models import Patient
from scheduling.patients.contact import columns_of
from scheduling.patients.contact_forms import ContactForm
from scheduling.patients.identity_checks import LONGEST_NAME, MOST_FORMER_NAMES, tidy_identity

NOT_STORED = ("confirm_new", "confirm_spelling")
_NOT_OF_THE_RECORD = (*NOT_STORED, "revision")


class LinesField(forms.CharField):
    """A list of names, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        return [line for line in super().clean(value).splitlines() if line.strip()]


class NameField(forms.CharField):
    """A name; what it may hold is said by the use case."""

    widget = forms.TextInput


@dataclass(frozen=True, slots=True)
class FieldGroup:
    """Some fields of a form under one heading."""

    title: str
    fields: list[forms.BoundField]

    @property
    def is_filled(self) -> bool:
        """Whether something stands in one of them, or is wrong with it."""
        return any(field.errors or field.value() for field in self.fields)


class PatientForm(ContactForm):
    """Who a patient is and how to reach them. Every problem is named at once, whoever finds it."""

    grouped: ClassVar[dict[str, tuple[str, ...]]] = {
        "Who it is": ("given_name", "family_name", "former_names", "date_of_birth", "nhs_number"),
        "How to reach them": ("phone", "email", "email_opt_in", "address", "preferred_contact"),
        "Language and access": ("written_language", "language", "needs"),
        "GP or referrer": columns_of("gp"),
        "Carer": columns_of("carer"),
    }
    field_order = [name for names in grouped.values() for name in names]

    given_name = NameField(label="Given name", required=False, max_length=LONGEST_NAME)
    family_name = NameField(
        label="Family name",
        required=False,
        max_length=LONGEST_NAME,
        help_text="If the patient has only one name, put it in either field",
    )
    former_names = LinesField(
        label="Former names",
        required=False,
        max_length=MOST_FORMER_NAMES * (LONGEST_NAME + 2),
        help_text="One per line, such as a name before marriage. The patient can be found by them too.",
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
    confirm_new = forms.BooleanField(required=False, widget=forms.HiddenInput)
    confirm_spelling = forms.BooleanField(required=False, widget=forms.HiddenInput)

    @property
    def groups(self) -> list[FieldGroup]:
        """The fields under their headings."""
        return [FieldGroup(title, [self[name] for name in names]) for title, names in self.grouped.items()]

    @property
    def shown_at_once(self) -> list[FieldGroup]:
        """Of somebody new: what is asked of everybody."""
        return self.groups[:2]

    @property
    def folded_away(self) -> list[FieldGroup]:
        """Of somebody new: what only some have to say."""
        return self.groups[2:]

    @property
    def is_unfolded(self) -> bool:
        """Whether something was said of it, or is wrong with it."""
        return any(group.is_filled for group in self.folded_away)

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
        help_text="Parts are enough. Accents and small slips do not matter, and former names count: “smyth 1980”",
    )

    def clean_text(self) -> str:
        return without_hidden(" ".join(self.cleaned_data["text"].split()))
