"""The part of a patient's form that says how to reach them, what they need here, and who else counts for them."""

from __future__ import annotations

from typing import Any

from django import forms

from pht_clinic import languages
from pht_clinic.text import tidy_lines
from pht_clinic.web.forms.revised import RevisedForm
from scheduling.models import Patient
from scheduling.patients.contact import LONGEST_ADDRESS, LONGEST_EMAIL, LONGEST_LINE, LONGEST_NEEDS, LONGEST_PRACTICE
from scheduling.patients.phones import shown_phone


class PhoneField(forms.CharField):
    """A phone number, shown as people write it; what it may be is said by the use case."""

    widget = forms.TextInput(attrs={"type": "tel"})

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "max_length": 60, **kwargs})

    def prepare_value(self, value: Any) -> Any:
        return shown_phone(value) if isinstance(value, str) else value


class TextLinesField(forms.CharField):
    """Some lines of text, read as they are kept; what they may hold is said by the use case."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(**{"required": False, "widget": forms.Textarea(attrs={"rows": rows}), **kwargs})

    def to_python(self, value: Any) -> str:
        return tidy_lines(super().to_python(value) or "")


class ContactForm(RevisedForm):
    """How to reach a patient, what they need, their GP and carer. Nothing is ticked beforehand."""

    phone = PhoneField(label="Phone", help_text="With its extension, if it has one: 020 7946 0958 ext 12")
    email = forms.EmailField(
        label="Email address",
        required=False,
        max_length=LONGEST_EMAIL,
        help_text="Confirmations, reminders and advice go there, unless another way is preferred.",
        error_messages={"invalid": "Enter an email address such as name@patient.example."},
    )
    email_opt_in = forms.BooleanField(
        label="The patient agrees to get emails",
        required=False,
        help_text="Ask first, and tick this only if they say yes.",
    )
    address = TextLinesField(label="Postal address", rows=3, max_length=LONGEST_ADDRESS)
    preferred_contact = forms.ChoiceField(
        label="Preferred contact",
        required=False,
        choices=[("", "No preference"), *Patient.Contact.choices],
        help_text="Messages are sent this way. If none is chosen, by email; without an address, reception phones.",
    )
    language = forms.CharField(
        label="Interpreter for",
        required=False,
        max_length=LONGEST_LINE,
        help_text="The language, such as Polish or British Sign Language. Leave it empty if no interpreter is needed.",
    )
    written_language = forms.ChoiceField(
        label="Language of messages and of the patient’s page",
        required=False,
        choices=[("", "English"), *languages.NAMES.items()],
    )
    needs = TextLinesField(
        label="Access needs",
        rows=2,
        max_length=LONGEST_NEEDS,
        help_text="What we need to prepare for: a wheelchair, large print, a quiet place to wait.",
    )
    gp_name = forms.CharField(label="Name of the GP or referrer", required=False, max_length=LONGEST_PRACTICE)
    gp_practice = forms.CharField(label="Practice", required=False, max_length=LONGEST_PRACTICE)
    gp_address = TextLinesField(label="Address of the practice", rows=3, max_length=LONGEST_ADDRESS)
    gp_email = forms.EmailField(
        label="Email of the GP or referrer",
        required=False,
        max_length=LONGEST_EMAIL,
        error_messages={"invalid": "Email of the GP or referrer: enter an address such as name@surgery.example."},
    )
    carer_name = forms.CharField(label="Name of the carer", required=False, max_length=LONGEST_LINE)
    carer_relation = forms.CharField(
        label="Relation to the patient",
        required=False,
        max_length=LONGEST_LINE,
        help_text="Who the carer is to the patient: daughter, husband, neighbour",
    )
    carer_phone = PhoneField(label="Phone of the carer")
    carer_may_speak = forms.BooleanField(
        label="The carer may speak for the patient",
        required=False,
        help_text="The patient’s link then asks who is answering.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        off = [name for code, name in languages.NAMES.items() if not languages.signature_of(code)]
        if off:
            self.fields[
                "written_language"
            ].help_text = f"Not in use yet: {', '.join(off)}. English is sent until somebody has signed the wording."
