"""The assessment: every rule that applies judges the case, and the worst finding makes the verdict."""

from collections.abc import Iterable
from datetime import date
from typing import Final

from injections.safety.case import Case
from injections.safety.codes import INJECTION
from injections.safety.facts import Facts
from injections.safety.findings import SEVERITY_RANK, Finding, Judgement, Owner, Severity, verdict_of
from injections.safety.policy import DEFAULT, Policy
from injections.safety.registry import CHECK_FAILED, Rule
from injections.safety.rules import RULES
from injections.safety.rules.interval import free_from

CALL_RULES: Final = frozenset(rule.id for rule in RULES if rule.call)
"""Rules marked ☎: their critical findings put the patient on the call list, and can be overridden only
after a clinician closed that call.
"""

_ORDER: Final = {rule.id: place for place, rule in enumerate(RULES)}
_FOR_LOADING: Final = tuple(rule for rule in RULES if rule.for_loading)
_BY_AREA: Final = {
    area: tuple(rule for rule in RULES if area in rule.areas) for area in {a for r in RULES for a in r.areas}
}


def assess(facts: Facts, *, policy: Policy = DEFAULT) -> Judgement:
    """Judge one request.

    For an injection all rules of its area apply; for physiotherapy and exercise-class, and for a plan of the
    patient's own (a kind of activity) that becomes known after an injection, those about rest and load alone.
    Unknown is never "no". An exception inside a rule, or in preparing the facts, is a critical
    `check-failed` finding: a check that did not work never lets a booking through.
    """
    try:
        case = Case(facts, policy)
        rules = _applying(case)
    except Exception as error:  # noqa: BLE001 - whatever failed, the answer is blocked
        return _assessment([_check_failed("the facts", error)], policy=policy)
    findings = list(_judged(case, rules))
    review_from = clear_from = None
    if any(finding.rule == "repeat-interval" for finding in findings):
        try:
            review_from = free_from(case, policy.repeat_critical_months)
            clear_from = free_from(case, policy.repeat_review_months)
        except Exception as error:  # noqa: BLE001 - as above
            findings.append(_check_failed("the next dates", error))
    return _assessment(findings, policy=policy, review_from=review_from, clear_from=clear_from)


def _applying(case: Case) -> tuple[Rule, ...]:
    if case.request.kind != INJECTION:
        return _FOR_LOADING
    if case.area is None or case.side not in ("left", "right"):
        raise ValueError("an injection needs a bookable site and a side, left or right")
    return _BY_AREA[case.area]


def _judged(case: Case, rules: Iterable[Rule]) -> Iterable[Finding]:
    for rule in rules:
        try:
            outcome = rule.judge(case)
        except Exception as error:  # noqa: BLE001 - the other rules still judge; the verdict is blocked
            yield _check_failed(rule.id, error)
        else:
            if outcome is not None:
                yield rule.finding(outcome, case.policy.emergency)


def _check_failed(where: str, error: Exception) -> Finding:
    return Finding(
        rule=CHECK_FAILED,
        severity=Severity.CRITICAL,
        message=f"The safety check itself failed ({where}). Nothing was judged safe.",
        evidence={"where": where, "error": type(error).__name__},
        source="Clinic policy: a check that did not work never lets a booking through",
        owner=Owner.RADIOLOGIST,
        clears="The check runs again without an error.",
        action="Do not book. Tell the radiologist, and report the failure to whoever looks after this software.",
    )


def _assessment(
    findings: list[Finding], *, policy: Policy, review_from: date | None = None, clear_from: date | None = None
) -> Judgement:
    findings.sort(key=worst_first)
    return Judgement(
        verdict=verdict_of(findings),
        findings=tuple(findings),
        review_from=review_from,
        clear_from=clear_from,
        rules_version=policy.rules_version,
    )


def worst_first(finding: Finding) -> tuple[int, bool, int]:
    """Red flags lead the critical findings; among equals the order of the rules."""
    return SEVERITY_RANK[finding.severity], not finding.call, _ORDER.get(finding.rule, -1)
