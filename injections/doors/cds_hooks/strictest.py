"""Two judgements of one request, of which the stricter counts, finding by finding."""

from __future__ import annotations

from dataclasses import replace

from injections.safety.assess import worst_first
from injections.safety.findings import SEVERITY_RANK, Finding, Judgement, verdict_of
from injections.safety.visit import latest


def beyond(these: Judgement, others: Judgement) -> list[Finding]:
    """What holds a booking back by these, and not as strongly by the others."""
    rank = {finding.rule: SEVERITY_RANK[finding.severity] for finding in others.findings}
    return [
        one
        for one in these.findings
        if one.needs_decision and SEVERITY_RANK[one.severity] < rank.get(one.rule, len(SEVERITY_RANK))
    ]


def stricter(whole: Judgement, told: Judgement) -> Judgement:
    """`whole`, and whatever `told` says more strongly: to know more never makes a verdict milder."""
    more = {finding.rule: finding for finding in beyond(told, whole)}
    kept = [more.pop(finding.rule, finding) for finding in whole.findings]
    findings = tuple(sorted([*kept, *more.values()], key=worst_first))
    return replace(
        whole,
        findings=findings,
        verdict=verdict_of(findings),
        review_from=latest((whole, told), "review_from"),
        clear_from=latest((whole, told), "clear_from"),
    )
