"""When something is closed, as people say it."""

from __future__ import annotations

import pytest

from scheduling.clinic.closed_words import closed_when
from tests.clinic import Clinic, close, local
from tests.pages_world import browser


@pytest.mark.parametrize(
    ("starts", "ends", "said"),
    [
        ("2026-12-07 00:00", "2026-12-09 00:00", "7 and 8 December 2026, all day"),
        ("2026-12-07 00:00", "2026-12-08 00:00", "7 December 2026, all day"),
        ("2026-12-07 00:00", "2026-12-12 00:00", "7 to 11 December 2026, all day"),
        ("2026-11-30 00:00", "2026-12-02 00:00", "30 November and 1 December 2026, all day"),
        ("2026-12-30 00:00", "2027-01-03 00:00", "30 December 2026 to 2 January 2027, all day"),
        ("2026-03-29 00:00", "2026-03-30 00:00", "29 March 2026, all day"),  # 23 hours: the clocks change
        ("2026-12-07 13:00", "2026-12-07 17:30", "7 December 2026, 13:00 to 17:30"),
        ("2026-12-07 13:00", "2026-12-08 00:00", "7 December 2026, 13:00 to 24:00"),
        ("2026-12-07 13:00", "2026-12-09 12:00", "7 December 2026 at 13:00 to 9 December 2026 at 12:00"),
    ],
)
def test_des13_whole_days_are_named_the_last_one_included(starts: str, ends: str, said: str) -> None:
    assert closed_when(local(*starts.split()), local(*ends.split())) == said


def test_des13_the_list_of_closures_says_it(clinic: Clinic) -> None:
    close(
        starts_at=local("2026-12-07", "00:00"),
        ends_at=local("2026-12-09", "00:00"),
        reason="Stocktaking",
        by=clinic.manager,
        now=clinic.now,
    )
    said = browser(clinic.users["manager"]).get("closure-list")
    assert "7 and 8 December 2026, all day" in said
    assert "9 December" not in said
