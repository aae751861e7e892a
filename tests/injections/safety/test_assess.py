"""The assessment as a whole: verdict, order, failures, concerns, and what it must never import."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from injections.safety import assess as module
from injections.safety.assess import CALL_RULES, assess
from injections.safety.case import Case
from injections.safety.facts import Facts, Request
from injections.safety.findings import Concern, Owner, Severity
from injections.safety.policy import DEFAULT, RULES_VERSION
from injections.safety.registry import Outcome
from tests.injections.safety.example import ALL_NO, clean
from tests.injections.safety.tables import ROWS

RED_FLAGS = {
    "systemic-red-flag",
    "acute-trauma",
    "suspected-avulsion",
    "progressive-weakness",
    "saddle-or-bladder",
    "local-infection",
}


def test_the_verdict_follows_the_worst_finding() -> None:
    """Info stays clear, a warning is for review, anything critical is blocked."""
    assert assess(clean(breastfeeding="yes")).verdict == "clear"
    assert assess(clean(breastfeeding="yes", steroid_card="yes")).verdict == "review"
    assert assess(clean(steroid_card="yes", pregnant="yes")).verdict == "blocked"


def test_findings_come_worst_first_and_red_flags_lead() -> None:
    """The most urgent red flag before the others, then critical, warning, info."""
    facts = clean(
        given=("2026-06-01",),
        saddle_or_bladder="yes",
        fever="yes",
        pregnant="yes",
        steroid_card="yes",
        breastfeeding="yes",
    )
    assert [finding.rule for finding in assess(facts).findings] == [
        "saddle-or-bladder",
        "systemic-red-flag",
        "repeat-interval",
        "pregnancy",
        "injection-history-unknown",
        "steroid-card",
        "repeat-number",
        "breastfeeding",
    ]


def test_the_red_flags_are_the_six() -> None:
    """They call, and an override waits for the closed call."""
    assert CALL_RULES == RED_FLAGS


def test_only_critical_red_flags_call() -> None:
    """Pain at night belongs to a red-flag rule but calls nobody."""
    assert [finding.rule for finding in assess(clean(fever="yes")).calls] == ["systemic-red-flag"]
    assert assess(clean(night_pain="yes")).calls == ()
    assert assess(clean(pregnant="yes")).calls == ()


def _fails(case: Case) -> Outcome | None:
    raise RuntimeError(f"broken for {case.side}")


@pytest.mark.parametrize("rule", [rule.id for rule in module.RULES])
def test_a_rule_that_fails_blocks(rule: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the other rules still speak; nothing of the patient is in the evidence."""
    broken = tuple(replace(one, judge=_fails) if one.id == rule else one for one in module.RULES)
    monkeypatch.setattr(module, "_BY_AREA", {"ischial-tuberosity": broken})
    assessment = assess(clean(breastfeeding="yes"))
    assert assessment.verdict == "blocked"
    assert assessment.findings[0].rule == "check-failed"
    assert assessment.findings[0].evidence == {"where": rule, "error": "RuntimeError"}
    assert assessment.findings[0].owner is Owner.RADIOLOGIST
    assert assessment.findings[0].action
    assert rule == "breastfeeding" or assessment.findings[-1].rule == "breastfeeding"


@pytest.mark.parametrize(
    "facts",
    [
        clean(given=("sometime",)),
        clean(given=({"given": "2026-01-01", "site": "elbow"},)),
        replace(clean(), request=replace(clean().request, site=None)),
        replace(clean(), request=replace(clean().request, site="other-site")),
        replace(clean(), request=replace(clean().request, side="both")),
        replace(clean(), request=replace(clean().request, site="elbow")),
    ],
)
def test_facts_that_cannot_be_judged_block(facts: Facts) -> None:
    """Whatever is wrong with them."""
    assessment = assess(facts)
    assert (assessment.verdict, assessment.findings[0].rule) == ("blocked", "check-failed")
    assert (assessment.review_from, assessment.clear_from) == (None, None)


def test_next_dates_that_fail_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """The finding of the interval stays."""

    def fails(*_: object) -> None:
        raise OverflowError

    monkeypatch.setattr(module, "free_from", fails)
    rules = [finding.rule for finding in assess(clean(given=("2026-03-20",))).findings]
    assert rules[:2] == ["check-failed", "repeat-interval"]


def test_a_visit_that_loads_is_judged_by_the_rest_window_alone() -> None:
    """However many answers are missing."""
    assert assess(clean(kind="exercise-class", no_screening=True, no_pathway=True, reports=())).findings == ()
    found = assess(clean(kind="physiotherapy", no_screening=True, given=("2026-06-29",))).findings
    assert [finding.rule for finding in found] == ["rest-window"]


def test_waiting_for_answers_means_that_no_radiologist_is_needed() -> None:
    """Only warnings of reception and of the patient; covered ones do not count."""
    assert assess(clean(fever=None)).waits_for_answers()
    assert assess(clean(fever=None, no_pathway=True)).waits_for_answers()
    assert not assess(clean()).waits_for_answers()
    assert not assess(clean(breastfeeding="yes")).waits_for_answers()
    assert not assess(clean(fever=None, steroid_card="yes")).waits_for_answers()
    assert not assess(clean(fever=None, reports=())).waits_for_answers()
    both = assess(clean(fever=None, steroid_card="yes"))
    assert both.waits_for_answers([concern for concern in both.concerns if concern.rule == "steroid-card"])
    assert not both.waits_for_answers(both.concerns)


@pytest.mark.parametrize(
    ("facts", "rule", "owner"),
    [
        (clean(fever=None), "screening-incomplete", Owner.PATIENT),
        (clean(steroid_injection_last_12_months=None), "injection-history-unknown", Owner.RECEPTION),
        (clean(no_pathway=True), "conservative-care-first", Owner.RECEPTION),
        (clean(pathway={"response": None}), "conservative-care-first", Owner.RECEPTION),
        (clean(pathway={"response": "satisfactory"}), "conservative-care-first", Owner.RADIOLOGIST),
        (clean(pathway={"physiotherapy": "none"}), "conservative-care-first", Owner.RADIOLOGIST),
        (clean(no_pathway=True), "specialist-assessment", Owner.RECEPTION),
        (clean(pathway={"specialist_assessment": "no"}), "specialist-assessment", Owner.RADIOLOGIST),
        (clean(no_pathway=True), "no-indication", Owner.RECEPTION),
        (clean(pathway={"indications": ()}), "no-indication", Owner.RADIOLOGIST),
        (clean(no_pathway=True, given=("2020",)), "repeat-without-physiotherapy", Owner.RECEPTION),
        (clean(pathway={"physiotherapy": "none"}, given=("2020",)), "repeat-without-physiotherapy", Owner.RADIOLOGIST),
        (clean(reports=()), "ultrasound-assessment", Owner.RECEPTION),
        (clean(reports=({"modality": "mri"},)), "ultrasound-assessment", Owner.RADIOLOGIST),
        (clean(steroid_card="yes"), "steroid-card", Owner.RADIOLOGIST),
    ],
)
def test_who_can_clear_a_finding(facts: Facts, rule: str, owner: Owner) -> None:
    """Missing records are reception's, answers the patient's, the rest the radiologist's."""
    assert [finding.owner for finding in assess(facts).findings if finding.rule == rule] == [owner]


def test_a_decision_covers_concerns_by_rule_severity_and_evidence() -> None:
    """An unrelated change voids nothing; more evidence, or another severity, does."""
    before = assess(clean(given=("2026-03-20",)))
    covered = set(before.concerns)
    assert before.uncovered(covered) == ()
    assert {finding.rule for finding in before.uncovered(())} == {"repeat-interval", "injection-history-unknown"}
    unrelated = assess(clean(given=("2026-03-20",), breastfeeding="yes"))
    assert unrelated.uncovered(covered) == ()
    other = assess(clean(given=("2026-03-21",)))
    assert {finding.rule for finding in other.uncovered(covered)} == {"repeat-interval", "injection-history-unknown"}
    assert Concern("a", Severity.WARNING, "x") != Concern("a", Severity.CRITICAL, "x")
    assert Concern("a", Severity.WARNING, "x") == Concern("a", Severity("warning"), "x")


def test_answering_the_same_again_keeps_the_digests() -> None:
    """The time of asking is no evidence."""
    for row in ROWS:
        facts = clean(**row.facts)
        if facts.screening is None or facts.screening.answered_at is None:
            continue
        again = replace(facts.screening, answered_at=facts.screening.answered_at - timedelta(seconds=1))
        assert assess(replace(facts, screening=again)).concerns == assess(facts).concerns, row


def test_instants_of_any_offset_give_the_same_assessment() -> None:
    """The same instant in UTC, in London or in Kathmandu."""
    for row in ROWS:
        facts = clean(**row.facts)
        request = facts.request
        far = ZoneInfo("Asia/Kathmandu")
        moved = replace(request, start=request.start.astimezone(far), end=request.end.astimezone(far))
        assert assess(replace(facts, request=moved)) == assess(facts), row


def test_a_naive_instant_is_refused_when_the_facts_are_built() -> None:
    """Before it can be judged wrongly."""
    naive, aware = datetime(2026, 6, 30, 10), datetime(2026, 6, 30, 11, tzinfo=UTC)  # noqa: DTZ001
    with pytest.raises(ValueError, match="offset"):
        Request(start=naive, end=aware)


def test_an_assessment_as_json() -> None:
    """The shape of the batch check; evidence of every row can be written as JSON."""
    shown = assess(clean(given=("2026-03-20",), steroid_injection_last_12_months="yes")).as_dict()
    assert list(shown) == ["verdict", "review_from", "clear_from", "rules_version", "findings"]
    assert (shown["verdict"], shown["review_from"], shown["clear_from"]) == ("review", "2026-06-30", "2026-07-20")
    assert shown["rules_version"] == RULES_VERSION
    first = json.loads(json.dumps(shown))["findings"][0]
    assert list(first) == ["rule", "severity", "message", "source", "owner", "clears", "action", "evidence"]
    assert first["evidence"]["injections"][0]["counted_on"] == "2026-03-20"
    for row in ROWS:
        json.dumps(assess(clean(**row.facts)).as_dict(), allow_nan=False)


def test_the_case_works_out_the_local_date() -> None:
    """What rules read."""
    case = Case(clean(start="2026-06-30 23:30Z", fever="yes"), DEFAULT)
    assert (case.start_on.isoformat(), case.area, case.yes) == ("2026-07-01", "ischial-tuberosity", {"fever"})
    assert len(ALL_NO) == 35


BLOCKED_IMPORTS = """
import sys
for name in ("django", "rest_framework", "celery", "psycopg", "environ"):
    sys.modules[name] = None
import injections.safety.batch, injections.safety.timeline, injections.safety.gates
"""


@pytest.mark.longer
def test_the_rules_need_no_framework() -> None:
    """The whole core imports with Django made impossible."""
    run: Callable[..., subprocess.CompletedProcess[bytes]] = subprocess.run
    assert run([sys.executable, "-c", BLOCKED_IMPORTS], check=False).returncode == 0
