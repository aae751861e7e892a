"""What follows an injection: until when to rest, and from when another is possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

from injections.assessment.verdict import judge_facts
from injections.facts.history import History, history_about
from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.safety import facts as safety

Instant = TypeVar("Instant", date, datetime)


@dataclass(frozen=True, slots=True)
class After:
    """What follows the injections of one visit: the latest of their rests and of their next dates; None where nothing
    was given, or no date helps.
    """

    rest_until: datetime | None
    review_from: date | None
    clear_from: date | None


def after_all(given: Iterable[Injection], *, now: datetime) -> After:
    """Of what was given at one visit. One query, none where nothing was."""
    found = list(given)
    if not found:
        return After(None, None, None)
    history = history_about(found[0].patient, now=now)
    dates = [_dates(injection, history, now=now) for injection in found]
    reviews, clears = [one for one, _ in dates], [one for _, one in dates]
    return After(_latest(list(map(rest_until, found))), _latest(reviews), _latest(clears))


def _latest(found: Sequence[Instant | None]) -> Instant | None:
    known = [one for one in found if one is not None]
    return max(known) if known and len(known) == len(found) else None


def rest_until(injection: Injection) -> datetime | None:
    """When the rest after an injection ends: elapsed hours from its actual end (S3: 48 to 72 hours)."""
    if injection.ended_at is None:
        return None
    return injection.ended_at.astimezone(UTC) + timedelta(hours=injection.rest_hours or effective_policy().rest_hours)


def next_safe_dates(injection: Injection, *, now: datetime) -> tuple[date | None, date | None]:
    """From when a radiologist may review another one of this area and side, and from when the interval is free."""
    return _dates(injection, history_about(injection.patient, now=now), now=now)


def _dates(injection: Injection, history: History, *, now: datetime) -> tuple[date | None, date | None]:
    start = injection.ended_at or now
    request = safety.Request(
        site=injection.site, side=injection.side, start=start, end=start, targets=tuple(injection.targets)
    )
    judged = judge_facts(history.facts(request))
    return judged.review_from, judged.clear_from
