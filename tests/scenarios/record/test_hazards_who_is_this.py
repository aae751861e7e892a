"""H25, the wrong patient is opened or two are merged wrongly; H27, one person has two records."""

from __future__ import annotations

from datetime import date

import pytest

from scheduling.models import Patient
from scheduling.patients.duplicate_search import search_at_night
from tests.api_world import World, problem
from tests.clinic import local
from tests.pages_world import Browser

BORN = {"date_of_birth": "1974-06-01"}


def test_h25_who_is_alike_is_told_apart_before_one_is_opened(world: World, reception: Browser) -> None:
    """Two of one name and birthday: each result and each page has the date of birth and the number; twins say so."""
    numbers = ("9990043019", "9990043027")
    for given, number in zip(("Grace", "Ada"), numbers, strict=True):
        body = {"given_name": given, "family_name": "Turnbull", "nhs_number": number, **BORN, "confirm_new": True}
        made = world.reception.post("/patients/", body)
        assert made.status_code == 201
        assert f"Born 1 June 1974 · NHS number {number}" in reception.get("patient", int(made.json()["id"]))
    said = reception.post("patient-search", data={"text": "turnbull 1974"}, expect=200)
    assert "2 patients found" in said
    assert all(f"Born 1 June 1974 · NHS number {number}" in said for number in numbers)
    assert said.count("No visit booked") == 2
    third = {"given_name": "Eve", "family_name": "Turnbull", "nhs_number": "9990043035", **BORN}
    refused = problem(world.reception.post("/patients/", third), 409)
    assert all(any("they may be two people" in why for why in one["because"]) for one in refused["duplicates"])


@pytest.mark.parametrize(
    "again",
    [
        {"given_name": "Chloe", "family_name": "Lefevre", "date_of_birth": "1974-06-01"},
        {"given_name": "Lefèvre", "family_name": "Chloé", "date_of_birth": "1974-01-06"},
        {"given_name": "Chloé", "family_name": "Martin", "date_of_birth": "1974-06-01"},
        {"given_name": "Chlo", "family_name": "Lefèvre", "date_of_birth": "1975-06-01", "phone": "07700 900301"},
    ],
)
def test_h27_one_person_stays_one_record(world: World, reception: Browser, again: dict[str, str]) -> None:
    """Typed again with slips, the record is named with its history: by the API and on the page, with why."""
    who = {"given_name": "Chloé", "date_of_birth": date(1974, 6, 1), "phone": "07700 900301", "email": ""}
    one = world.clinic.patient("Lefèvre", **who)
    world.clinic.earlier_injection(one, "2026-01-20")
    refused = problem(world.reception.post("/patients/", again), 409)
    assert [each["patient"] for each in refused["duplicates"]] == [str(one.pk)]
    said = reception.post("patient-register", data=again, expect=422)
    assert "Is this the same person?" in said
    assert "Chloé Lefèvre: use this record" in said
    assert refused["duplicates"][0]["because"][0] in said


def test_h25_two_people_merged_wrongly_are_two_again(world: World, manager: Browser) -> None:
    """With their details and injections as they were."""
    one, other = (world.clinic.patient("Turnbull", given_name=name) for name in ("Grace", "Ada"))
    world.clinic.earlier_injection(one, "2026-01-20")
    assert world.manager.post(f"/patients/{one.pk}/merge/", {"into": other.pk}).status_code == 200
    assert "Undo this merge" in manager.get("patient", other.pk)
    manager.post("patient-unmerge", one.pk, data={"two_people": "on"})
    history = {pk: world.reception.get(f"/patients/{pk}/injections/").json()["results"] for pk in (one.pk, other.pk)}
    assert [len(rows) for rows in history.values()] == [1, 0]
    assert not Patient.objects.exclude(merged_into=None).exists()


def test_h27_two_records_of_one_person_come_on_the_managers_list(world: World, manager: Browser) -> None:
    """Whether somebody reports them or the nightly search meets them."""
    one = world.clinic.patient("Lefèvre", given_name="Chloé", email="")
    world.clinic.patient("Lefevre", given_name="Chloe")
    search_at_night(now=lambda: local("2026-03-03", "02:00"))
    assert "Chloé Lefèvre and Chloe Lefevre" in manager.get("duplicate-list")
    other = world.clinic.patient("Martin", given_name="Ada", date_of_birth=date(1950, 1, 1), phone="", email="")
    assert world.reception.post("/duplicates/", {"patient": one.pk, "other": other.pk}).status_code == 201
    assert "Chloé Lefèvre and Ada Martin" in manager.get("duplicate-list")
