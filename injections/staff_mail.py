"""Mails to whoever is on duty: that something waits, never who. What it is stands behind sign-in.

Every mail has its occasion and is planned once for it, however often it is looked at and whatever became of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.urls import reverse

from injections import selectors, tries
from pht_clinic import clock
from scheduling.lifecycle import Status
from scheduling.messages import claims, hours, outbox
from scheduling.messages.kinds import Kind, kind_of, register
from scheduling.models import Appointment, Message

UNDECIDED_WITHIN = timedelta(hours=24)
LOOK_BACK = timedelta(days=7)
"""A message that failed, or a visit that ended, longer ago than this is no news."""
DIGEST_AT = time(8)
DIGEST_UNTIL = time(20)
_DAY = timedelta(days=1)


def register_kinds() -> None:
    """Make the staff's mails known to the outbox; called once, when the apps are ready."""
    register(
        Kind(f"staff-{what}", f"injections/mail/staff_{what}", subject, frozenset())
        for what, subject in (
            ("call", "Somebody should be phoned now"),
            ("digest", "What is waiting this morning"),
            ("undecided", "A decision is needed within 24 hours"),
            ("outcome", "A visit has no outcome yet"),
            ("failed", "A message did not arrive"),
            ("expired", "Messages were not sent in time"),
        )
    )


def call_opened(patient_id: int, *, now: datetime) -> None:
    """A red flag or a warning sign put somebody on the call list; one mail for one answer, at any hour."""
    _plan(
        "call",
        [f"{patient_id}/{now.isoformat()}"],
        page="call-list",
        now=now,
        expires_at=now + _DAY,
        is_urgent=True,
    )


def tell_what_is_due(*, now: datetime) -> int:
    """Plan what the staff must be told by now: digest, undecided and forgotten visits, failed messages.

    Returns how many mails were planned. Boundaries: 24 hours before the start and 2 hours after the end exactly count.
    What cannot be planned waits for its next try and keeps nothing else from being told.
    """
    until = now + _DAY
    plans: tuple[Callable[[], int], ...] = (
        lambda: _digest(now=now),
        lambda: _plan(
            "undecided", _undecided(now), page="review-queue", now=now, expires_at=until, is_urgent=True
        ),
        lambda: _plan("outcome", _without_outcome(now), page="outcome-list", now=now, expires_at=until),
        lambda: _plan("failed", _failed(now), page="message-list", now=now, expires_at=until),
        lambda: _plan("expired", _expired(now), page="message-list", now=now, expires_at=until),
    )
    return tries.each("tell-staff", range(len(plans)), lambda number: plans[number](), now=now)


def _digest(*, now: datetime) -> int:
    """Once on each local day, from 08:00 on, also when nothing waits: a mail that does not come is a warning too."""
    local = now.astimezone(clock.zone())
    if not DIGEST_AT <= local.time() < DIGEST_UNTIL:
        return 0
    occasion = local.date().isoformat()
    if _known("digest", [occasion]):
        return 0
    waiting = selectors.pending(now=now)
    counts = {
        "reviews": len(selectors.review_queue(now=now, waiting=waiting)),
        "answers": len(selectors.waiting_for_answers(now=now, waiting=waiting)),
        "calls": selectors.open_calls().count(),
        "phone_tasks": selectors.phone_tasks().count(),
        "no_outcome": selectors.without_outcome(now=now).count(),
    }
    ends_at = hours.at(local.date(), DIGEST_UNTIL, clock.zone())
    return _plan("digest", [occasion], page="home", now=now, expires_at=ends_at, values=counts)


def _undecided(now: datetime) -> list[str]:
    rows = Appointment.objects.filter(
        status=Status.PENDING, start_at__gt=now, start_at__lte=now + UNDECIDED_WITHIN
    )
    return [f"{pk}/{start_at.isoformat()}" for pk, start_at in rows.values_list("pk", "start_at")]


def _without_outcome(now: datetime) -> list[str]:
    rows = selectors.without_outcome(now=now).filter(end_at__gt=now - LOOK_BACK)
    return [f"{pk}/{start_at.isoformat()}" for pk, start_at in rows.values_list("pk", "start_at")]


def _failed(now: datetime) -> list[str]:
    """What was not taken, or may not have arrived, and nobody has phoned about yet; never a mail to the staff."""
    rows = Message.objects.filter(
        Message.OPEN_TASK, status__in=(Message.State.FAILED, Message.State.UNKNOWN), due_at__gt=now - LOOK_BACK,
    ).exclude(subject__startswith="staff:")  # fmt: skip
    return [str(pk) for pk in rows.values_list("pk", flat=True)]


def _expired(now: datetime) -> list[str]:
    """What no patient will get any more because nobody sent it in time: one mail for all of it, as after a standstill.

    Its occasion is the newest expiry among them: what expires later is told again.
    """
    rows = Message.objects.filter(
        status=Message.State.SKIPPED, reason__startswith=claims.EXPIRED, expires_at__gt=now - LOOK_BACK
    ).exclude(subject__startswith="staff:")
    newest = rows.order_by("-expires_at").values_list("expires_at", flat=True).first()
    return [newest.isoformat()] if newest else []


def _plan(
    what: str, occasions: Iterable[str], *, page: str, now: datetime, expires_at: datetime,
    is_urgent: bool = False, values: dict[str, int] | None = None,
) -> int:  # fmt: skip
    wanted = list(occasions)
    known = _known(what, wanted)
    kind = kind_of(f"staff-{what}")
    rows = [
        Message(
            kind=kind.name, template=kind.template, subject=f"staff:{what}", occasion=occasion,
            recipient=settings.DUTY_EMAIL, values={"page": reverse(page), **(values or {})}, due_at=now.astimezone(UTC),
            expires_at=expires_at.astimezone(UTC), keeps_quiet_hours=not is_urgent, planned_at=now,
        )
        for occasion in wanted
        if occasion not in known
    ]  # fmt: skip
    outbox.post(rows)
    return len(rows)


def _known(what: str, occasions: list[str]) -> set[str]:
    """Those that were told before, or at least tried: a refused mail to the staff is not tried for ever."""
    if not occasions:
        return set()
    rows = Message.objects.filter(subject=f"staff:{what}", occasion__in=occasions)
    return set(rows.values_list("occasion", flat=True))
