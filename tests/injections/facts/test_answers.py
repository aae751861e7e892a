"""Which answers count for an area and side: one function says it to the rules, the pages and the API."""

from __future__ import annotations

import pytest

from injections.facts.answers import newest_that_fits
from injections.models import Screening

IT, GT = "ischial-tuberosity", "greater-trochanter"


def stored(*places: tuple[str, str]) -> list[Screening]:
    return [Screening(pk=number, area=area, side=side) for number, (area, side) in enumerate(places)]


@pytest.mark.parametrize(
    ("area", "side", "asked", "counts"),
    [
        (IT, "left", (IT, "left"), True),
        (IT, "right", (IT, "left"), False),
        (GT, "left", (IT, "left"), False),
        ("", "left", (IT, "left"), True),
        (IT, "", (IT, "left"), True),
        (IT, "both", (IT, "left"), True),
        (IT, "unknown", (IT, "left"), True),
        ("", "", (IT, "left"), True),
        (IT, "left", ("", ""), False),
        ("", "both", ("", ""), True),
        (IT, "left", (None, None), True),
        (IT, "left", (IT, None), True),
        (IT, "left", (None, "right"), False),
    ],
)
def test_what_was_recorded_there_counts_there(area: str, side: str, asked: tuple[str, str], counts: bool) -> None:
    assert (newest_that_fits(stored((area, side)), *asked) is not None) == counts


def test_the_one_stored_last_counts_in_whatever_order_they_come() -> None:
    rows = stored((IT, "left"), (IT, "both"), (IT, "right"))
    for ordered in (rows, rows[::-1]):
        found = newest_that_fits(ordered, IT, "left")
        assert found
        assert found.pk == 1


def test_where_nothing_counts_nothing_is_known() -> None:
    assert newest_that_fits(stored(), IT, "left") is None
