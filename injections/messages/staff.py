"""Mails to whoever is on duty: that something waits, never who. What it is stands behind sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.urls import reverse

from scheduling.messages import outbox
from scheduling.messages.kinds import MessageKind, kind_of, register
from scheduling.models import Message

DAY = timedelta(days=1)
_KINDS = {
    "call": ("Somebody should be phoned now", "somebody to phone"),
    "digest": ("What is waiting this morning", "what waits this morning"),
    "undecided": ("A decision is needed within 24 hours", "decision needed"),
    "outcome": ("A visit has no outcome yet", "outcome missing"),
    "failed": ("A message did not arrive", "message did not arrive"),
    "expired": ("Messages were not sent in time", "messages not sent in time"),
}
"""By what it is about: its subject line, and what pages call it."""


def register_kinds() -> None:
    """Make the staff's mails known to the outbox; called once, when the apps are ready."""
    register(
        (
            MessageKind(f"staff-{what}", f"injections/mail/staff_{what}", subject, frozenset())
            for what, (subject, _) in _KINDS.items()
        ),
        {f"staff-{what}": f"To staff: {name}" for what, (_, name) in _KINDS.items()},
    )


def call_opened(patient_id: int, *, now: datetime) -> None:
    """A red flag or a warning sign put somebody on the call list; one mail for one answer, at any hour."""
    plan_mail(
        "call", [f"{patient_id}/{now.isoformat()}"], page="call-list", now=now, expires_at=now + DAY, is_urgent=True
    )


def plan_mail(
    what: str,
    occasions: Iterable[str],
    *,
    page: str,
    now: datetime,
    expires_at: datetime,
    is_urgent: bool = False,
    values: dict[str, int] | None = None,
) -> int:
    wanted = list(occasions)
    known = known_occasions(what, wanted)
    kind = kind_of(f"staff-{what}")
    rows = [
        Message(
            kind=kind.name,
            template=kind.template,
            subject=f"staff:{what}",
            occasion=occasion,
            recipient=settings.DUTY_EMAIL,
            values={"page": reverse(page), **(values or {})},
            due_at=now.astimezone(UTC),
            expires_at=expires_at.astimezone(UTC),
            keeps_quiet_hours=not is_urgent,
            planned_at=now,
        )
        for occasion in wanted
        if occasion not in known
    ]
    outbox.post(rows)
    return len(rows)


def known_occasions(what: str, occasions: list[str]) -> set[str]:
    """Those that were told before, or at least tried: a refused mail to the staff is not tried for ever."""
    if not occasions:
        return set()
    rows = Message.objects.filter(subject=f"staff:{what}", occasion__in=occasions)
    return set(rows.values_list("occasion", flat=True))
