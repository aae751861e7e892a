"""What the rules say: findings, the verdict they add up to, and the concerns that a decision covers."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

MESSAGE_LIMIT: Final = 140


class Severity(StrEnum):
    """The indicators of CDS Hooks."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class Verdict(StrEnum):
    """What reception may do: clear books, review holds the time, blocked refuses."""

    CLEAR = "clear"
    REVIEW = "review"
    BLOCKED = "blocked"


class Owner(StrEnum):
    """Who can clear a finding."""

    RECEPTION = "reception"
    PATIENT = "patient"
    RADIOLOGIST = "radiologist"


SEVERITY_RANK: Final = {Severity.CRITICAL: 0, Severity.WARNING: 1, Severity.INFO: 2}


REQUESTED_DAY: Final = "start_on"
"""The day that was asked for, in the evidence of some rules: how far a decision reaches is for its day to say."""


@dataclass(frozen=True, slots=True)
class Concern:
    """What a decision covers. A visit stays booked while every concern of its assessment is covered."""

    rule: str
    severity: Severity
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule at its worst severity. `evidence` holds values only, never row ids or times of asking.

    `action` says what reception says and does, for critical findings only. `call` puts the patient on the
    call list.
    """

    rule: str
    severity: Severity
    message: str
    evidence: Mapping[str, object]
    source: str
    owner: Owner
    clears: str
    action: str | None = None
    call: bool = False

    @property
    def digest(self) -> str:
        """sha256 of the evidence as canonical JSON, but for the requested day: that is shown and is no concern."""
        concern = {name: value for name, value in self.evidence.items() if name != REQUESTED_DAY}
        canonical = json.dumps(concern, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    @property
    def concern(self) -> Concern:
        return Concern(self.rule, self.severity, self.digest)

    @property
    def needs_decision(self) -> bool:
        """Info never holds a booking back."""
        return self.severity is not Severity.INFO

    def as_dict(self) -> dict[str, object]:
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "message": self.message,
            "source": self.source,
            "owner": self.owner.value,
            "clears": self.clears,
            "action": self.action,
            "evidence": dict(self.evidence),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The answer of the checker. `review_from` and `clear_from` speak of the interval only.

    Both are None when the interval rule did not fire, and when no date helps.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    review_from: date | None
    clear_from: date | None
    rules_version: str

    def waits_for_answers(self, covered: Collection[Concern] = ()) -> bool:
        """Something is uncovered, and all of it are warnings that reception or the patient can clear."""
        open_findings = self.uncovered(covered)
        return bool(open_findings) and all(
            finding.owner is not Owner.RADIOLOGIST and finding.severity is Severity.WARNING for finding in open_findings
        )

    @property
    def concerns(self) -> tuple[Concern, ...]:
        return tuple(finding.concern for finding in self.findings if finding.needs_decision)

    @property
    def calls(self) -> tuple[Finding, ...]:
        """Findings that put the patient on the call list."""
        return tuple(finding for finding in self.findings if finding.call)

    def uncovered(self, covered: Collection[Concern]) -> tuple[Finding, ...]:
        """Warning and critical findings that no decision covers, worst first."""
        return tuple(finding for finding in self.findings if finding.needs_decision and finding.concern not in covered)

    def as_dict(self) -> dict[str, object]:
        """The shape that the batch check prints and the API answers with."""
        return {
            "verdict": self.verdict.value,
            "review_from": self.review_from.isoformat() if self.review_from else None,
            "clear_from": self.clear_from.isoformat() if self.clear_from else None,
            "rules_version": self.rules_version,
            "findings": [finding.as_dict() for finding in self.findings],
        }


def verdict_of(findings: Collection[Finding]) -> Verdict:
    """Blocked if any finding is critical, else review if any is a warning, else clear."""
    severities = {finding.severity for finding in findings}
    if Severity.CRITICAL in severities:
        return Verdict.BLOCKED
    return Verdict.REVIEW if Severity.WARNING in severities else Verdict.CLEAR
