"""What holds for every case: monotony, mirror images, order. The strategies aim at the thresholds."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from injections.safety.assess import assess
from injections.safety.codes import ANSWERS, DECISIONS, HISTORY_SIDES, NO, NOT_SURE, OTHER_DIAGNOSES, TEARS, YES
from injections.safety.dates import add_months
from injections.safety.facts import EarlierDecision, Facts, GivenInjection, Report
from injections.safety.findings import Judgement, Severity, Verdict
from injections.safety.questions import QUESTIONS, TIMED_FOLLOW_UPS
from injections.safety.sites import AREAS, BOOKABLE_SITES, HISTORY_SITES, SITE_BY_CODE
from tests.conftest import examples
from tests.injections.safety.example import clean

FEW = settings(max_examples=examples(40), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))

AWKWARD = [date(2025, 11, 30), date(2025, 10, 31), date(2024, 2, 29), date(2026, 8, 31), date(2026, 1, 31)]
STARTS = st.sampled_from(
    [add_months(day, months) + timedelta(days=shift) for day in AWKWARD for months in (3, 4) for shift in (-1, 0, 1)]
)
RANK = {None: 0, Severity.INFO: 1, Severity.WARNING: 2, Severity.CRITICAL: 3}
VERDICT_RANK = {Verdict.CLEAR: 0, Verdict.REVIEW: 1, Verdict.BLOCKED: 2}
COUNTING_RULES = ("repeat-interval", "yearly-limit", "steroid-load")


def near(day: date) -> st.SearchStrategy[str]:
    """Dates close to a boundary seen from `day`: 28 days, 3, 4 and 12 months, and approximate ones."""
    exact = [day - timedelta(days=days + shift) for days in (0, 28, 59, 89, 92, 120, 123, 365) for shift in (-1, 0, 1)]
    return st.sampled_from(
        [one.isoformat() for one in exact]
        + [one.isoformat()[:7] for one in exact[::3]]
        + [str(day.year), str(day.year - 1)]
    )


@st.composite
def injections(draw: st.DrawFn, day: date) -> GivenInjection:
    return GivenInjection(
        site=draw(st.sampled_from(HISTORY_SITES)),
        side=draw(st.sampled_from(HISTORY_SIDES)),
        given=draw(st.one_of(st.none(), near(day))),
        steroid=draw(st.sampled_from([True, None, False])),
        recorded_on=draw(st.sampled_from([None, day, day - timedelta(days=100)])),
    )


@st.composite
def decisions(draw: st.DrawFn, day: date) -> EarlierDecision:
    """In every area and side, around the end of its 12 months and of a delay."""
    return EarlierDecision(
        outcome=draw(st.sampled_from(DECISIONS)),
        decided_on=day - timedelta(days=draw(st.sampled_from([0, 1, 30, 364, 365, 366]))),
        until=day + timedelta(days=draw(st.sampled_from([-1, 0, 1]))),
        area=draw(st.sampled_from(AREAS)),
        side=draw(st.sampled_from(["left", "right"])),
    )


@st.composite
def reports(draw: st.DrawFn, modality: str) -> Report:
    tear, other = draw(st.sampled_from(TEARS)), draw(st.sampled_from(OTHER_DIAGNOSES))
    return Report(
        modality=modality,
        area="ischial-tuberosity",
        side="left",
        performed_on=date(2026, 5, 31) + timedelta(days=draw(st.integers(-2, 2))),
        tendinopathy="yes",
        bursitis="no",
        tear=tear,
        other_diagnosis=other,
    )


@st.composite
def histories(draw: st.DrawFn) -> Facts:
    """A case with given injections only, in any area, and decisions on it."""
    day = draw(STARTS)
    facts = clean(
        start=f"{day} 10:00", site=draw(st.sampled_from(BOOKABLE_SITES)), side=draw(st.sampled_from(["left", "right"]))
    )
    made = draw(st.lists(decisions(day), max_size=3))
    return replace(facts, injections=tuple(draw(st.lists(injections(day), max_size=5))), decisions=tuple(made))


def severity(assessment: Judgement, rule: str) -> Severity | None:
    return next((finding.severity for finding in assessment.findings if finding.rule == rule), None)


@FEW
@given(histories(), st.data())
def test_one_more_given_injection_never_makes_it_milder(facts: Facts, data: st.DataObject) -> None:
    """Worst of the counting rules: where yearly-limit takes over, steroid-load is silent."""
    day = facts.request.start.date()
    more = replace(facts, injections=(*facts.injections, data.draw(injections(day))))
    before, after = assess(facts), assess(more)
    assert RANK[severity(after, "repeat-interval")] >= RANK[severity(before, "repeat-interval")]
    assert RANK[severity(after, "yearly-limit")] >= RANK[severity(before, "yearly-limit")]
    worst = [max(RANK[severity(one, rule)] for rule in COUNTING_RULES) for one in (before, after)]
    assert worst[1] >= worst[0]


@FEW
@given(histories(), st.integers(1, 140))
def test_a_later_date_is_never_stricter_where_only_given_injections_exist(facts: Facts, days: int) -> None:
    """The interval rule, with exact and approximate dates of the past."""
    start_on = facts.request.start.date()
    past = tuple(one for one in facts.injections if one.given is None or one.given[:10] <= start_on.isoformat())
    later = replace(
        facts.request, start=facts.request.start + timedelta(days=days), end=facts.request.end + timedelta(days=days)
    )
    now = assess(replace(facts, injections=past))
    then = assess(replace(facts, injections=past, request=later))
    assert RANK[severity(then, "repeat-interval")] <= RANK[severity(now, "repeat-interval")]


@FEW
@given(histories())
def test_the_named_dates_are_the_first_ones(facts: Facts) -> None:
    """A day before them the rule still speaks, on them it does not, or no longer as strictly."""
    assessment = assess(facts)
    if assessment.review_from is None or assessment.clear_from is None:
        return
    start_on = facts.request.start.date()

    def on_day(day: date) -> Severity | None:
        shift = day - start_on
        request = replace(facts.request, start=facts.request.start + shift, end=facts.request.end + shift)
        return severity(assess(replace(facts, request=request)), "repeat-interval")

    assert start_on <= assessment.review_from <= assessment.clear_from
    assert on_day(assessment.review_from) is not Severity.CRITICAL
    assert on_day(assessment.clear_from) is None
    if assessment.review_from > start_on:
        assert on_day(assessment.review_from - timedelta(days=1)) is Severity.CRITICAL
    if assessment.clear_from > start_on:
        assert on_day(assessment.clear_from - timedelta(days=1)) is not None


@FEW
@given(histories())
def test_left_and_right_are_mirror_images(facts: Facts) -> None:
    """Exchanging the sides everywhere changes no severity and no date."""
    turn = {"left": "right", "right": "left"}
    screening, request = facts.screening, facts.request
    assert screening is not None
    mirrored = replace(
        facts,
        request=replace(request, side=turn[request.side or ""]),
        screening=replace(screening, pain_side=turn[screening.pain_side or ""]),
        injections=tuple(replace(one, side=turn.get(one.side, one.side)) for one in facts.injections),
        reports=tuple(replace(one, side=turn[one.side]) for one in facts.reports),
        decisions=tuple(replace(one, side=turn[one.side]) for one in facts.decisions),
    )
    one, other = assess(facts), assess(mirrored)
    assert [(f.rule, f.severity) for f in one.findings] == [(f.rule, f.severity) for f in other.findings]
    assert (one.review_from, one.clear_from) == (other.review_from, other.clear_from)


@FEW
@given(histories(), st.randoms())
def test_the_order_of_the_history_does_not_matter(facts: Facts, random: Any) -> None:
    """Same findings with the same digests, so that a decision goes on covering them."""
    shuffled = list(facts.injections)
    random.shuffle(shuffled)
    assert assess(replace(facts, injections=tuple(shuffled))).concerns == assess(facts).concerns


@FEW
@given(st.lists(reports("ultrasound"), min_size=1, max_size=3), st.lists(reports("mri"), max_size=2), st.data())
def test_a_scan_of_one_kind_takes_nothing_back_of_what_the_other_saw(
    ultrasounds: list[Report], mris: list[Report], data: st.DataObject
) -> None:
    """However new and however clean it is, no rule that reads both kinds gets milder by an MRI where there was none."""
    old_injury = {"onset": "sudden", "injury_on": "2026-03-01"}
    without, both = (
        assess(replace(clean(bruising="yes", screening=old_injury), reports=tuple(data.draw(st.permutations(seen)))))
        for seen in (ultrasounds, [*ultrasounds, *mris])
    )
    for rule in ("tendon-tear", "other-imaging-diagnosis", "suspected-avulsion", "acute-trauma"):
        assert RANK[severity(both, rule)] >= RANK[severity(without, rule)], rule


@FEW
@given(histories(), st.randoms())
def test_the_order_of_decisions_matters_within_a_day_only(facts: Facts, random: Any) -> None:
    """One of each day, in whatever order: the newest by its day speaks."""
    by_day = list({one.decided_on: one for one in facts.decisions}.values())
    shuffled = list(by_day)
    random.shuffle(shuffled)
    one, other = (assess(replace(facts, decisions=tuple(made))) for made in (by_day, shuffled))
    assert one == other


@FEW
@given(st.sampled_from(list(QUESTIONS)), st.sampled_from([YES, NO, NOT_SURE]), st.integers(-1, 1))
def test_times_of_all_answers_or_of_each_say_the_same(question: str, answer: str, seconds: int) -> None:
    """Around the 14 days before the start: one time for all, or the same time for every single answer."""
    facts = clean(given=("2026-06-16", "2026-06"), **{question: answer})
    assert facts.screening is not None
    answered_at = facts.request.start - timedelta(days=14, seconds=seconds)
    single = dict.fromkeys((*QUESTIONS, *TIMED_FOLLOW_UPS), answered_at)
    together = replace(facts, screening=replace(facts.screening, answered_at=answered_at))
    each = replace(facts, screening=replace(facts.screening, answered_at=None, answered=single))
    assert assess(together) == assess(each)


@pytest.mark.parametrize("onset", ["sudden", "gradual", None])
@pytest.mark.parametrize("site", BOOKABLE_SITES)
def test_an_answer_from_no_to_not_sure_to_yes_never_gets_milder_rule_by_rule(site: str, onset: str | None) -> None:
    """Each question in each area, follow-ups unanswered: every rule but the one that lists open questions."""
    for question in QUESTIONS:
        said = [
            assess(clean(site=site, screening={"onset": onset}, **{question: answer})) for answer in (NO, NOT_SURE, YES)
        ]
        rules = {finding.rule for one in said for finding in one.findings} - {"screening-incomplete"}
        # "Yes" to an injection that nobody recorded, and "no" against a record, are judged as unknown is.
        for rule in rules:
            ranks = [RANK[severity(one, rule)] for one in said]
            assert ranks == sorted(ranks), (question, rule)


@pytest.mark.parametrize("site", BOOKABLE_SITES)
def test_an_unknown_answer_is_never_stricter_than_the_worst_yes(site: str) -> None:
    """And never clear, but for a sport that may be tested (info)."""
    for code, question in QUESTIONS.items():
        for unknown in (None, NOT_SURE):
            assessment = assess(clean(site=site, **{code: unknown}))
            worst = max(RANK[finding.severity] for finding in assessment.findings)
            assert 0 < worst <= RANK[question.worst_in(SITE_BY_CODE[site].area)], (code, unknown)


@pytest.mark.parametrize("site", BOOKABLE_SITES)
def test_the_verdict_never_gets_milder_from_no_to_not_sure_to_yes(site: str) -> None:
    """With an onset not known, so that no answer explains a sign away."""
    for question in QUESTIONS:
        ranks = [
            VERDICT_RANK[assess(clean(site=site, screening={"onset": None}, **{question: answer})).verdict]
            for answer in (NO, NOT_SURE, YES)
        ]
        assert ranks == sorted(ranks), question


def test_does_not_apply_counts_as_no() -> None:
    """For every question the two answers give the same assessment."""
    assert set(ANSWERS) == {"yes", "no", "not-sure", "not-applicable"}
    for question in QUESTIONS:
        assert assess(clean(**{question: "not-applicable"})).findings == assess(clean(**{question: NO})).findings
