"""What a decision covers, for how long, and when it has to be asked again."""

import json
from datetime import date, timedelta
from hashlib import sha256
from importlib import import_module

import pytest

from injections.assessment.coverage import concern_as_dict, concerns_of, coverage, holding, uncovered
from injections.models import Assessment, Decision
from injections.safety.findings import Finding, Severity
from tests.injections.assessment.test_verdict import INTERVAL, PREGNANT, QUESTIONS, SKIN, SOONER, finding

DAY = date(2026, 3, 10)


def decision(outcome: str, *covered: Finding) -> Decision:
    """As it is read back, with what it covers."""
    return Decision(outcome=outcome, for_day=DAY, covers=[concern_as_dict(one.concerns[0]) for one in covered])


@pytest.mark.parametrize("taken_back_by", ["ask", "delay", "decline"])
def test_a_later_question_takes_back_what_was_covered_before_it(taken_back_by: str) -> None:
    """Two that cover add up; what is decided after the question covers again."""
    approved, overridden = decision("approve", INTERVAL), decision("override", PREGNANT, QUESTIONS)
    both = {INTERVAL.concerns[0], PREGNANT.concerns[0], QUESTIONS.concerns[0]}
    assert coverage([], on=DAY).concerns == set()
    assert coverage([approved, overridden], on=DAY).concerns == both
    assert coverage([approved, overridden, decision(taken_back_by)], on=DAY).concerns == set()
    assert coverage([overridden, decision(taken_back_by), approved], on=DAY).concerns == {INTERVAL.concerns[0]}


@pytest.mark.parametrize(
    ("outcome", "days", "holds"),
    [
        ("approve", -1, False),
        ("approve", 0, True),
        ("approve", 14, True),
        ("approve", 15, False),
        ("override", -1, False),
        ("override", 0, True),
        ("override", 7, True),
        ("override", 8, False),
    ],
)
def test_a_decision_reaches_the_days_after_its_own(outcome: str, days: int, holds: bool) -> None:
    """H6: forward 14 days, an override 7, never earlier; what does not reach the day is named."""
    made = decision(outcome, INTERVAL)
    found = coverage([made], on=DAY + timedelta(days=days))
    assert (INTERVAL.concerns[0] in found.concerns) is holds
    assert found.lapsed_for([INTERVAL.concerns[0]]) is (None if holds else made)
    assert found.lapsed_for([PREGNANT.concerns[0]]) is None, "what it never covered is no matter of its day"


@pytest.mark.parametrize(
    ("outcomes", "days", "numbers"),
    [
        ("", 0, ()),
        ("approve", 14, (0,)),
        ("approve", 15, ()),
        ("approve override", 7, (0, 1)),
        ("approve override", 8, (0,)),
        ("approve ask", 0, (1,)),
        ("approve ask", 30, (1,)),
        ("ask delay", 0, (1,)),
        ("approve ask override", 7, (2,)),
        ("approve ask override", 8, ()),
    ],
)
def test_what_still_holds_is_what_covers_or_took_it_back(outcomes: str, days: int, numbers: tuple[int, ...]) -> None:
    made = [decision(outcome, INTERVAL) for outcome in outcomes.split()]
    for number, one in enumerate(made):
        one.pk = number
    assert holding(made, on=DAY + timedelta(days=days)) == set(numbers)


def test_a_decision_that_was_taken_back_does_not_lapse() -> None:
    """After a later question nobody is told that the approval before it does not reach the day."""
    found = coverage([decision("approve", INTERVAL), decision("ask")], on=DAY + timedelta(days=30))
    assert found.lapsed_for([INTERVAL.concerns[0]]) is None


def test_the_requested_day_is_no_part_of_the_concern() -> None:
    """Of the same facts judged for two days one decision covers both; the facts themselves are another matter."""
    asked = [
        finding("repeat-interval", Severity.WARNING, last="2025-11-20", start_on=f"2026-03-{day}") for day in (10, 20)
    ]
    assert asked[0].concerns[0] == asked[1].concerns[0] == INTERVAL.concerns[0] != SOONER.concerns[0]


def test_a_stored_verdict_is_held_back_by_what_no_decision_covers() -> None:
    """Read back it has the concerns that it had when it was reached; information is none of them."""
    row = Assessment(findings=json.loads(json.dumps([one.as_dict() for one in (PREGNANT, INTERVAL, SKIN)])))
    assert concerns_of(row) == {PREGNANT.concerns[0], INTERVAL.concerns[0]}
    for decisions, left in (
        ([], ["pregnancy", "repeat-interval"]),
        ([decision("approve", INTERVAL)], ["pregnancy"]),
        ([decision("override", INTERVAL, PREGNANT)], []),
        ([decision("override", SOONER, PREGNANT)], ["repeat-interval"]),
    ):
        assert [one["rule"] for one in uncovered(row, decisions, on=DAY)] == left
    assert uncovered(None, [], on=DAY) == []


def test_what_was_covered_before_the_day_stood_beside_it_is_covered_still() -> None:
    """Decisions of earlier releases named the requested day in their concern; what named none is left as it is."""
    renewed = import_module("injections.migrations.0010_the_day_a_decision_was_made_for")._without_the_day
    with_day = finding("repeat-interval", Severity.WARNING, last="2025-11-20", start_on="2026-03-10")
    old = sha256(b'{"last":"2025-11-20","start_on":"2026-03-10"}').hexdigest()
    covers = [{"rule": "repeat-interval", "severity": "warning", "digest": old}, concern_as_dict(PREGNANT.concerns[0])]
    stored = [one.as_dict() for one in (with_day, PREGNANT)]
    assert renewed(covers, stored) == [concern_as_dict(INTERVAL.concerns[0]), concern_as_dict(PREGNANT.concerns[0])]
