"""What holds for every record: more of it makes nothing milder; order and what is not mapped change nothing."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from injections.doors.coded.table import rows
from injections.safety.assess import assess
from injections.safety.findings import Severity, Verdict
from injections.safety.sites import SITES
from tests.conftest import examples
from tests.injections.doors.coded.case import (
    ALL_WELL,
    PATIENT,
    REQUEST,
    START,
    UNMAPPED,
    Json,
    allergy,
    appointment,
    concept,
    condition,
    own,
    procedure,
    read,
    report,
    request_for,
)

FEW = settings(max_examples=examples(15), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
RANK = {None: 0, Severity.INFO: 1, Severity.WARNING: 2, Severity.CRITICAL: 3}
VERDICTS = [Verdict.CLEAR, Verdict.REVIEW, Verdict.BLOCKED]
COUNTING_RULES = ("repeat-interval", "yearly-limit", "steroid-load")
BASE = (PATIENT, ALL_WELL, report())


def row_codes(fact: str) -> list[tuple[str, str]]:
    """One code of each meaning: the first of every group."""
    return [*{row.value: (row.code, row.system) for row in reversed(rows()) if row.fact == fact}.values()]


def around(day: date) -> st.SearchStrategy[str]:
    """Days beside the boundaries that the rules look at, whole months and years."""
    days = [day + timedelta(days=by - gap) for gap in (0, 28, 91, 122, 365) for by in (-1, 0, 1)]
    return st.sampled_from([one.isoformat() for one in days] + [days[4].isoformat()[:7], str(day.year - 1)])


SITES_SAID = st.lists(
    st.sampled_from(
        [own("site", site.code) for site in SITES] + [concept(code) for code in ("7771000", "24028007", UNMAPPED)]
    ),
    max_size=2,
)
PROCEDURES = st.builds(
    lambda code, where, when, status: procedure(code, performedDateTime=when, bodySite=where, status=status),
    st.sampled_from(["231274008", "27813003", "301877006"]),
    SITES_SAID,
    around(START.date()),
    st.sampled_from(["completed", "stopped", "not-done", "entered-in-error"]),
)
ANSWERING = st.one_of(
    st.sampled_from([condition(code) for code, _ in row_codes("question")]),
    st.sampled_from([allergy(code, patient=condition("")["subject"]) for code, _ in row_codes("drug")]),
    st.sampled_from([request_for(code, system) for code, system in row_codes("drug")]),
)
VISITS = st.builds(
    lambda service, where, days: appointment(
        service, *where, status="booked", start=(START + timedelta(days=days)).isoformat()
    ),
    st.sampled_from(["injection", "physiotherapy", "exercise-class"]),
    SITES_SAID,
    st.sampled_from([-120, -2, 0, 1, 3, 30, 91, 125]),
)
NOT_MAPPED = st.sampled_from(
    [
        procedure(UNMAPPED),
        condition(UNMAPPED),
        allergy(UNMAPPED),
        request_for(UNMAPPED),
        condition("44054006") | {"code": {}},
    ]
)


def worst(findings: dict[str, Severity], *rules: str) -> int:
    return max(RANK[findings.get(rule)] for rule in rules)


def judged(*resources: Json) -> tuple[int, dict[str, Severity]]:
    found = assess(read(*resources).facts)
    assert "check-failed" not in {finding.rule for finding in found.findings}
    return VERDICTS.index(found.verdict), {finding.rule: finding.severity for finding in found.findings}


def test_somebody_of_whom_all_is_known_and_well_is_clear() -> None:
    """Everything below starts from here."""
    assert judged(*BASE) == (0, {})


@FEW
@given(st.lists(PROCEDURES, max_size=3), PROCEDURES)
def test_one_more_injection_makes_no_counting_rule_milder(before: list[Json], one: Json) -> None:
    """Neither where it was, nor when, nor whether of a steroid has to be said clearly for that."""
    _, fewer = judged(*BASE, *before)
    _, more = judged(*BASE, *before, one)
    assert worst(more, "repeat-interval") >= worst(fewer, "repeat-interval")
    assert worst(more, *COUNTING_RULES) >= worst(fewer, *COUNTING_RULES)


@FEW
@given(st.lists(ANSWERING, max_size=2), ANSWERING)
def test_one_more_condition_allergy_or_medicine_makes_no_verdict_milder(before: list[Json], one: Json) -> None:
    """Nor any single rule."""
    verdict, fewer = judged(*BASE, *before)
    later, more = judged(*BASE, *before, one)
    assert later >= verdict
    assert all(RANK[more.get(rule)] >= RANK[severity] for rule, severity in fewer.items())


@FEW
@given(st.lists(VISITS, max_size=2), VISITS)
def test_one_more_visit_makes_no_verdict_milder(before: list[Json], one: Json) -> None:
    """Also one whose place is not clear, which no rule stumbles over."""
    assert judged(*BASE, *before, one)[0] >= judged(*BASE, *before)[0]


@FEW
@given(st.lists(st.one_of(PROCEDURES, ANSWERING, VISITS), max_size=4), st.lists(NOT_MAPPED, min_size=1, max_size=3))
def test_what_is_not_mapped_changes_no_fact_and_is_named(known: list[Json], not_mapped: list[Json]) -> None:
    """Each of it."""
    without, found = read(*BASE, *known), read(*BASE, *known, *not_mapped)
    assert found.facts == without.facts
    assert len(found.unread) == len(without.unread) + len(not_mapped)


@FEW
@given(st.data())
def test_the_order_changes_no_finding(data: st.DataObject) -> None:
    """Nor does it change the answers."""
    resources = [*BASE, *data.draw(st.lists(st.one_of(PROCEDURES, ANSWERING, VISITS), max_size=5))]
    shuffled = data.draw(st.permutations(resources))
    assert judged(*resources) == judged(*shuffled)
    first, second = (read(*one).facts.screening for one in (resources, shuffled))
    assert first == second


@pytest.mark.parametrize("question", sorted({row.value for row in rows() if row.fact == "question"}))
def test_a_gap_is_not_filled_by_what_is_missing(question: str) -> None:
    """Without its answer the question is as open as it was, whatever else is on record."""
    said = ALL_WELL | {"item": [item for item in ALL_WELL["item"] if item["linkId"] != question]}
    facts = read(PATIENT, said, report(), condition(UNMAPPED)).facts
    assert facts.screening is not None
    assert question not in facts.screening.answers
    assert judged(PATIENT, said, report())[1]["screening-incomplete"] in (Severity.WARNING, Severity.INFO)


@FEW
@given(st.lists(st.one_of(PROCEDURES, VISITS), max_size=4))
def test_the_other_side_is_judged_alike(resources: list[Json]) -> None:
    """What is mirrored is found mirrored."""
    other = {"7771000": "24028007", "24028007": "7771000"}

    def mirrored(value: object) -> object:
        if isinstance(value, dict):
            return {key: mirrored(one) for key, one in value.items()}
        if isinstance(value, list):
            return [mirrored(one) for one in value]
        return other.get(value, value) if isinstance(value, str) else value

    here = assess(read(PATIENT, *resources).facts)
    there = assess(read(PATIENT, *map(mirrored, resources), request=replace(REQUEST, side="right")).facts)  # type: ignore[arg-type]
    assert here.verdict == there.verdict
    assert [finding.rule for finding in here.findings] == [finding.rule for finding in there.findings]
