"""Mails to whoever is on duty: that something waits, never who. What it is stands behind sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.urls import reverse

from pht_clinic.people.models import User
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
WHAT: Final = {what: subject for what, (subject, _) in _KINDS.items()}
"""What people may choose to be told by mail: the subject line of each."""


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
    """A red flag, a warning sign or a complication calls for a phone call; one mail for each, at any hour."""
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
    """Plan a mail about each of these occasions that nobody was told of, to everybody who has chosen such mails, or to
    the duty address where nobody has. Returns how many mails were planned.
    """
    wanted = list(occasions)
    known, whom = known_occasions(what, wanted), _whom(what) if wanted else []
    kind = kind_of(f"staff-{what}")
    rows = [
        Message(
            kind=kind.name,
            template=kind.template,
            subject=subject,
            occasion=occasion,
            recipient=address,
            values={"page": reverse(page), **(values or {})},
            due_at=now.astimezone(UTC),
            expires_at=expires_at.astimezone(UTC),
            keeps_quiet_hours=not is_urgent,
            planned_at=now,
        )
        for occasion in wanted
        if occasion not in known
        for subject, address in whom
    ]
    outbox.post(rows)
    return len(rows)


def _whom(what: str) -> list[tuple[str, str]]:
    """The subject of the message and the address, for each of those who get it."""
    chosen = User.objects.filter(is_active=True, mails__contains=[what]).order_by("pk")
    found = [(f"staff:{what}:{pk}", email) for pk, email in chosen.values_list("pk", "email")]
    return found or [(f"staff:{what}", settings.DUTY_EMAIL)]


def known_occasions(what: str, occasions: list[str]) -> set[str]:
    """Those that were told before, or at least tried: a refused mail to the staff is not tried for ever."""
    if not occasions:
        return set()
    everybody = [f"staff:{what}", *(f"staff:{what}:{pk}" for pk in User.objects.values_list("pk", flat=True))]
    rows = Message.objects.filter(subject__in=everybody, occasion__in=occasions)
    return set(rows.values_list("occasion", flat=True))
