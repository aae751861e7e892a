"""What a tighter threshold would have done: visits judged again by it from the facts as they were stored. Read only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from injections.facts.policy import effective_policy
from injections.models import Assessment
from injections.safety.findings import SEVERITY_RANK, Finding, Judgement
from injections.safety.policy import DEFAULT, Policy, PolicyError, thresholds
from injections.safety.rules import RULES
from injections.safety.stored import visit_from_json
from injections.safety.visit import assess_visit
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.models import Appointment
from scheduling.states import Status

LOOKED_BACK: Final = timedelta(days=365)
MOST_LISTED: Final = 50
AT_ONCE: Final = 500
JUDGED: Final = tuple(one for one in thresholds() if any(one.name in rule.thresholds for rule in RULES))
"""The thresholds by which a booking is judged; those of a dose have no say in it."""
UPPER_OF: Final = {
    "repeat_critical_months": "repeat_review_months",
    "rest_hours": "rest_max_hours",
    "surgery_critical_months": "surgery_review_months",
}
"""Of a threshold that must not be greater than another one, that one; as `Policy` refuses it."""
NAMES: Final = {one.name: one.name.replace("_", " ") for one in JUDGED}


@dataclass(frozen=True, slots=True)
class WouldChange:
    """One visit whose verdict would be another; `because` are the rules that would say more."""

    appointment: Appointment
    was: str
    would_be: str
    because: tuple[str, ...]
    is_open: bool


@dataclass(slots=True)
class Tried:
    """What came of it. `listed` are the soonest open ones, then the latest past ones, at most 50; all are counted.

    `unread` have facts of a shape that cannot be judged any more, and are told apart.
    """

    changes: dict[str, float]
    judged: int = 0
    unread: int = 0
    open_ones: Counter[tuple[str, str]] = field(default_factory=Counter)
    past: Counter[tuple[str, str]] = field(default_factory=Counter)
    listed: list[WouldChange] = field(default_factory=list)

    @property
    def changed(self) -> int:
        return self.open_ones.total() + self.past.total()

    @property
    def counts(self) -> list[tuple[str, str, int, int]]:
        """From which verdict to which, of how many open visits and how many past ones."""
        kinds = sorted(self.open_ones.keys() | self.past.keys())
        return [(was, would_be, self.open_ones[was, would_be], self.past[was, would_be]) for was, would_be in kinds]


def try_threshold(name: str, value: str, *, by: Actor, now: datetime) -> Tried:
    """Judge the visits of the last 365 days and all open ones by one tighter threshold, and by those in force.

    Both from the newest stored facts of each visit, so that the threshold alone makes the difference. Nothing is
    stored. Raises: Forbidden, Invalid (`threshold`, `value`: looser than the rules' own, or nonsense).
    """
    check_permitted("try-threshold", by)
    if name not in NAMES:
        raise Invalid.field("threshold", "Choose one of the thresholds.")
    changes, policy = _tightened(name, value)
    tried = Tried(changes)
    for row in _newest(now).iterator(chunk_size=AT_ONCE):
        visit = row.appointment
        assert visit is not None  # noqa: S101 - as asked for
        try:
            each = visit_from_json(row.facts)
        except ValueError:
            tried.unread += 1
            continue
        tried.judged += 1
        present, other = assess_visit(each, policy=effective_policy()), assess_visit(each, policy=policy)
        if present.verdict == other.verdict:
            continue
        is_open = visit.end_at > now
        (tried.open_ones if is_open else tried.past)[present.verdict.value, other.verdict.value] += 1
        because = tuple(dict.fromkeys(_stricter(present, other)))
        tried.listed.append(WouldChange(visit, present.verdict.value, other.verdict.value, because, is_open=is_open))
        if len(tried.listed) > 4 * MOST_LISTED:
            tried.listed = _first_ones(tried.listed)
    tried.listed = _first_ones(tried.listed)
    return tried


def _tightened(name: str, value: str) -> tuple[dict[str, float], Policy]:
    """The thresholds as this clinic has them, with the one tried; an upper one that it would pass moves along."""
    own = {one: said for one, said in settings.SAFETY_THRESHOLDS.items() if one != name}
    base = DEFAULT.in_zone(settings.CLINIC_TIME_ZONE)
    try:
        tried = getattr(_alone(base, name, value), name)
        changes = {name: tried}
        upper = UPPER_OF.get(name)
        if upper and getattr(effective_policy(), upper) < tried:
            changes[upper] = tried
            own.pop(upper, None)
        return changes, base.tightened({**own, **changes})
    except PolicyError as error:
        raise Invalid.field("value", _readable(str(error), name)) from error


def _alone(base: Policy, name: str, value: str) -> Policy:
    """Whether the value may be, whatever stands beside it: an upper threshold is put out of the way."""
    upper = UPPER_OF.get(name)
    room = {upper: next(one for one in thresholds() if one.name == upper).metadata["extreme"]} if upper else {}
    return base.tightened({**room, name: value.strip()})


def _readable(sentence: str, name: str) -> str:
    """A sentence about the setting as one about the threshold."""
    said = sentence.replace(name, NAMES[name]).replace("_", " ")
    return f"{said[:1].upper()}{said[1:]}."


def _newest(now: datetime) -> QuerySet[Assessment]:
    """The newest assessment of each visit to be judged. One query."""
    rows = Assessment.objects.filter(appointment__start_at__gte=now - LOOKED_BACK)
    rows = rows.exclude(appointment__status__in=(Status.CANCELLED, Status.ENTERED_IN_ERROR))
    newest = rows.order_by("appointment_id", "-pk").distinct("appointment_id")
    return newest.select_related("appointment__patient", "appointment__injection_request")


def _first_ones(found: list[WouldChange]) -> list[WouldChange]:
    def place(one: WouldChange) -> tuple[bool, float, int]:
        start = one.appointment.start_at.timestamp()
        return not one.is_open, start if one.is_open else -start, one.appointment.pk

    return sorted(found, key=place)[:MOST_LISTED]


def _stricter(present: Judgement, other: Judgement) -> Iterator[str]:
    """The rules that say more by the threshold tried; of a rule that several injections are found by, the worst."""
    before: dict[str, Any] = {finding.rule: finding for finding in reversed(present.findings)}
    for finding in other.findings:
        was: Finding | None = before.get(finding.rule)
        if was is None or SEVERITY_RANK[finding.severity] < SEVERITY_RANK[was.severity]:
            yield finding.rule
