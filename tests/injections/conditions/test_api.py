"""Allergies, conditions and medicines by the API."""

from __future__ import annotations

import pytest

from tests.api_world import World, pointers, problem

ALLERGY = {"substance": "Penicillin", "reaction": "Rash", "since": "2019-05", "said_by": "The patient"}
CONDITION = {"kind": "medicine", "name": "Prednisolone", "code": "H02AB06", "since": None, "said_by": "A letter"}
BOTH = [("allergies", ALLERGY), ("conditions", CONDITION)]


@pytest.mark.parametrize(("of", "body"), BOTH)
def test_what_is_recorded_is_answered_and_listed(world: World, of: str, body: dict[str, object]) -> None:
    there = f"/patients/{world.clinic.patient().pk}/{of}/"
    made = world.reception.post(there, body)
    assert made.status_code == 201
    assert made.json().items() >= body.items()
    assert made.json()["stands"] is True
    assert world.radiologist.get(there).json()["results"] == [made.json()]


@pytest.mark.parametrize(("of", "body"), BOTH)
def test_a_withdrawal_keeps_both_rows(world: World, of: str, body: dict[str, object]) -> None:
    there = f"/patients/{world.clinic.patient().pk}/{of}/"
    first = world.reception.post(there, body).json()["id"]
    assert pointers(world.reception.post(f"{there}{first}/withdraw/", {})) == {"#/reason"}
    done = world.reception.post(f"{there}{first}/withdraw/", {"reason": "It was a virus"})
    assert done.status_code == 200
    assert (done.json()["supersedes"], done.json()["reason"], done.json()["stands"]) == (first, "It was a virus", False)
    problem(world.reception.post(f"{there}{first}/withdraw/", {"reason": "Again"}), 409)
    newest, oldest = world.reception.get(there).json()["results"]
    assert (newest["withdrawn"], oldest["superseded_by"], oldest["stands"]) == (True, newest["id"], False)


def test_an_allergy_of_somebody_else_is_not_found_at_this_address(world: World) -> None:
    row = world.clinic.allergy(world.clinic.patient("Ashdown"))
    other = world.clinic.patient("Birch")
    problem(world.reception.post(f"/patients/{other.pk}/allergies/{row.pk}/withdraw/", {"reason": "Wrong"}), 404)


def test_the_same_again_is_a_409_that_names_it(world: World) -> None:
    there = f"/patients/{world.clinic.patient().pk}/allergies/"
    first = world.reception.post(there, ALLERGY).json()["id"]
    refused = problem(world.reception.post(there, {**ALLERGY, "substance": "PENICILLIN"}), 409)
    assert refused["recorded"] == [first]


def test_every_problem_of_every_kind_is_named_at_once(world: World) -> None:
    """Missing, ill-formed, impossible and unknown."""
    there = f"/patients/{world.clinic.patient().pk}/"
    wrong = {"substance": 5, "since": "2030", "said_by": " ", "colour": "red"}
    named = {"#/substance", "#/since", "#/said_by", "#/colour"}
    assert pointers(world.reception.post(f"{there}allergies/", wrong)) == named
    wrong = {"kind": "habit", "code": "x y", "since": "soon", "said_by": ""}
    named = {"#/kind", "#/name", "#/code", "#/since", "#/said_by"}
    assert pointers(world.reception.post(f"{there}conditions/", wrong)) == named


def test_the_same_key_records_once(world: World) -> None:
    there = f"/patients/{world.clinic.patient().pk}/allergies/"
    first, again = (world.reception.post(there, ALLERGY, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
