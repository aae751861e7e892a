"""What can be kept of how somebody is reached and who else counts, whoever asks; the database stands behind it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from pht_clinic.errors import Invalid
from pht_clinic.text import tidy_lines
from scheduling.models import Patient
from scheduling.patients.contact import by_column, contradictions, pointer_to
from tests.clinic import Clinic
from tests.scheduling.patients.kept_of_contact import EVERYTHING


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("7 Mill Lane", "7 Mill Lane"),
        ("\r\n 7  Mill Lane \r\nLeeds\r\n\r\n", "7 Mill Lane\nLeeds"),
        ("a\rb\n\nc", "a\nb\n\nc"),
        (" \n\t", ""),
        ("Cafe\u0301\u00a0Lane", "Caf\u00e9 Lane"),
    ],
)
def test_lines_are_tidied_one_by_one(typed: str, kept: str) -> None:
    assert tidy_lines(typed) == kept


def test_a_group_is_taken_apart_into_columns() -> None:
    """What is not named stays out; null empties all of it."""
    assert by_column({"needs": "x", "gp": {"email": "a@b.example"}}) == {"needs": "x", "gp_email": "a@b.example"}
    assert by_column({"carer": None}) == {
        "carer_name": "",
        "carer_relation": "",
        "carer_phone": "",
        "carer_may_speak": False,
    }
    assert by_column({"gp": {}}) == {}


@pytest.mark.parametrize(
    ("column", "pointer"),
    [
        ("gp_email", "#/gp/email"),
        ("carer_may_speak", "#/carer/may_speak"),
        ("preferred_contact", "#/preferred_contact"),
        ("email", "#/email"),
    ],
)
def test_a_problem_points_to_where_programs_send_it(column: str, pointer: str) -> None:
    assert pointer_to(column) == pointer


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"preferred_contact": "email", "email": ""}, ["#/preferred_contact"]),
        ({"preferred_contact": "email", "email": "a@b.example", "phone": "", "address": ""}, []),
        ({"preferred_contact": "sms", "phone": ""}, ["#/preferred_contact"]),
        ({"preferred_contact": "phone", "phone": ""}, ["#/preferred_contact"]),
        ({"preferred_contact": "letter", "address": ""}, ["#/preferred_contact"]),
        ({"preferred_contact": "letter"}, []),  # nothing is known of an address
        ({"preferred_contact": "", "email": "", "phone": "", "address": ""}, []),
        ({"carer_name": "", "carer_may_speak": True}, ["#/carer/name"]),
        ({"carer_name": "", "carer_relation": "", "carer_phone": "", "carer_may_speak": False}, []),
        ({"carer_phone": "+447700900456"}, []),  # nothing is known of the name
    ],
)
def test_what_does_not_go_together(values: dict[str, Any], named: list[str]) -> None:
    assert [one.pointer for one in contradictions(values)] == named


def test_every_use_of_it_refuses_the_same(clinic: Clinic) -> None:
    """Without form or schema in front."""
    wrong = {
        "email": "",
        "preferred_contact": "email",
        "needs": "x" * 1001,
        "language": "Pol\u200bish",
        "gp_email": "nope",
        "gp_address": "7 Mill Lane\u2028Leeds",
        "carer_phone": "ask",
        "carer_relation": "x" * 101,
    }
    with pytest.raises(Invalid) as refused:
        clinic.patient("Ashdown", **wrong)
    assert {one.pointer for one in refused.value.errors} == {
        *("#/preferred_contact", "#/needs", "#/language", "#/gp/email", "#/gp/address"),
        *("#/carer/phone", "#/carer/relation", "#/carer/name"),
    }
    with pytest.raises(Invalid) as refused:
        clinic.patient("Ashdown", preferred_contact="fax")
    assert [one.pointer for one in refused.value.errors] == ["#/preferred_contact"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"preferred_contact": "fax"},
        {"preferred_contact": "email", "email": ""},
        {"preferred_contact": "sms", "phone": ""},
        {"preferred_contact": "phone", "phone": ""},
        {"address": ""},
        {"carer_name": ""},
    ],
)
def test_the_database_stores_nothing_that_contradicts_itself(clinic: Clinic, wrong: dict[str, str]) -> None:
    patient = clinic.patient("Ashdown", **EVERYTHING)
    with pytest.raises(IntegrityError), transaction.atomic():
        Patient.objects.filter(pk=patient.pk).update(**wrong)
