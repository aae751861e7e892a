"""What the rules say: findings, the verdict they add up to, and the concerns that a decision covers."""

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
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


@dataclass(frozen=True, slots=True)
class Spot:
    """One injection of a visit that has several: its number, from 0, its area and its side."""

    number: int
    area: str
    side: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One rule at its worst severity. `evidence` holds values only, never row ids or times of asking.

    `action` says what reception says and does, for critical findings only. `call` puts the patient on the
    call list. `of` are the injections that it is found of, at a visit that has several; else nothing.
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
    of: tuple[Spot, ...] = ()

    @property
    def concerns(self) -> tuple[Concern, ...]:
        """What a decision has to cover: one concern, or one for each of the injections that it is found of, so that
        what was decided about the left does not cover the right when that comes to be found there too.
        """
        if not self.of:
            return (Concern(self.rule, self.severity, self._digest({})),)
        places = [{"injected": {"area": spot.area, "side": spot.side}} for spot in self.of]
        return tuple(Concern(self.rule, self.severity, self._digest(place)) for place in places)

    def _digest(self, place: Mapping[str, object]) -> str:
        """sha256 of the evidence as canonical JSON, but for the requested day: that is shown and is no concern."""
        concern = {name: value for name, value in self.evidence.items() if name != REQUESTED_DAY}
        concern.update(place)
        canonical = json.dumps(concern, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
        return hashlib.sha256(canonical.encode("ascii")).hexdigest()

    def is_of(self, number: int) -> bool:
        """Whether it is found of the injection of this number; of a visit that has but one it is."""
        return not self.of or number in [spot.number for spot in self.of]

    def is_covered(self, covered: Collection[Concern]) -> bool:
        """Whether nothing of it is left to decide on."""
        return all(concern in covered for concern in self.concerns)

    @property
    def needs_decision(self) -> bool:
        """Info never holds a booking back."""
        return self.severity is not Severity.INFO

    def as_dict(self) -> dict[str, object]:
        """JSON-able. Of a visit with several injections it also names those that it is `of`."""
        return self._as_of_one() | ({"of": [asdict(spot) for spot in self.of]} if self.of else {})

    def _as_of_one(self) -> dict[str, object]:
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
        return tuple(concern for finding in self.findings if finding.needs_decision for concern in finding.concerns)

    @property
    def calls(self) -> tuple[Finding, ...]:
        """Findings that put the patient on the call list."""
        return tuple(finding for finding in self.findings if finding.call)

    def uncovered(self, covered: Collection[Concern]) -> tuple[Finding, ...]:
        """Warning and critical findings that no decision covers, worst first."""
        return tuple(one for one in self.findings if one.needs_decision and not one.is_covered(covered))

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
