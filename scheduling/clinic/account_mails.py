"""Mails about somebody's sign-in: to that person, and to the managers who did not do it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

from django.db.models import Q
from django.urls import reverse

from pht_clinic.people.actors import Actor
from pht_clinic.people.models import User
from pht_clinic.people.roles import MANAGER
from scheduling.messages import outbox
from scheduling.messages.kinds import MessageKind, kind_of, register
from scheduling.models import Message

_KINDS: Final = {
    "factor-reset": ("A second factor was reset", "second factor reset"),
    "password-given": ("A new password was given", "new password given"),
}
"""By what happened: the subject line, and what pages call the mail."""
_TRIED_FOR: Final = timedelta(days=1)


def register_kinds() -> None:
    """Make these mails known to the outbox; called once, when the apps are ready."""
    register(
        (
            MessageKind(f"account-{what}", f"scheduling/mail/account_{what.replace('-', '_')}", subject, frozenset())
            for what, (subject, _) in _KINDS.items()
        ),
        {f"account-{what}": f"To staff: {name}" for what, (_, name) in _KINDS.items()},
    )


def plan_account_mail(what: str, *, about: User, by: Actor, now: datetime) -> None:
    """Plan a mail that this happened to somebody's sign-in, at any hour, in the transaction in which it did."""
    kind = kind_of(f"account-{what}")
    outbox.post(
        [
            Message(
                kind=kind.name,
                template=kind.template,
                subject=f"staff:{kind.name}:{pk}",
                occasion=f"{about.pk}/{now.isoformat()}",
                recipient=address,
                values={"page": reverse("home"), "person": about.get_full_name(), "manager": by.name},
                due_at=now.astimezone(UTC),
                expires_at=(now + _TRIED_FOR).astimezone(UTC),
                keeps_quiet_hours=False,
                planned_at=now,
            )
            for pk, address in _whom(about, by=by)
        ]
    )


def _whom(about: User, *, by: Actor) -> Iterator[tuple[int, str]]:
    told = Q(pk=about.pk) | Q(role=MANAGER, is_active=True) & ~Q(pk=by.user_id)
    yield from User.objects.filter(told).order_by("pk").values_list("pk", "email")
