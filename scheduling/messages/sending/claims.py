"""Taking one due message at a time out of the outbox, and writing back what became of it.

A claim is a lease by the database's clock, and its number (`attempts`) fences it: whoever comes back after the lease
ended finds that nothing is theirs any more. Due times are the product's clock, which may be shifted; leases never are.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db.models import Case, F, Q, QuerySet, Value, When
from django.db.models.functions import Left, Now

from pht_clinic import clock
from pht_clinic.rows import from_columns, prepared
from scheduling.leases import due_after_a_vanished_worker, update_free
from scheduling.messages import hours
from scheduling.models import Appointment, ClinicVersion, Message, Patient, Wording
from scheduling.models.message import PHONE, POST
from scheduling.patients.link_trail import noting_sent

State = Message.State
MOST_HANDOVERS = 2
"""A message whose fate nobody knows is sent once more, with the same Message-ID; after that a person looks."""

UNANSWERED = "The mail server never said whether it took this message; it may have arrived."
TEXT_UNANSWERED = "The gateway never said whether it took this text message; it may have arrived."
EXPIRED = "Expired: "
"""How the reason of what was not sent in time begins."""
_IS_TEXT = Q(channel=Patient.Contact.SMS)
_IS_A_TASK = ~Q(subject__startswith="staff:")
_UNANSWERED = Case(
    When(Message.OF_COLLEAGUES, then=Value(f"{UNANSWERED} {POST}")),
    When(_IS_TEXT, then=Value(f"{TEXT_UNANSWERED} {PHONE}")),
    default=Value(f"{UNANSWERED} {PHONE}"),
)
_TAKEN_BACK = When(closed_at__isnull=False, then=Value(State.CANCELLED.value))
_WHY_TAKEN_BACK = When(closed_at__isnull=False, then=Left("closed_reason", 200))
_TABLE = Message._meta.db_table
# The clinic's own words that hold at this moment: one look into a small index, and the row keeps what it was sent with.
_WORDING = (
    f"(SELECT own.id FROM {Wording._meta.db_table} AS own WHERE own.template = {_TABLE}.template"  # noqa: S608 - own names
    " ORDER BY own.version DESC LIMIT 1)"
)
# The same of what the clinic says of itself.
_CLINIC = f"(SELECT said.version FROM {ClinicVersion._meta.db_table} AS said ORDER BY said.version DESC LIMIT 1)"  # noqa: S608 - our own tables
_READ = Message._meta.concrete_fields
_LOOKED_AT = tuple(
    field
    for field in Appointment._meta.concrete_fields
    if field.name in {"id", "start_at", "status", "revision", "link_version", "calendar_uid"}
)  # in the order of the model, as from_columns wants it
_OF_WHOM = frozenset({"id", "merged_into", "death", "written_language", "opted_out_at"})
_WHOSE = tuple(field for field in Patient._meta.concrete_fields if field.name in _OF_WHOM)
# What is written here may be lost in a crash of the database, and then the message is sent as if it had not been
# claimed, or once more as after a crash of the worker. `hand_over` alone waits for the disk (and takes what was written
# before it along): nothing leaves that the database could forget.
_EVER = datetime.min.replace(tzinfo=UTC)
_WITHOUT_THE_DISK = "set_config('synchronous_commit', 'off', true)"
# What was sent last is recorded on the way, unless somebody else holds it at this moment: a statement that holds one
# message must not wait for another. The index message_queued_due serves the claim: whatever is planned for later costs
# nothing. SKIP LOCKED passes over what another worker or a cancellation holds; what was cancelled in the meantime does
# not match any more. Whoever changes an appointment, or records a death, takes the messages back in the same
# transaction, so both are read in the same statement.
_CLAIM = f"""
WITH recorded AS (
UPDATE {_TABLE}
   SET status = 'sent', reason = '', phone_task = false, lease_expires_at = NULL, sent_at = %(now)s,
       revision = %(revision)s, provider_id = %(provider_id)s
 WHERE id = (SELECT id FROM {_TABLE}
              WHERE id = %(sent)s AND status = 'sending' AND attempts = %(attempt)s
                FOR UPDATE SKIP LOCKED)
RETURNING id
), claimed AS (
UPDATE {_TABLE}
   SET status = 'sending', attempts = attempts + 1, handed_over_at = NULL, wording_id = {_WORDING},
       clinic_id = {_CLINIC},
       lease_expires_at = statement_timestamp() + %(lease)s * interval '1 second'
 WHERE id = (SELECT id FROM {_TABLE}
              WHERE status = 'queued' AND due_at BETWEEN %(since)s AND %(now)s AND expires_at > %(now)s
                AND (%(open)s OR NOT keeps_quiet_hours) AND channel <> ALL(%(without)s::varchar[])
              ORDER BY due_at, id
                FOR UPDATE SKIP LOCKED
              LIMIT 1)
RETURNING {", ".join(f'"{field.column}"' for field in _READ)}
)
SELECT {_WITHOUT_THE_DISK}, (SELECT id FROM recorded), claimed.*,
       {", ".join(f'visit."{field.column}"' for field in _LOOKED_AT)},
       {", ".join(f'whose."{field.column}"' for field in _WHOSE)}
  FROM (VALUES (1)) AS always
  LEFT JOIN claimed ON true
  LEFT JOIN {Appointment._meta.db_table} AS visit ON visit.id = claimed.appointment_id
  LEFT JOIN {Patient._meta.db_table} AS whose ON whose.id = claimed.patient_id
"""  # noqa: S608 - nothing but the tables' and their columns' own names is put in
_OURS = f"UPDATE {_TABLE} SET {{}} WHERE id = %s AND status = 'sending' AND attempts = %s"  # noqa: S608 - as above
# What goes with the note of the link is as durable as the note: one statement, so one commit and one wait for the disk.
_HAND_OVER = f"""
WITH ours AS (
UPDATE {_TABLE}
   SET handed_over_at = %s, handovers = handovers + 1, language = %s,
       lease_expires_at = statement_timestamp() + %s * interval '1 second'
 WHERE id = %s AND status = 'sending' AND attempts = %s
RETURNING id
), noted AS ({{}}, ours)
TABLE ours
"""  # noqa: S608 - as above
_END = f"{_OURS} RETURNING {_WITHOUT_THE_DISK}"
_FINISH = _END.format("status = %s, reason = %s, phone_task = %s, lease_expires_at = NULL")
_SENT = _END.format(
    "status = 'sent', reason = %s, phone_task = %s, lease_expires_at = NULL, sent_at = %s, revision = %s,"
    " provider_id = %s"
)


class LeaseLost(Exception):
    """The lease ended while we worked: somebody else has this message now."""


def claim(*, now: datetime, sent: Message | None = None, without: Collection[str] = ()) -> Message | None:
    """The message that has been due longest, leased to the caller; None when nothing is due.

    It comes with its appointment as that stands now, and with whether its patient has died, and what they read. `sent`
    was sent just before, and is recorded on the way. `without` are channels that lead nowhere at this moment.
    Boundary: due at `now` itself is due; expiring at `now` itself has expired. Call it outside any transaction.
    """
    values: dict[str, Any] = {
        "now": now,
        "open": hours.is_open(now, clock.zone()),
        "lease": settings.OUTBOX_LEASE_SECONDS,
        "since": sent.due_at if sent else _EVER,
        "sent": sent and sent.pk,
        "attempt": sent and sent.attempts,
        "revision": sent and sent.revision,
        "provider_id": sent and sent.provider_id,
        "without": list(without),
    }
    [(_, recorded, *found)] = prepared(_CLAIM, values).fetchall()
    if sent is not None and recorded is None:
        finish(sent, State.SENT, now=now)  # somebody held it, or the lease was lost
    message = _message(found)
    return claim(now=now, without=without) if message is None and sent is not None else message


def _message(found: Sequence[Any]) -> Message | None:
    """The claimed row, its appointment, and of its patient what says whether they have died and what they read."""
    mine, visit, whose = found[: len(_READ)], found[len(_READ) : -len(_WHOSE)], found[-len(_WHOSE) :]
    if mine[0] is None:
        return None
    message = from_columns(Message, _READ, mine)
    if visit[0] is not None:
        message.appointment = from_columns(Appointment, _LOOKED_AT, visit)
    if whose[0] is not None:
        message.patient = from_columns(Patient, _WHOSE, whose)
    return message


def hand_over(message: Message, *, now: datetime) -> None:
    """Note that the content is about to leave, and in which language, and renew the lease; the patient's link, where it
    has one, stands on the trail as sent.

    Raises: LeaseLost: then it must not leave.
    """
    visit, patient = message.appointment_id, message.patient_id
    link = (visit, patient) if visit and patient else None
    noting, noted = noting_sent(link, now=now)
    values = [now, message.language, settings.OUTBOX_LEASE_SECONDS, message.pk, message.attempts, noted]
    if not prepared(_HAND_OVER.format(noting), values).rowcount:
        raise LeaseLost(message.pk)
    message.handed_over_at, message.handovers = now, message.handovers + 1


def _ours(message: Message) -> QuerySet[Message]:
    return Message.objects.filter(pk=message.pk, status=State.SENDING, attempts=message.attempts)


def finish(message: Message, status: str, *, reason: str = "", phone_task: bool = False, now: datetime) -> bool:
    """Write the end of an attempt; False when the lease was lost before. A sent row keeps `handed_over_at`."""
    is_task = phone_task and not message.subject.startswith("staff:")  # nobody phones the staff
    if status == State.SENT:
        return _write(message, _SENT, reason[:200], is_task, now, message.revision, message.provider_id)
    return _write(message, _FINISH, str(status), reason[:200], is_task)


def _write(message: Message, statement: str, *values: Any) -> bool:
    """Write to the row as long as it is ours; False when the lease was lost. Plain SQL: it runs for every message."""
    return bool(prepared(statement, [*values, message.pk, message.attempts]).rowcount)


def put_back(message: Message, *, reason: str, was_refused: bool, due_at: datetime) -> bool:
    """Queue it again for `due_at`, unless it was taken back meanwhile.

    `was_refused`: the server said no, so nothing has left after all.
    """
    handovers = message.handovers - 1 if was_refused and message.handed_over_at else message.handovers
    return bool(
        _ours(message).update(
            status=Case(_TAKEN_BACK, default=Value(State.QUEUED.value)),
            reason=Case(_WHY_TAKEN_BACK, When(recipient="", then=F("reason")), default=Value(reason[:200])),
            lease_expires_at=None,
            due_at=due_at,
            handovers=handovers,
            handed_over_at=None,
        )
    )


def end_leases(*, now: datetime) -> int:
    """Take back what a vanished worker left: queued again, or, handed over twice without an answer, a phone task.

    One that was tried before, too, is queued behind the others.
    """
    lost_twice = Q(handed_over_at__isnull=False, handovers__gte=MOST_HANDOVERS)
    return update_free(
        Message.objects.filter(status=State.SENDING, lease_expires_at__lt=Now()),
        status=Case(When(lost_twice, then=Value(State.UNKNOWN.value)), _TAKEN_BACK, default=Value(State.QUEUED.value)),
        reason=Case(
            When(lost_twice, then=_UNANSWERED), _WHY_TAKEN_BACK, default=Value("The worker vanished while sending it.")
        ),
        phone_task=Case(When(lost_twice & _IS_A_TASK, then=Value(True)), default=F("phone_task")),
        lease_expires_at=None,
        due_at=due_after_a_vanished_worker(now=now, unless=lost_twice),
    )


def expire(*, now: datetime) -> int:
    """Close what is past its use. Never tried: skipped; tried in vain: somebody phones; fate not known: unknown.

    A letter to a colleague is of use on paper all the same: somebody posts it, tried or not.
    """
    unknown, tried = Q(handovers__gt=0), Q(attempts__gt=0)
    return update_free(
        Message.objects.filter(status=State.QUEUED, due_at__lte=now, expires_at__lte=now),
        status=Case(When(unknown, then=Value(State.UNKNOWN.value)), default=Value(State.SKIPPED.value)),
        reason=Case(
            When(unknown, then=_UNANSWERED),
            When(tried & _IS_TEXT, then=Value(f"{EXPIRED}the gateway for text messages would not take it in time.")),
            When(tried, then=Value(f"{EXPIRED}the mail server would not take it in time.")),
            default=Value(f"{EXPIRED}it was too late to send it."),
        ),
        phone_task=Case(When((tried & _IS_A_TASK) | Message.OF_COLLEAGUES, then=Value(True)), default=F("phone_task")),
    )
