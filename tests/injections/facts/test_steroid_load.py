"""The steroid of the last 12 months: in mg of methylprednisolone, with what is not known named."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from injections.facts.drugs import DrugList
from injections.facts.steroid_load import steroid_load
from injections.models import Drug, Injection

ON = date(2026, 3, 2)


def row(given: str = "2026-01-10", dose: object = 40, drug: str = "Methylprednisolone", **values: object) -> Injection:
    amount = None if dose is None else Decimal(str(dose))
    said = {"steroid": True, "status": "given", "recorded_on": ON, **values}
    return Injection(given=given, dose_mg=amount, drug=drug, **said)


@pytest.mark.parametrize(
    ("given", "counts"),
    [
        ("2025-03-02", False),
        ("2025-03-03", True),
        ("2026-03-02", True),
        ("2025-02", False),
        ("2025-03", True),
        ("2025", True),
        ("2024", False),
        ("", True),
    ],
)
def test_h40_it_counts_for_12_months_by_its_last_possible_day(given: str, counts: bool) -> None:
    """12 months after 2 March 2025 it has ended; a wholly unknown date counts as the day it was recorded."""
    assert steroid_load([row(given)], ON).mg == (40 if counts else 0)


@pytest.mark.parametrize(
    ("drug", "dose", "mg"),
    [
        ("Methylprednisolone acetate", 40, 40),
        ("Depo-Medrone", 80, 80),
        ("Triamcinolone (Kenalog)", 40, 40),
        ("Dexamethasone", "3.3", 17.6),
        ("Betamethasone", 6, 32),
        ("Hydrocortisone", 100, 20),
        ("Prednisolone", 5, 4),
    ],
)
def test_h40_drugs_are_counted_as_what_equals_them(drug: str, dose: object, mg: float) -> None:
    load = steroid_load([row(drug=drug, dose=dose)], ON)
    assert load.mg == mg
    assert not load.unlisted


def test_h40_what_is_not_known_is_named_and_never_left_out() -> None:
    unlisted, unknown, perhaps = row(drug="Something new"), row(dose=None), row(steroid=None)
    load = steroid_load([unlisted, unknown, perhaps], ON)
    assert load.mg == 80
    assert load.unlisted == [unlisted]
    assert load.unknown == [unknown]


def test_h40_what_was_no_steroid_or_not_given_does_not_count() -> None:
    load = steroid_load([row(steroid=False), row(status="not-given")], ON)
    assert not load
    assert load.mg == 0


def test_h40_the_clinics_list_of_drugs_says_first_what_a_drug_equals() -> None:
    """Its own factor for what it knows, by number or name; the table for the rest."""
    betamethasone = Drug(pk=7, name="Celestone", substance="betamethasone", as_methylprednisolone=Decimal(5))
    listed, named = row(dose=6, drug="Renamed since", listed_drug_id=7), row(dose=6, drug="celestone")
    load = steroid_load([listed, named, row(dose=40, drug="Kenalog")], ON, DrugList((betamethasone,)))
    assert load.mg == 100
    assert not load.unlisted
