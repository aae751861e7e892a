"""Emails that tell people of the clinic, each by name, what happened."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from scheduling.messages import outbox
from scheduling.messages.kinds import MessageKind
from scheduling.models import Message


def post_to_staff(
    kind: MessageKind,
    people: Iterable[tuple[int, str]],
    *,
    about: int,
    values: Mapping[str, Any],
    tried_for: timedelta,
    now: datetime,
    keeps_quiet_hours: bool = True,
) -> None:
    """Plan one to each of these people, by number and address, due at once and tried for so long.

    `about` is the number of the row it happened to: told once for each row and instant.
    """
    outbox.post(
        [
            Message(
                kind=kind.name,
                template=kind.template,
                subject=f"staff:{kind.name}:{pk}",
                occasion=f"{about}/{now.isoformat()}",
                recipient=address,
                values=dict(values),
                due_at=now.astimezone(UTC),
                expires_at=(now + tried_for).astimezone(UTC),
                keeps_quiet_hours=keeps_quiet_hours,
                planned_at=now,
            )
            for pk, address in people
        ]
    )
