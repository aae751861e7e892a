"""What follows an injection: until when to rest, and from when another is possible."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from injections.assessment.verdict import judge_facts
from injections.facts.history import history_about
from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.safety import facts as safety


def rest_until(injection: Injection) -> datetime | None:
    """When the rest after an injection ends: elapsed hours from its actual end (S3: 48 to 72 hours)."""
    if injection.ended_at is None:
        return None
    return injection.ended_at.astimezone(UTC) + timedelta(hours=injection.rest_hours or effective_policy().rest_hours)


def next_safe_dates(injection: Injection, *, now: datetime) -> tuple[date | None, date | None]:
    """From when a radiologist may review another one of this area and side, and from when the interval is free."""
    start = injection.ended_at or now
    request = safety.Request(
        site=injection.site, side=injection.side, start=start, end=start, targets=tuple(injection.targets)
    )
    judged = judge_facts(history_about(injection.patient, now=now).facts(request))
    return judged.review_from, judged.clear_from
