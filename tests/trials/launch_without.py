"""Starts one of the clinic's programs with a guard taken out, for the controls of the trials.

    python -m tests.trials.launch_without GUARD MODULE ARGUMENT…

The product has no such switch: what is patched out here is patched from outside, in the program's memory, before it
begins (its worker processes are forked from it).
"""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import django


def diary_locks() -> None:
    """Rows are read where they should be locked: check, then insert."""
    from scheduling.diary import locks

    def read_only(wanted: Sequence[tuple[type[Any], Collection[int]]]) -> list[list[Any]]:
        return [list(model._default_manager.filter(pk__in=ids)) for model, ids in wanted]

    locks._lock_rows = read_only


def idempotency() -> None:
    """No key is ever claimed: each request is taken for a new one."""
    from pht_clinic.web.api import idempotency as web

    web._claim = lambda request, key, digest: 0


def claims() -> None:
    """A due message is looked up and marked in two steps, without a lock and without a number that fences it."""
    from django.conf import settings
    from django.db.models.functions import Now
    from django.utils.timezone import timedelta

    from scheduling.messages.sending import claims as outbox
    from scheduling.models import Message

    def claim(*, now: datetime, sent: Message | None = None, without: Collection[str] = ()) -> Message | None:
        if sent is not None:
            outbox.finish(sent, "sent", now=now)
        due = Message.objects.filter(status="queued", due_at__lte=now, expires_at__gt=now)
        message = due.order_by("due_at", "pk").first()
        if message is not None:
            lease = Now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
            Message.objects.filter(pk=message.pk).update(status="sending", attempts=1, lease_expires_at=lease)
            message.status, message.attempts = "sending", 1  # the same for all: whoever comes holds it
        return message

    outbox.claim = claim


def lease() -> None:
    """A message is marked as sent before it is sent, so that no lease is left to end."""
    from scheduling.messages.sending import claims as outbox
    from scheduling.models import Message

    guarded = outbox.claim

    def claim(*, now: datetime, sent: Message | None = None, without: Collection[str] = ()) -> Message | None:
        message = guarded(now=now, sent=sent, without=without)
        if message is not None:
            Message.objects.filter(pk=message.pk).update(status="sent", sent_at=now, lease_expires_at=None)
        return message

    outbox.claim = claim
    outbox.hand_over = lambda message, *, now: None


def webhook_lease() -> None:
    """A webhook's delivery is marked as sent before it is sent."""
    from scheduling.models import WebhookDelivery
    from scheduling.webhooks import claims as webhooks

    guarded = webhooks.claim

    def claim(*, now: datetime) -> WebhookDelivery | None:
        found = guarded(now=now)
        if found is not None:
            WebhookDelivery.objects.filter(pk=found.pk).update(status="sent", sent_at=now, lease_expires_at=None)
        return found

    webhooks.claim = claim


def rereading() -> None:
    """What is claimed is sent without a look at its appointment, and news takes nothing back."""
    from scheduling.messages import outbox
    from scheduling.messages.sending import deliver

    deliver.withheld = lambda message: None
    outbox.take_back = lambda rows, *, reason, now: None


def link_signature() -> None:
    """Any link is taken as it reads: what stands before the dot is believed."""
    from django.core.signing import Signer

    Signer.unsign = lambda self, signed_value: signed_value.rpartition(self.sep)[0]


def link_seal() -> None:
    """Any short address is taken as it reads: its number is believed."""
    from types import SimpleNamespace

    from scheduling.patients import short_link

    short_link.hmac = SimpleNamespace(compare_digest=lambda ours, typed: ours[:-7] == typed[:-7])


def rows_alone() -> None:
    """Whoever plans a message calls for a worker as well, as soon as the change is committed."""
    from django.db import transaction

    from pht_clinic.celery import app
    from scheduling.messages import outbox

    planned = outbox.post

    def post(rows: list[Any]) -> None:
        planned(rows)
        transaction.on_commit(lambda: app.send_task("scheduling.tasks.drain_outbox", expires=5))

    outbox.post = post


def messages_inside() -> None:
    """Messages are planned once the change is committed, instead of with it."""
    from django.db import transaction

    from scheduling.messages import outbox

    planned = outbox.post
    outbox.post = lambda rows: transaction.on_commit(lambda: planned(rows))


def lease_clock() -> None:
    """Leases end by the product's clock, which may be moved."""
    from datetime import timedelta

    from django.conf import settings

    from pht_clinic import clock
    from scheduling.messages.sending import claims
    from scheduling.models import Message

    guarded = claims.hand_over

    def hand_over(message: Message, *, now: datetime) -> None:
        guarded(message, now=now)
        until = clock.now() + timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
        Message.objects.filter(pk=message.pk).update(lease_expires_at=until)

    claims.hand_over = hand_over
    claims.Now = clock.now


def deadline() -> None:
    """Nobody cuts a connection on which a message takes too long."""
    from scheduling.messages.sending.deadline import Deadline

    Deadline._cut = lambda self: None


def expiry() -> None:
    """What is due is sent, however late."""
    from scheduling.messages.sending import claims

    unguarded = claims._CLAIM.replace("AND expires_at > %(now)s", "")
    assert unguarded != claims._CLAIM, "the claim reads otherwise now"
    claims._CLAIM = unguarded
    claims.expire = lambda *, now: 0


def revisions() -> None:
    """Whoever saves a record is believed to have read it as it stands."""
    from scheduling.revisions import edits

    edits.is_stale = lambda row, revision: False


def broker_gate() -> None:
    """A worker takes whatever the broker holds, and does what it is told by a message."""
    from kombu.transport import TRANSPORT_ALIASES

    from pht_clinic.celery import app

    TRANSPORT_ALIASES.update(redis="kombu.transport.redis:Transport")
    app.conf.worker_enable_remote_control = True


def unread_answers() -> None:
    """The web server answers what it cannot read by itself."""
    from gunicorn.workers.gthread import ThreadWorker

    from pht_clinic.start import web_worker

    web_worker.Worker.handle_error = ThreadWorker.handle_error


def disk_words() -> None:
    """A full disk is like any failure of the database, and whoever asks whether it is ready is not told of the disk."""
    from pht_clinic.web import health, problem

    problem._NO_CHANGES = frozenset()
    health._SPILL = "SELECT 1"


def one_transaction() -> None:
    """Each statement of a use case is committed by itself."""
    from types import SimpleNamespace

    from django.db import connection

    from scheduling.diary import locks

    @contextmanager
    def each_by_itself() -> Iterator[None]:
        connection.ensure_connection()
        connection.in_atomic_block = True
        try:
            yield
        finally:
            connection.in_atomic_block, connection.needs_rollback = False, False

    locks.transaction = SimpleNamespace(atomic=each_by_itself)


def replica_rule() -> None:
    """Whatever the replica shows is taken, however late it is."""
    from pht_clinic.replica import reading

    reading._why_not = lambda primary: None


GUARDS: dict[str, Callable[[], None]] = {
    "replica-rule": replica_rule,
    "diary-locks": diary_locks,
    "idempotency": idempotency,
    "claims": claims,
    "lease": lease,
    "webhook-lease": webhook_lease,
    "rereading": rereading,
    "link-signature": link_signature,
    "link-seal": link_seal,
    "rows-alone": rows_alone,
    "messages-inside": messages_inside,
    "lease-clock": lease_clock,
    "deadline": deadline,
    "expiry": expiry,
    "revisions": revisions,
    "broker-gate": broker_gate,
    "unread-answers": unread_answers,
    "disk-words": disk_words,
    "one-transaction": one_transaction,
}


def main(guard: str, module: str, arguments: list[str]) -> None:
    """Run `python -m module arguments…` without this guard."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pht_clinic.settings")
    django.setup()
    GUARDS[guard]()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
