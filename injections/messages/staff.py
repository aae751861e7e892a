"""Mails to whoever is on duty: that something waits, never who. What it is stands behind sign-in."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from django.conf import settings
from django.urls import reverse

from pht_clinic.mailboxes import bare
from pht_clinic.people.models import User
from pht_clinic.permissions import roles_that_may
from scheduling.messages import outbox
from scheduling.messages.kinds import MessageKind, kind_of, register
from scheduling.messages.undelivered import alarms
from scheduling.models import Message

DAY = timedelta(days=1)
_KINDS = {
    "call": ("Somebody should be phoned now", "somebody to phone"),
    "digest": ("What is waiting now", "what is waiting now"),
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
    return found or [(f"staff:{what}", bare(settings.DUTY_EMAIL))]


def try_another_way(*, now: datetime) -> int:
    """What reached nobody it was for goes once to everybody who stands in: the duty address, radiologists and managers
    who were not written to about it. Returns how many mails were planned. Hazard H36.

    Boundary: a digest that is over is left; any other is tried for a day more.
    """
    lost = Message.objects.filter(alarms.not_delivered(now=now), retry_of=None).order_by("pk")
    unheard = {_alarm(row): row for row in lost if row.expires_at > now or row.kind != "staff-digest"}
    if not unheard:
        return 0
    told = _told(unheard)
    rows = [
        _instead(unheard[which], subject, address, now=now)
        for which, tried in told.items()
        for subject, address in _stand_ins(which)
        if not {subject, address.lower()} & tried
    ]
    outbox.post(rows)
    return len(rows)


_Alarm = tuple[str, str]
_ALIVE = (Message.State.QUEUED, Message.State.SENDING, Message.State.SENT)


def _alarm(row: Message) -> _Alarm:
    return row.kind, row.occasion


def _told(unheard: Collection[_Alarm]) -> dict[_Alarm, set[str]]:
    """To whom each of these alarms was tried, subject and address; what one of them got, or will get, is left out."""
    kinds, occasions = {kind for kind, _ in unheard}, {occasion for _, occasion in unheard}
    rows = list(Message.objects.filter(kind__in=kinds, occasion__in=occasions))
    heard = {_alarm(row) for row in rows if row.status in _ALIVE}
    return {
        which: {name for row in rows if _alarm(row) == which for name in (row.subject, row.recipient.lower())}
        for which in unheard
        if which not in heard
    }


def _stand_ins(which: _Alarm) -> list[tuple[str, str]]:
    what = which[0].removeprefix("staff-")
    people = User.objects.filter(is_active=True, role__in=roles_that_may("stand-in-for-duty")).order_by("pk")
    found = [(f"staff:{what}:{pk}", email) for pk, email in people.values_list("pk", "email")]
    return [(f"staff:{what}", bare(settings.DUTY_EMAIL)), *found]


def _instead(row: Message, subject: str, address: str, *, now: datetime) -> Message:
    return Message(
        kind=row.kind,
        template=row.template,
        subject=subject,
        occasion=row.occasion,
        recipient=address,
        values=row.values,
        due_at=now.astimezone(UTC),
        expires_at=row.expires_at if row.expires_at > now else now + DAY,
        keeps_quiet_hours=row.keeps_quiet_hours,
        planned_at=now,
    )


def known_occasions(what: str, occasions: list[str]) -> set[str]:
    """Those that were told before, or at least tried: a refused mail to the staff is not tried for ever."""
    if not occasions:
        return set()
    everybody = [f"staff:{what}", *(f"staff:{what}:{pk}" for pk in User.objects.values_list("pk", flat=True))]
    rows = Message.objects.filter(subject__in=everybody, occasion__in=occasions)
    return set(rows.values_list("occasion", flat=True))
