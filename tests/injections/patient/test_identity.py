"""Patients: who is likely the same person, what cannot be, and finding one in spite of slips."""

from datetime import date

import pytest

from injections.patient.identity import correct_patient
from pht_clinic.errors import Invalid
from scheduling.messages.recipients import OPTED_OUT
from scheduling.models import Message, Patient
from scheduling.patients import search
from scheduling.patients.identity import LikelyDuplicate, NewPatient, register_patient
from scheduling.patients.identity_checks import NumberTaken, nhs_number_is_valid
from tests.clinic import Clinic, local


def search_patients(text: str) -> list[Patient]:
    return search.search_patients(text, today=date(2026, 3, 2)).patients


BORN = date(1980, 5, 1)


def register(clinic: Clinic, **values: object) -> Patient:
    usual = {"given_name": "Catherine", "family_name": "Smith", "date_of_birth": BORN}
    who = {"by": clinic.reception, "now": clinic.now, "confirm_new": values.pop("confirm_new", False)}
    return register_patient(NewPatient(**usual | values), **who)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"family_name": "Smyth"},
        {"family_name": "Okafor"},
        {"given_name": "catherine", "family_name": "SMITH"},
        {"family_name": "Okafor", "email": "cs@mail.example"},
    ],
)
def test_somebody_alike_is_named_and_registered_all_the_same_when_confirmed(clinic: Clinic, values: dict) -> None:
    """Same date of birth, and one of the two names agrees or is near."""
    first = register(clinic, email="cs@mail.example")
    with pytest.raises(LikelyDuplicate) as refused:
        register(clinic, **values)
    assert refused.value.extra["patient"] == str(first.pk)
    assert register(clinic, confirm_new=True, **values).pk != first.pk


@pytest.mark.parametrize(
    "values",
    [
        {"given_name": "Marek", "family_name": "Okafor"},
        {"date_of_birth": date(1985, 9, 22)},
        {"given_name": "Marek", "date_of_birth": date(1980, 5, 2)},
        {"given_name": "Marek", "family_name": "Okafor", "email": "cs@mail.example"},
    ],
)
def test_a_birthday_or_names_in_common_alone_are_no_duplicate(clinic: Clinic, values: dict) -> None:
    """Nor is a family that shares an address."""
    register(clinic, email="cs@mail.example")
    assert register(clinic, **values)


def test_an_nhs_number_belongs_to_one_patient(clinic: Clinic) -> None:
    """Confirming does not pass that."""
    register(clinic, nhs_number="999 000 1006")
    with pytest.raises(NumberTaken):
        register(clinic, given_name="Marek", family_name="Okafor", nhs_number="9990001006", confirm_new=True)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("9990001006", True),
        ("9990001007", False),
        ("9999999999", False),
        ("0000000000", False),
        ("999000100", False),
        ("99900010060", False),
        ("99900010O6", False),
    ],
)
def test_the_check_digit_of_an_nhs_number(number: str, valid: bool) -> None:
    """Modulus 11; all the same digit is refused although some of those would pass."""
    assert nhs_number_is_valid(number) is valid


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"given_name": " ", "family_name": ""}, "#/given_name"),
        ({"family_name": "x" * 101}, "#/family_name"),
        ({"family_name": "Sm\nith"}, "#/family_name"),
        ({"date_of_birth": date(2026, 3, 3)}, "#/date_of_birth"),
        ({"date_of_birth": date(1890, 1, 1)}, "#/date_of_birth"),
        ({"email": "nobody"}, "#/email"),
        ({"email": "a@b.example\nBcc: c@d.example"}, "#/email"),
        ({"phone": "ring me"}, "#/phone"),
        ({"nhs_number": "123"}, "#/nhs_number"),
    ],
)
def test_what_cannot_be_names_its_field(clinic: Clinic, values: dict, field: str) -> None:
    """Nothing is stored."""
    with pytest.raises(Invalid) as refused:
        register(clinic, **values)
    assert [error.pointer for error in refused.value.errors] == [field]
    assert not Patient.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "smith",
        "SMYTH",
        "cath",
        "catherine smith",
        "smith 1980",
        "1980-05-01",
        "01/05/1980",
        "900123",
        "0006",
        "smith 07700",
    ],
)
def test_a_patient_is_found_in_spite_of_slips(clinic: Clinic, text: str) -> None:
    """By name, date or year of birth, part of a phone or NHS number, in any mix."""
    wanted = register(clinic, phone="07700 900123", nhs_number="9990001006")
    register(clinic, given_name="Marek", family_name="Okafor", date_of_birth=date(1975, 12, 24), phone="020 7946 0555")
    assert [patient.pk for patient in search_patients(text.replace("0006", "9990001006"))] == [wanted.pk]


@pytest.mark.parametrize("text", ["", "   ", "zzzzzz", "smith okafor"])
def test_nothing_is_found_where_nothing_fits(clinic: Clinic, text: str) -> None:
    """Every word must fit."""
    register(clinic)
    register(clinic, given_name="Marek", family_name="Okafor")
    assert search_patients(text) == []


def test_an_irish_name_is_found_as_people_type_it(clinic: Clinic) -> None:
    """With its apostrophe, without it, and with the year of birth."""
    wanted = register(clinic, given_name="Nora", family_name="O'Brien")
    for text in ("o'brien", "obrien", "o'brien 1980", "O’Brien"):
        assert [patient.pk for patient in search_patients(text)] == [wanted.pk], text


def test_opting_out_of_emails_reaches_what_is_queued(clinic: Clinic) -> None:
    """Nothing that waits keeps its address; opting in again gives it back."""
    visit = clinic.book(clinic.fit_patient(), local("2026-03-10")).appointment
    assert visit is not None
    queued = Message.objects.filter(patient=visit.patient, status="queued")
    kinds = list(queued.values_list("kind", flat=True))
    assert {"confirmed", "reminder-2-days"} <= set(kinds)
    for opted_in, told in ((False, ("", OPTED_OUT)), (True, ("birch@mail.example", ""))):
        changes = {"email_opt_in": opted_in}
        correct_patient(visit.patient_id, changes=changes, by=clinic.reception, now=clinic.now)
        assert list(queued.values_list("recipient", "reason")) == [told] * len(kinds)
