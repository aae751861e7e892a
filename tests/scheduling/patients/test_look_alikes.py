"""Who of those registered is found as alike, and in how many queries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from scheduling.models import Patient
from scheduling.patients.look_alikes import family_or_look_alikes, look_alikes, person_of
from scheduling.patients.name_words import meant_by
from scheduling.patients.search import search_patients
from tests.clinic import NOW, Clinic

CONTACT = {"phone": "020 7946 0302", "email": "Family@mail.example"}


def test_another_generation_is_listed_for_the_manager(clinic: Clinic) -> None:
    """Each pair once; partners are named on registering instead, and strangers on one line are nobody's family."""
    parent = clinic.patient("Chen", given_name="Wei", date_of_birth=date(1951, 4, 3), **CONTACT)
    child = clinic.patient("Chen", given_name="Mei", date_of_birth=date(1983, 11, 27), **CONTACT)
    clinic.patient("Okafor", given_name="Ada", date_of_birth=date(1920, 1, 30), **CONTACT)
    assert [one.patient for one in family_or_look_alikes(child)] == [parent]
    assert [one.patient for one in family_or_look_alikes(parent)] == [child]
    assert look_alikes(person_of(child), besides=child) == []


@pytest.mark.parametrize("count", [1, 12])
def test_queries_do_not_grow_with_those_found(clinic: Clinic, django_assert_num_queries: Any, count: int) -> None:
    for number in range(count):
        clinic.patient("Chen", given_name="Wei", email=f"{number}@mail.example")
    person = person_of(Patient.objects.latest("pk"))
    with django_assert_num_queries(3):
        assert len(look_alikes(person)) == count
    with django_assert_num_queries(3):
        assert len(search_patients("wei chem", today=NOW.date()).found) == count


def test_words_among_those_born_on_some_days_are_those_of_all_that_they_bear(clinic: Clinic) -> None:
    """By beginning, spelling, sound and short form; what only others bear is left out."""
    names = ("Thistlewood", "Thisslewood", "Thistle", "Chen", "Ng")
    for at, name in enumerate(names):
        clinic.patient(name, given_name="Margaret", date_of_birth=date(1961, 4, 1 + at))
        clinic.patient(f"{name}son", given_name="Maggie", date_of_birth=date(1990, 1, 1))
    days = [date(1961, 4, 1), date(1961, 4, 2), date(1961, 4, 3)]
    born = Patient.objects.filter(date_of_birth__in=days)
    borne = {word for patient in born for word in patient.name_words}
    typed = {"thistlewood", "thistelwood", "peggy", "margret", "chem", "n", "margaretthistlewood"}
    everywhere, among = meant_by(typed), meant_by(typed, born_on=days)
    for word in typed:
        by_list = {known: fit for known, fit in everywhere[word].items() if known not in borne and known in among[word]}
        assert among[word] == {known: fit for known, fit in everywhere[word].items() if known in borne} | by_list
    assert {"thistlewood", "thisslewood", "thistle"} <= among["thistelwood"].keys() | among["thistlewood"].keys()
    assert "thistlewoodson" in everywhere["thistlewood"]
    assert "thistlewoodson" not in among["thistlewood"]
