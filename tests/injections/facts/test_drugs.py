"""Finding in the clinic's list what somebody names, and adding up by substance."""

from __future__ import annotations

from decimal import Decimal

import pytest

from injections.facts.drugs import DrugList
from injections.models import Drug

LIDOCAINE, STRONG = (
    Drug(pk=pk, name=name, substance="lidocaine", kind="local-anaesthetic")
    for pk, name in ((1, "Lidocaine 1%"), (2, "Lidocaine 2%"))
)
DEXA = Drug(pk=3, name="Dexa 3.3", substance="dexamethasone", as_methylprednisolone=Decimal("5.333"))
OLD = Drug(pk=4, name="Old one", substance="betamethasone", active=False)
DRUGS = DrugList((LIDOCAINE, STRONG, DEXA, OLD))


@pytest.mark.parametrize(
    ("name", "found"),
    [("Lidocaine 1%", LIDOCAINE), (" lidocaine  2% ", STRONG), ("lidocaine", None), ("", None), ("OLD ONE", OLD)],
)
def test_a_drug_is_found_by_its_whole_name(name: str, found: Drug | None) -> None:
    """Blanks and case do not matter; part of a name is another drug."""
    assert DRUGS.named(name) is found


def test_only_a_drug_in_use_is_chosen_by_its_number() -> None:
    assert DRUGS.chosen("3") is DEXA
    assert DRUGS.chosen("4") is None
    assert DRUGS.chosen("") is None
    assert DRUGS.in_use == [LIDOCAINE, STRONG, DEXA]


@pytest.mark.parametrize(
    ("name", "listed_id", "substance"),
    [
        ("Lidocaine 1%", None, "lidocaine"),
        ("Renamed since", 1, "lidocaine"),
        ("Lidocaine 4% plain", None, "lidocaine"),
        ("Something  New", None, "something new"),
        ("", None, ""),
    ],
)
def test_h20_what_is_added_up_is_the_substance(name: str, listed_id: int | None, substance: str) -> None:
    """By the list, though it names the drug otherwise by now; else by a substance in the name; else by the name."""
    assert DRUGS.substance(name, listed_id) == substance


@pytest.mark.parametrize(
    ("name", "listed_id", "factor"),
    [
        ("Dexa 3.3", None, 5.333),
        ("Renamed since", 3, 5.333),
        ("Dexamethasone elsewhere", None, 5.333),
        ("Old one", 4, None),
        ("Kenalog", None, None),
    ],
)
def test_h40_what_a_drug_equals_is_the_lists(name: str, listed_id: int | None, factor: float | None) -> None:
    assert DRUGS.as_methylprednisolone(name, listed_id) == factor
