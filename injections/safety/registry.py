"""The one list of rules. Adding a rule means writing one decorated function and its rows in the test tables."""

from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, fields
from typing import Final, NamedTuple

from injections.safety.case import Case
from injections.safety.emergency import BRITISH, EmergencyWords
from injections.safety.findings import Finding, Owner, Severity
from injections.safety.policy import thresholds as thresholds_of_the_policy
from injections.safety.sites import AREAS
from injections.safety.sources import Source

CHECK_FAILED: Final = "check-failed"


class RegistryError(RuntimeError):
    """A rule is incomplete or its id is taken; the program does not start."""


class Outcome(NamedTuple):
    """What a rule found. `owner` differs from the rule's where the finding is a missing record, `action` where
    reception does something else in this case.
    """

    severity: Severity
    message: str
    evidence: Mapping[str, object]
    owner: Owner | None = None
    action: str | None = None


def critical(message: str, evidence: Mapping[str, object], owner: Owner | None = None) -> Outcome:
    return Outcome(Severity.CRITICAL, message, evidence, owner)


def warning(message: str, evidence: Mapping[str, object], owner: Owner | None = None) -> Outcome:
    return Outcome(Severity.WARNING, message, evidence, owner)


def info(message: str, evidence: Mapping[str, object], owner: Owner | None = None) -> Outcome:
    return Outcome(Severity.INFO, message, evidence, owner)


Judge = Callable[[Case], Outcome | None]


@dataclass(frozen=True, slots=True)
class Terms:
    """What a rule is called, rests on and tells staff. `call` marks a red flag: ☎, the patient is phoned today."""

    id: str
    _: KW_ONLY
    group: str
    severities: tuple[Severity, ...]
    sources: tuple[Source, ...]
    clears: str
    action: str | None = None
    areas: tuple[str, ...] = AREAS
    owner: Owner = Owner.RADIOLOGIST
    call: bool = False
    for_loading: bool = False
    thresholds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule(Terms):
    """A rule as it is asked; its description says when it fires."""

    judge: Judge
    description: str
    cite: str

    def finding(self, outcome: Outcome, words: EmergencyWords = BRITISH) -> Finding:
        """What it says to a case, with whom the clinic's country calls in an emergency."""
        is_critical = outcome.severity is Severity.CRITICAL
        action = (outcome.action or self.action) if is_critical else None
        return Finding(
            rule=self.id,
            severity=outcome.severity,
            message=words.put_into(outcome.message),
            evidence=outcome.evidence,
            source=self.cite,
            owner=outcome.owner or self.owner,
            clears=self.clears,
            action=words.put_into(action) if action else None,
            call=self.call and is_critical,
        )


_THRESHOLDS: Final = frozenset(threshold.name for threshold in thresholds_of_the_policy())
_rules: Final[dict[str, Rule]] = {}


class rule(Terms):
    """Registers the decorated function as a rule; its docstring says when it fires.

    Raises: RegistryError (a taken id, no source, no docstring, nothing that clears it, or a rule that can be critical
    and does not say what reception does).
    """

    __slots__ = ()

    def __call__(self, judge: Judge) -> Judge:
        candidate = Rule(
            **{field.name: getattr(self, field.name) for field in fields(self)},
            judge=judge,
            description=" ".join((judge.__doc__ or "").split()),
            cite="; ".join(source.cite for source in self.sources),
        )
        _check(candidate)
        _rules[candidate.id] = candidate
        return judge


def _check(candidate: Rule) -> None:
    can_be_critical = Severity.CRITICAL in candidate.severities
    wrong = {
        "its id is already used": candidate.id in _rules or candidate.id == CHECK_FAILED,
        "it has no source": not candidate.sources,
        "it has no severity": not candidate.severities,
        "its function has no docstring": not candidate.description,
        "it does not say what clears it": not candidate.clears,
        "it names a threshold that does not exist": not _THRESHOLDS.issuperset(candidate.thresholds),
        "it can be critical and does not say what reception does": can_be_critical and not candidate.action,
    }
    for reason, applies in wrong.items():
        if applies:
            raise RegistryError(f"Rule {candidate.id}: {reason}.")


def outcome_of(rule_id: str, case: Case) -> Outcome | None:
    """What one rule says to a case; None where it is silent, does not judge that area, or does not exist."""
    found = _rules.get(rule_id)
    return found.judge(case) if found is not None and case.area in found.areas else None


def registered() -> tuple[Rule, ...]:
    """The rules in the order they were written."""
    return tuple(_rules.values())
