"""The details of two records side by side: what each is called, and what it says of a patient, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from pht_clinic.languages import NAMES
from scheduling.models import Patient
from scheduling.patients.contact import columns_of
from scheduling.patients.phones import shown_phone
from scheduling.templatetags.clinic_words import day

DETAILS: Final = {
    "given_name": "Given name",
    "family_name": "Family name",
    "date_of_birth": "Date of birth",
    "nhs_number": "NHS number",
    "phone": "Phone",
    "email": "Email address",
    "email_opt_in": "Emails",
    "address": "Postal address",
    "preferred_contact": "Preferred contact",
    "language": "Interpreter",
    "written_language": "Language of messages",
    "needs": "Access needs",
    "gp": "GP or referrer",
    "carer": "Carer",
}
"""What a page calls each detail that can be chosen, in the order of its questions."""
_BESIDES: Final = ("address", "preferred_contact", "language", "written_language", "needs", "gp", "carer")


@dataclass(frozen=True, slots=True)
class Compared:
    """One detail of several records."""

    name: str
    said: list[str]

    @property
    def label(self) -> str:
        return DETAILS[self.name]


def compared_besides(patients: Iterable[Patient]) -> list[Compared]:
    """What any of these records says beyond name, birth, number, phone and email; "" where one says nothing."""
    records = list(patients)
    rows = [Compared(name, [in_words(one, name) for one in records]) for name in _BESIDES]
    return [row for row in rows if any(row.said)]


def in_words(patient: Patient, name: str) -> str:
    """What a record says of a detail, on one line; of a GP or carer all that is known."""
    match name:
        case "date_of_birth":
            return day(patient.date_of_birth)
        case "phone":
            return shown_phone(patient.phone)
        case "email_opt_in":
            return "wanted" if patient.email_opt_in else "not wanted"
        case "preferred_contact":
            return patient.get_preferred_contact_display() if patient.preferred_contact else ""
        case "written_language":
            return NAMES.get(patient.written_language, "")
        case "carer":
            return _carer(patient)
    return _on_one_line(*(getattr(patient, column) or "" for column in columns_of(name)))


def _carer(patient: Patient) -> str:
    speaks = "may speak for the patient" if patient.carer_may_speak else ""
    return _on_one_line(patient.carer_name, patient.carer_relation, shown_phone(patient.carer_phone), speaks)


def _on_one_line(*texts: str) -> str:
    return ", ".join(line for text in texts for line in text.split("\n") if line)
