"""From which date a radiologist may allow it, and from which the interval is free."""

from datetime import date, timedelta
from typing import Any

import pytest

from injections.safety.assess import assess
from tests.injections.safety.example import clean
from tests.injections.safety.test_rules import said

CASES: list[tuple[str, dict[str, Any], str | None, str | None]] = [
    ("nothing fires: no dates", {}, None, None),
    ("critical", {"given": ("2026-05-10",)}, "2026-08-10", "2026-09-10"),
    ("a warning alone: the requested date", {"given": ("2026-03-20",)}, "2026-06-30", "2026-07-20"),
    ("both ends move forward", {"given": ("2025-10-31",), "start": "2026-01-15"}, "2026-01-31", "2026-03-01"),
    ("November's end", {"given": ("2025-11-30",), "start": "2026-02-28"}, "2026-03-01", "2026-03-30"),
    ("a month only", {"given": ("2026-06",)}, "2026-09-30", "2026-10-30"),
    ("a year only, still running", {"given": ("2026",)}, "2027-03-31", "2027-05-01"),
    (
        "a year, recorded in May",
        {"given": ({"given": "2026", "recorded_on": "2026-05-10"},)},
        "2026-08-10",
        "2026-09-10",
    ),
    (
        "unknown, recorded in May",
        {"given": ({"given": None, "recorded_on": "2026-05-10"},)},
        "2026-08-10",
        "2026-09-10",
    ),
    ("wholly unknown: no date helps", {"given": ({"given": None}, "2026-05-10")}, None, None),
    ("booked later: after it", {"booked": ("2026-07-20",)}, "2026-10-20", "2026-11-20"),
    ("booked far enough: before it", {"given": ("2026-04-10",), "booked": ("2026-12-10",)}, "2026-07-10", "2026-08-10"),
    (
        "a date before the booked one, but only for a radiologist",
        {"given": ("2026-04-10",), "booked": ("2026-10-10",)},
        "2026-07-10",
        "2027-02-10",
    ),
    (
        "booked ones push from one to the next",
        {"given": ("2026-04-10",), "booked": ("2026-09-01", "2026-12-20", "2027-09-01")},
        "2027-03-20",
        "2027-04-20",
    ),
    (
        "an approximate one leads into the reach of a booked one",
        {"given": ("2026-06",), "booked": ("2026-12-01",)},
        "2027-03-01",
        "2027-04-01",
    ),
    ("one booked on the requested day", {"booked": ("2026-06-30 11:00",)}, "2026-09-30", "2026-10-30"),
    (
        "review because of an earlier one, and one booked on the day",
        {"given": ("2026-03-20",), "booked": ("2026-06-30 11:00",)},
        "2026-09-30",
        "2026-10-30",
    ),
    ("given after the start", {"given": ("2026-09-01",)}, "2026-12-01", "2027-01-01"),
    (
        "the local date, not the UTC one",
        {"given": ("2026-06-01",), "start": "2026-06-30 23:30Z"},
        "2026-09-01",
        "2026-10-01",
    ),
]


@pytest.mark.parametrize(("words", "facts", "review_from", "clear_from"), CASES, ids=[case[0] for case in CASES])
def test_the_next_dates(words: str, facts: dict[str, Any], review_from: str | None, clear_from: str | None) -> None:
    """The two dates of a case."""
    assessment = assess(clean(**facts))
    shown = (assessment.as_dict()["review_from"], assessment.as_dict()["clear_from"])
    assert shown == (review_from, clear_from)


@pytest.mark.longer
@pytest.mark.parametrize(
    ("words", "facts"), [case[:2] for case in CASES if case[2]], ids=[case[0] for case in CASES if case[2]]
)
def test_the_dates_are_the_first_ones_that_the_rule_itself_allows(words: str, facts: dict[str, Any]) -> None:
    """Judged day by day as if each were the requested start."""
    assessment = assess(clean(**facts))
    day = assess_on = date.fromisoformat(str(facts.get("start", "2026-06-30"))[:10])
    if "Z" in str(facts.get("start")):
        day = assess_on = day + timedelta(days=1)
    verdicts = {}
    while not {"silent", "warning"} <= set(verdicts) and day < date(2028, 1, 1):
        start = facts.get("start", "2026-06-30 10:00") if day == assess_on else f"{day} 20:00"
        then = said(assess(clean(**{**facts, "start": start})), "repeat-interval")
        verdicts.setdefault(then, day)
        if then == "silent":
            verdicts.setdefault("warning", day)
        day += timedelta(days=1)
    assert (assessment.review_from, assessment.clear_from) == (verdicts["warning"], verdicts["silent"])


def test_a_visit_that_loads_has_no_next_dates() -> None:
    """They speak of the interval between injections only."""
    assessment = assess(clean(kind="physiotherapy", given=("2026-06-29",)))
    assert (assessment.verdict, assessment.review_from, assessment.clear_from) == ("blocked", None, None)
