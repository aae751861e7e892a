"""What the staff on duty are told by mail: the morning digest, and what is forgotten, undecided or not delivered."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta

from django.db.models import Q

from injections.assessment import open_calls
from injections.assessment.turns import each
from injections.assessment.visits import without_outcome
from injections.messages.staff import DAY, known_occasions, plan_mail, try_another_way
from injections.models import Call
from injections.review import queue
from injections.worklists import lists
from injections.worklists.recall import to_call_back
from pht_clinic import clock
from scheduling.messages import hours
from scheduling.messages.sending import claims
from scheduling.models import Appointment, Message
from scheduling.states import Status

UNDECIDED_WITHIN = timedelta(hours=24)
LOOK_BACK = timedelta(days=7)
"""A message that failed, or a visit that ended, longer ago than this is no news."""
DIGEST_AT = time(8)
DIGEST_UNTIL = time(20)


def tell_what_is_due(*, now: datetime) -> int:
    """Plan what the staff must be told by now: digest, undecided and forgotten visits, failed messages.

    Returns how many mails were planned. Boundaries: 24 hours before the start and 2 hours after the end exactly count.
    What cannot be planned waits for its next try and keeps nothing else from being told.
    """
    until = now + DAY
    plans: tuple[Callable[[], int], ...] = (
        lambda: _digest(now=now),
        lambda: plan_mail("undecided", _undecided(now), page="review-queue", now=now, expires_at=until, is_urgent=True),
        lambda: plan_mail("outcome", _without_outcome(now), page="outcome-list", now=now, expires_at=until),
        lambda: plan_mail("failed", _failed(now), page="message-list", now=now, expires_at=until),
        lambda: plan_mail("expired", _expired(now), page="message-list", now=now, expires_at=until),
        lambda: try_another_way(now=now),
    )
    return each("tell-staff", range(len(plans)), lambda number: plans[number](), now=now)


def _digest(*, now: datetime) -> int:
    """Once on each local day, from 08:00 on, also when nothing waits: a mail that does not come is a warning too."""
    local = now.astimezone(clock.zone())
    if not DIGEST_AT <= local.time() < DIGEST_UNTIL:
        return 0
    occasion = local.date().isoformat()
    if known_occasions("digest", [occasion]):
        return 0
    waiting = queue.pending(now=now)
    counts = {
        "reviews": len(queue.review_queue(now=now, waiting=waiting)),
        "answers": len(queue.waiting_for_answers(now=now, waiting=waiting)),
        "calls": open_calls.open_calls().count(),
        "at_once": open_calls.open_calls().filter(urgency=Call.Urgency.EMERGENCY).count(),
        "phone_tasks": lists.phone_tasks().count(),
        "recalls": to_call_back(now=now).count(),
        "no_outcome": without_outcome(now=now).count(),
    }
    ends_at = hours.at(local.date(), DIGEST_UNTIL, clock.zone())
    return plan_mail("digest", [occasion], page="home", now=now, expires_at=ends_at, values=counts)


def _undecided(now: datetime) -> list[str]:
    is_near = Q(start_at__gt=now, start_at__lte=now + UNDECIDED_WITHIN) | Q(decide_by__gt=now)
    rows = Appointment.objects.filter(is_near, status=Status.PENDING)
    return [f"{pk}/{start_at.isoformat()}" for pk, start_at in rows.values_list("pk", "start_at")]


def _without_outcome(now: datetime) -> list[str]:
    rows = without_outcome(now=now).filter(end_at__gt=now - LOOK_BACK)
    return [f"{pk}/{start_at.isoformat()}" for pk, start_at in rows.values_list("pk", "start_at")]


def _failed(now: datetime) -> list[str]:
    """What was not taken, or may not have arrived, and nobody has phoned about yet; never a mail to the staff."""
    rows = Message.objects.filter(
        Message.OPEN_TASK, status__in=(Message.State.FAILED, Message.State.UNKNOWN), due_at__gt=now - LOOK_BACK
    ).exclude(subject__startswith="staff:")
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
