"""Several injections at one visit: each judged with the others as booked at that time, and one verdict on all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from injections.safety.assess import assess
from injections.safety.facts import Facts
from injections.safety.findings import Finding, Judgement
from injections.safety.visit import Wanted, assess_visit, at_one_visit, doubled, side_of_all
from tests.injections.safety.example import at, clean

LEFT, RIGHT = clean(), clean(side="right", screening={"pain_side": "both"}, reports=({"side": "right"},))
HIP = clean(site="hip-joint", side="right", screening={"pain_side": "right", "main_pain_site": "groin"})


def judged(*each: Facts) -> Judgement:
    return assess_visit(at_one_visit(each))


def of_rule(judgement: Judgement, rule: str) -> list[Finding]:
    return [finding for finding in judgement.findings if finding.rule == rule]


def numbers(finding: Finding) -> list[int]:
    return [spot.number for spot in finding.of]


def test_one_injection_is_judged_as_ever() -> None:
    facts = clean(pregnant="yes", given=("2026-04-01",))
    assert judged(facts) == assess(facts)
    assert all("of" not in finding.as_dict() for finding in judged(facts).findings)


def test_each_is_judged_with_the_others_as_booked_at_that_time() -> None:
    first, second = at_one_visit([LEFT, HIP])
    assert [(one.site, one.side, one.start, one.end) for one in first.booked] == [
        ("hip-joint", "right", HIP.request.start, HIP.request.end)
    ]
    assert [(one.site, one.side) for one in second.booked] == [("hamstring-origin", "left")]
    assert at_one_visit([LEFT]) == (LEFT,)


def test_both_sides_at_once_are_for_a_radiologist_and_each_side_says_so() -> None:
    found = of_rule(judged(LEFT, RIGHT), "bilateral-same-day")
    assert [(one.severity, numbers(one), one.of[0].side) for one in found] == [
        ("warning", [0], "left"),
        ("warning", [1], "right"),
    ]
    assert judged(LEFT, RIGHT).verdict == "review"


@pytest.mark.parametrize(("others", "is_too_many"), [(0, False), (1, True)])
def test_three_are_a_day_and_a_fourth_is_too_many(others: int, is_too_many: bool) -> None:
    """Boundary: three at one visit are the three of the day; with another visit that day each would be the fourth."""
    elsewhere = ({"site": "sacroiliac-joint", "side": "left", "start": "2026-06-30 15:00"},) * others
    three = (
        clean(booked=elsewhere),
        clean(site="hip-joint", side="left", booked=elsewhere),
        clean(site="trochanteric-bursa", side="left", booked=elsewhere),
    )
    found = of_rule(judged(*three), "sites-per-day")
    assert [numbers(one) for one in found] == ([[0], [1], [2]] if is_too_many else [])


def test_the_verdict_is_the_worst_and_what_is_alike_is_said_once() -> None:
    """What is the person's own is found of each injection, and is one finding of both."""
    both = judged(clean(pregnant="yes", diabetes="yes"), clean(site="hip-joint", pregnant="yes", diabetes="yes"))
    assert both.verdict == "blocked"
    [pregnancy] = of_rule(both, "pregnancy")
    assert numbers(pregnancy) == [0, 1]
    assert pregnancy.as_dict()["of"] == [
        {"number": 0, "area": "ischial-tuberosity", "side": "left"},
        {"number": 1, "area": "hip-joint", "side": "left"},
    ]
    severities = [finding.severity for finding in both.findings]
    assert severities == sorted(severities, key=["critical", "warning", "info"].index)


def test_the_dates_are_the_latest_and_none_where_no_date_helps_one_of_them() -> None:
    left, hip = (
        clean(given=("2026-04-10",)),
        clean(site="hip-joint", given=({"site": "hip-joint", "given": "2026-05-10"},)),
    )
    assert (judged(left, HIP).review_from, judged(left, HIP).clear_from) == (date(2026, 7, 10), date(2026, 8, 10))
    assert (judged(left, hip).review_from, judged(left, hip).clear_from) == (date(2026, 8, 10), date(2026, 9, 10))
    never = clean(site="hip-joint", given=({"site": "hip-joint", "given": None},))
    assert (judged(left, never).review_from, judged(left, never).clear_from) == (None, None)


def test_what_was_decided_about_the_left_does_not_cover_the_right() -> None:
    """The very same evidence on the other side is another concern; of both sides both have to be covered."""
    bare = {"pathway": {"physiotherapy": "none", "response": None}}
    left, both = judged(clean(**bare), RIGHT), judged(clean(**bare), replace(clean(**bare), request=RIGHT.request))
    rule = "conservative-care-first"
    [on_the_left], [on_both] = of_rule(left, rule), of_rule(both, rule)
    assert (numbers(on_the_left), numbers(on_both)) == ([0], [0, 1])
    covered = frozenset(left.concerns)
    assert on_the_left.is_covered(covered)
    assert not on_both.is_covered(covered)
    assert rule in [finding.rule for finding in both.uncovered(covered)]
    assert on_the_left.is_covered(frozenset(both.concerns)), "what was weighed of both holds when one of them is solved"


def test_no_area_and_side_stands_there_twice() -> None:
    """Bursa and tendon of one side are one place."""
    tendon, bursa = Wanted("hamstring-origin", "left"), Wanted("ischiogluteal-bursa", "left")
    right = Wanted("hamstring-origin", "right")
    assert doubled([tendon.place, right.place]) == {}
    assert doubled([tendon.place, right.place, bursa.place]) == {2: 0}


def test_the_side_of_several_of_one_area() -> None:
    assert [side_of_all(sides) for sides in (["left"], ["right", "right"], ["left", "right"])] == [
        "left",
        "right",
        "both",
    ]


def test_the_day_of_the_others_is_their_own() -> None:
    """Booked at that time: its start and its end are the visit's."""
    [_, second] = at_one_visit([clean(start="2026-07-01 09:00"), clean(side="right", start="2026-07-01 09:00")])
    assert second.booked[0].start == at("2026-07-01 09:00")
