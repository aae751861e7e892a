"""When an injection that is entered is likely there already: area, side and day, as the rules' document has it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from injections.models import Injection
from injections.patient.resembling import resembling

ENTERED = date(2026, 3, 2)


def values(**changes: Any) -> dict[str, Any]:
    usual = {"site": "ischiogluteal-bursa", "side": "left", "given": "2026-01-14", "origin": "elsewhere"}
    return {**usual, "recorded_on": ENTERED, "status": "given", **changes}


@pytest.mark.parametrize(
    ("there", "entered", "is_alike"),
    [
        ({}, {}, True),
        ({"site": "hamstring-origin"}, {}, True),
        ({"site": "hip-region-unspecified"}, {}, True),
        ({}, {"site": "hip-region-unspecified"}, True),
        ({"site": "hip-region-unspecified"}, {"site": "hip-region-unspecified"}, True),
        ({"site": "hip-joint"}, {}, False),
        ({"site": "other-site"}, {"site": "other-site"}, False),
        ({"site": "other-site"}, {"site": "hip-region-unspecified"}, False),
        ({"side": "right"}, {}, False),
        ({"side": "both"}, {}, True),
        ({"side": "unknown"}, {"side": "right"}, True),
        ({"given": "2026-01-15"}, {}, False),
        ({"given": "2026-01"}, {}, True),
        ({"given": "2026"}, {}, True),
        ({"given": "2025"}, {}, False),
        ({"given": "2025-12-31"}, {"given": "2025"}, True),
        ({"given": "2026-01-01"}, {"given": "2025"}, False),
        ({"given": ""}, {}, True),
        ({"given": "", "recorded_on": date(2026, 1, 14)}, {}, True),
        ({"given": "", "recorded_on": date(2026, 1, 13)}, {}, False),
        ({"status": "part-given"}, {}, True),
        ({"status": "not-given"}, {}, False),
        ({"origin": "own"}, {}, True),
        ({}, {"origin": "own"}, True),
        ({"origin": "own"}, {"origin": "own"}, False),
    ],
)
def test_the_same_area_an_overlapping_side_and_days_that_can_be_one(
    there: dict[str, Any], entered: dict[str, Any], is_alike: bool
) -> None:
    row = Injection(**values(**there))
    assert resembling([row], values(**entered)) == ([row] if is_alike else [])
