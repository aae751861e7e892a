"""The maxima of each drug: of one injection, of the day, by weight; what is not known judges nothing and is said."""

from __future__ import annotations

import pytest

from injections.safety import gates
from injections.safety.gates import DrugAmount, DrugMaximum, not_known, over_maximum
from injections.safety.policy import DEFAULT

EVERY = DrugMaximum(injection_mg=40, day_mg=60, mg_per_kg=1)


def amount(mg: float | None, besides: float = 0, maximum: DrugMaximum | None = EVERY) -> DrugAmount:
    return DrugAmount(field="dose_mg", drug="triamcinolone", mg=mg, besides_mg=besides, maximum=maximum)


@pytest.mark.parametrize(
    ("one", "weight_kg", "said"),
    [
        (amount(40), 70, []),
        (amount(40.1), 70, ["40.1 mg of triamcinolone is above its maximum of 40 mg in one injection."]),
        (amount(40, 20), 70, []),
        (amount(40, 20.1), 70, ["60.1 mg of triamcinolone on one day is above its maximum of 60 mg."]),
        (amount(30, 20), 50, []),
        (
            amount(30, 20),
            49.9,
            ["50 mg of triamcinolone on one day is above its maximum by weight of 49.9 mg (1 mg/kg at 49.9 kg)."],
        ),
        (amount(30, 20), None, []),
        (amount(None, 500), 70, []),
        (amount(500, maximum=None), 70, []),
        (amount(500, maximum=DrugMaximum()), 70, []),
        (amount(500, maximum=DrugMaximum(mg_per_kg=1)), None, []),
    ],
)
def test_h20_each_maximum_of_a_drug_and_both_sides_of_it(
    one: DrugAmount, weight_kg: float | None, said: list[str]
) -> None:
    """The maximum itself is not above it; without a weight nothing is said by weight."""
    assert list(over_maximum([one], weight_kg=weight_kg)) == [("dose_mg", sentence) for sentence in said]


@pytest.mark.parametrize(
    ("one", "weight_kg", "said"),
    [
        (amount(40), 70, []),
        (amount(40, maximum=None), 70, ["triamcinolone is not in the clinic’s list: its maximum is not known."]),
        (amount(None, maximum=None), 70, ["triamcinolone is not in the clinic’s list: its maximum is not known."]),
        (amount(40, maximum=DrugMaximum()), 70, ["The clinic’s list names no maximum of triamcinolone."]),
        (amount(40), None, ["Triamcinolone: at most 1 mg/kg a day; the weight is not known."]),
        (amount(40, maximum=DrugMaximum(day_mg=40)), None, []),
    ],
)
def test_h20_a_maximum_that_is_not_known_is_named(one: DrugAmount, weight_kg: float | None, said: list[str]) -> None:
    assert not_known([one], weight_kg=weight_kg) == said


@pytest.mark.parametrize(
    ("maximum", "weight_kg", "most"),
    [
        (EVERY, 70, 60),
        (EVERY, 50, 50),
        (EVERY, None, 60),
        (DrugMaximum(mg_per_kg=2), 30, 60),
        (DrugMaximum(mg_per_kg=2), None, None),
        (DrugMaximum(injection_mg=40), 70, None),
    ],
)
def test_what_a_day_may_hold_is_the_smaller_one(
    maximum: DrugMaximum, weight_kg: float | None, most: float | None
) -> None:
    assert maximum.of_the_day(weight_kg) == most


def test_h20_the_gate_says_the_drugs_own_maximum_beside_the_clinics() -> None:
    typed = gates.Doses(
        steroid_mg=90,
        strength_mg_ml=None,
        volume_ml=None,
        local_anaesthetic_drug=None,
        local_anaesthetic_mg=None,
        amounts=[amount(90)],
        weight_kg=200,
    )
    assert gates.dose(typed, policy=DEFAULT) == [
        ("dose_mg", "90 mg of steroid is above this clinic's maximum of 80 mg."),
        ("dose_mg", "90 mg of triamcinolone is above its maximum of 40 mg in one injection."),
    ]


@pytest.mark.parametrize(
    ("added_mg", "other_mg", "field"),
    [(None, 200, ""), (None, 200.1, "dose_mg"), (100, 100, ""), (100, 101, "local_anaesthetic/dose_mg")],
)
def test_h20_lidocaine_that_is_the_injected_drug_itself_counts(
    added_mg: float | None, other_mg: float, field: str
) -> None:
    typed = gates.Doses(
        steroid_mg=None,
        strength_mg_ml=None,
        volume_ml=None,
        local_anaesthetic_drug="lidocaine",
        local_anaesthetic_mg=added_mg,
        other_lidocaine_mg=other_mg,
    )
    assert [where for where, _ in gates.dose(typed, policy=DEFAULT)] == ([field] if field else [])
