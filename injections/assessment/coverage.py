"""Which concerns decisions cover, and for which days; and which findings of a stored verdict are left to decide on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from injections.models import Assessment, Decision
from injections.safety.findings import Concern, Finding, Owner, Severity, Spot

REACH: Final = {Decision.Outcome.APPROVE: timedelta(days=14), Decision.Outcome.OVERRIDE: timedelta(days=7)}
"""How long after the day that it was made for a decision holds, by the outcomes that cover anything. Source: ours."""
COVERING: Final = tuple(REACH)


@dataclass(frozen=True, slots=True)
class Covered:
    """The concerns that decisions cover on one day, the newest that does not reach that day, and whether the
    newest of all is a question to the patient.
    """

    concerns: frozenset[Concern] = frozenset()
    out_of_reach: Decision | None = None
    is_asked: bool = False

    def lapsed_for(self, left: Iterable[Concern]) -> Decision | None:
        """The newest decision that does not reach the day, if one of these concerns is left because of that."""
        decision = self.out_of_reach
        kept = {Concern(**concern) for concern in decision.covers} if decision else set()
        return decision if not kept.isdisjoint(left) else None


def last_day(decision: Decision) -> date:
    """The last local day for which an approval or override holds."""
    return decision.for_day + REACH[Decision.Outcome(decision.outcome)]


def reaches(decision: Decision, on: date) -> bool:
    """Whether an approval or override holds for a visit on this local day.

    Boundary: from the day that it was made for to the 14th day after it, of an override the 7th, both included; never
    for an earlier day.
    """
    return decision.for_day <= on <= last_day(decision)


def coverage(decisions: Iterable[Decision], *, on: date) -> Covered:
    """What decisions on one appointment, given oldest first, cover if it takes place on this local day.

    Boundary: a later delay, decline or question takes back what was approved before it.
    """
    concerns: frozenset[Concern] = frozenset()
    out_of_reach: Decision | None = None
    is_asked = False
    for decision in decisions:
        is_asked = decision.outcome == Decision.Outcome.ASK
        if decision.outcome not in COVERING:
            concerns, out_of_reach = frozenset(), None
        elif reaches(decision, on):
            concerns |= {Concern(**concern) for concern in decision.covers}
        else:
            out_of_reach = decision
    return Covered(concerns, out_of_reach, is_asked)


def holding(decisions: Iterable[Decision], *, on: date) -> frozenset[int]:
    """The ids of those decisions on one appointment, given oldest first, that still count on this local day: approvals
    and overrides as `coverage` has it, of what takes them back the newest of all.
    """
    kept: frozenset[int] = frozenset()
    are_covering = True
    for decision in decisions:
        is_covering = decision.outcome in COVERING
        if not (is_covering and are_covering):
            kept, are_covering = frozenset(), is_covering
        if not is_covering or reaches(decision, on):
            kept |= {decision.pk}
    return kept


def concern_as_dict(concern: Concern) -> dict[str, str]:
    """The JSON-able shape in which a decision keeps a concern."""
    return {"rule": concern.rule, "severity": concern.severity.value, "digest": concern.digest}


def concerns_of(row: Assessment) -> set[Concern]:
    """The concerns that a stored assessment named."""
    return {concern for kept in row.findings for concern in concerns_of_finding(kept)}


def concerns_of_finding(kept: Mapping[str, Any]) -> frozenset[Concern]:
    """The concerns that a stored finding names; info needs no decision and names none."""
    finding = finding_of(kept)
    return frozenset(finding.concerns) if finding.needs_decision else frozenset()


def uncovered(row: Assessment | None, decisions: Iterable[Decision], *, on: date) -> list[dict[str, Any]]:
    """The findings of a stored assessment that hold its appointment back on this local day and that no decision,
    oldest first, covers.
    """
    if row is None:
        return []
    covered = coverage(decisions, on=on).concerns
    standing = (kept for kept in row.findings if kept["severity"] != Severity.INFO)
    return [kept for kept in standing if not finding_of(kept).is_covered(covered)]


def finding_of(kept: Mapping[str, Any]) -> Finding:
    """A finding as it was stored, without its action."""
    return Finding(
        rule=kept["rule"],
        severity=Severity(kept["severity"]),
        message=kept["message"],
        evidence=kept["evidence"],
        source=kept["source"],
        owner=Owner(kept["owner"]),
        clears=kept["clears"],
        of=tuple(Spot(**spot) for spot in kept.get("of", ())),
    )
