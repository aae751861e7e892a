"""Taking one due message at a time out of the outbox, and writing back what became of it.

A claim is a lease by the database's clock, and its number (`attempts`) fences it: whoever comes back after the lease
ended finds that nothing is theirs any more. Due times are the product's clock, which may be shifted; leases never are.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Now

from pht_clinic import clock
from scheduling.messages import hours
from scheduling.models import Message

State = Message.State
MOST_HANDOVERS = 2
"""A message whose fate nobody knows is sent once more, with the same Message-ID; after that a person looks."""

UNANSWERED = (
    "The mail server never said whether it took this message; it may have arrived. Phone the patient."
)
_TO_A_PATIENT = ~Q(subject__startswith="staff:")
_TABLE = Message._meta.db_table
# The index message_queued_due serves it: whatever is planned for later costs nothing. SKIP LOCKED passes over what
# another worker or a cancellation holds; what was cancelled in the meantime does not match any more.
_CLAIM = f"""
UPDATE {_TABLE}
   SET status = 'sending', attempts = attempts + 1, handed_over_at = NULL,
       lease_expires_at = statement_timestamp() + %(lease)s * interval '1 second'
 WHERE id = (SELECT id FROM {_TABLE}
              WHERE status = 'queued' AND due_at <= %(now)s AND expires_at > %(now)s
                AND (%(open)s OR NOT keeps_quiet_hours)
              ORDER BY due_at, id
                FOR UPDATE SKIP LOCKED
              LIMIT 1)
RETURNING *
"""  # noqa: S608 - nothing but the table's own name is put in


class LeaseLost(Exception):
    """The lease ended while we worked: somebody else has this message now."""


def claim(*, now: datetime) -> Message | None:
    """The message that has been due longest, leased to the caller; None when nothing is due.

    Boundary: due at `now` itself is due; expiring at `now` itself has expired. Call it outside any transaction.
    """
    values = {"now": now, "open": hours.is_open(now, clock.zone()), "lease": settings.OUTBOX_LEASE_SECONDS}
    found: list[Message] = list(Message.objects.raw(_CLAIM, values))
    return found[0] if found else None


def hand_over(message: Message, *, now: datetime) -> None:
    """Note that the content is about to leave, and renew the lease. Raises: LeaseLost: then it must not leave."""
    lease = Now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    if not _ours(message).update(handed_over_at=now, handovers=F("handovers") + 1, lease_expires_at=lease):
        raise LeaseLost(message.pk)
    message.handed_over_at, message.handovers = now, message.handovers + 1


def _ours(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, status=State.SENDING, attempts=message.attempts)


def finish(
    message: Message, status: str, *, reason: str = "", phone_task: bool = False, now: datetime
) -> bool:
    """Write the end of an attempt; False when the lease was lost before. A sent row keeps `handed_over_at`."""
    is_task = phone_task and not message.subject.startswith("staff:")  # nobody phones the staff
    values = {"status": status, "reason": reason[:200], "phone_task": is_task, "lease_expires_at": None}
    if status == State.SENT:
        values |= {"sent_at": now, "revision": message.revision}
    return bool(_ours(message).update(**values))


def put_back(message: Message, *, reason: str, was_refused: bool, due_at: datetime) -> bool:
    """Queue it again for `due_at`. `was_refused`: the server said no, so nothing has left after all."""
    handovers = message.handovers - 1 if was_refused and message.handed_over_at else message.handovers
    values = {"status": State.QUEUED, "reason": reason[:200], "lease_expires_at": None, "due_at": due_at}
    return bool(_ours(message).update(handovers=handovers, handed_over_at=None, **values))


def end_leases() -> int:
    """Take back what a vanished worker left: queued again, or, handed over twice without an answer, a phone task."""
    lost_twice = Q(handed_over_at__isnull=False, handovers__gte=MOST_HANDOVERS)
    return Message.objects.filter(status=State.SENDING, lease_expires_at__lt=Now()).update(
        status=Case(When(lost_twice, then=Value(State.UNKNOWN.value)), default=Value(State.QUEUED.value)),
        reason=Case(
            When(lost_twice, then=Value(UNANSWERED)), default=Value("The worker vanished while sending it.")
        ),
        phone_task=Case(When(lost_twice & _TO_A_PATIENT, then=Value(True)), default=F("phone_task")),
        lease_expires_at=None,
    )


def expire(*, now: datetime) -> int:
    """Close what is past its use. Never tried: skipped; tried in vain: somebody phones; fate not known: unknown."""
    unknown, tried = Q(handovers__gt=0), Q(attempts__gt=0)
    return Message.objects.filter(status=State.QUEUED, due_at__lte=now, expires_at__lte=now).update(
        status=Case(When(unknown, then=Value(State.UNKNOWN.value)), default=Value(State.SKIPPED.value)),
        reason=Case(
            When(unknown, then=Value(UNANSWERED)),
            When(tried, then=Value("Expired: the mail server would not take it in time.")),
            default=Value("Expired: it was too late to send it."),
        ),
        phone_task=Case(When(tried & _TO_A_PATIENT, then=Value(True)), default=F("phone_task")),
    )
