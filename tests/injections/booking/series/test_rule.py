"""Which days follow from the rule of a series. No database."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest

from injections.booking.series.rule import SeriesRule
from tests.clinic import LONDON

MONDAY, TUESDAY, THURSDAY = 0, 1, 3


def rule(from_on: str, weekdays: set[int], *, every_weeks: int = 1, count: int = 3, at: str = "10:00") -> SeriesRule:
    return SeriesRule(date.fromisoformat(from_on), every_weeks, frozenset(weekdays), time.fromisoformat(at), count)


@pytest.mark.parametrize(
    ("asked", "days"),
    [
        (rule("2026-03-02", {MONDAY}), ["03-02", "03-09", "03-16"]),
        (rule("2026-03-03", {MONDAY}), ["03-09", "03-16", "03-23"]),
        (rule("2026-03-03", {MONDAY, THURSDAY}), ["03-05", "03-09", "03-12"]),
        (
            rule("2026-03-02", {THURSDAY, TUESDAY}, every_weeks=2, count=5),
            ["03-03", "03-05", "03-17", "03-19", "03-31"],
        ),
        # the week of the first day counts, also where none of its days is left
        (rule("2026-03-03", {MONDAY}, every_weeks=2), ["03-16", "03-30", "04-13"]),
    ],
)
def test_the_days_of_a_rule(asked: SeriesRule, days: list[str]) -> None:
    assert [day.strftime("%m-%d") for day in asked.days()] == days


def test_the_wall_time_stays_when_the_clocks_change() -> None:
    """They go forward on 29 March 2026: 10:00 is 10:00 UTC before, 09:00 UTC after."""
    before, after, _ = rule("2026-03-23", {MONDAY}).starts(LONDON)
    assert (before, after) == (datetime(2026, 3, 23, 10, tzinfo=UTC), datetime(2026, 3, 30, 9, tzinfo=UTC))
