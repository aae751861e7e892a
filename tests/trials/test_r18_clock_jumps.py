"""R18: the clock jumps by an hour and by a day, forward and back, while messages are being sent.

Nothing is sent twice, nothing is lost, and a message that is on its way in the moment of a jump keeps its lease: leases
end by the database's clock. The control lets them end by the product's, and must send one twice.
In `make trials` only.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

import pytest

from pht_clinic import clock
from scheduling.models import Message
from tests.clinic import Clinic
from tests.conftest import ClockOffset
from tests.server_plugin import Session
from tests.smtp import Answer, SmtpServer
from tests.trials.post import ScriptedServer, call_for_post, count_of, due_messages
from tests.trials.staging import Workers, wait_until

HOUR, DAY = 3_600, 86_400
JUMPS = (HOUR, -HOUR, DAY, -DAY, DAY, HOUR, -HOUR, -DAY)
DUE_IN = (0, HOUR // 2, HOUR, DAY // 2, DAY, 2 * DAY)
EACH = 5
ON_ITS_WAY_SECONDS = 4
SETTLE_SECONDS = 8
"""Longer than beat's 5 s: two processes have looked for work since the jump."""

pytestmark = pytest.mark.full_trial


@pytest.fixture
def post_office(servers: Session) -> Iterator[ScriptedServer]:
    server = ScriptedServer(servers.smtp_port)
    server.start()
    yield server
    server.stop()


def copies(server: SmtpServer) -> Counter[str]:
    return Counter(str(mail["Message-ID"]) for mail in server.messages)


def ids_of(rows: list[Message]) -> set[str]:
    return {f"<{row.uid}@clinic.example>" for row in rows}


def planned(clinic: Clinic) -> list[Message]:
    """Messages that are due at once, and within the next two days, valid for a week."""
    rows = due_messages(clinic, EACH * len(DUE_IN))
    for number, row in enumerate(rows):
        row.due_at = clock.now() + timedelta(seconds=DUE_IN[number % len(DUE_IN)])
        row.expires_at = row.due_at + timedelta(days=7)
    Message.objects.bulk_update(rows, ["due_at", "expires_at"])
    return rows


def on_its_way(clinic: Clinic, server: ScriptedServer, phase: str) -> Message:
    """One whose sending hangs for some seconds; returned as soon as it does."""
    [row] = due_messages(clinic, 1)
    recipient = f"hangs{row.pk}@mail.example"
    server.to(recipient, phase, Answer(delay_seconds=ON_ITS_WAY_SECONDS))
    Message.objects.filter(pk=row.pk).update(
        recipient=recipient, due_at=clock.now(), expires_at=clock.now() + timedelta(days=9)
    )
    states = Message.objects.filter(pk=row.pk, status="sending")
    if phase == "DATA":
        states = states.filter(handed_over_at__isnull=False)
    wait_until(states.exists, seconds=60, what=f"a message that hangs at {phase}")
    return row


def test_r18_the_clock_may_jump_while_messages_are_sent(
    clinic: Clinic, clock_offset: ClockOffset, workers: Workers, post_office: ScriptedServer
) -> None:
    workers.ready(workers.worker())
    workers.beat()
    rows = planned(clinic)
    for number, jump in enumerate(JUMPS):
        row = on_its_way(clinic, post_office, ("RCPT", "DATA")[number % 2])
        rows.append(row)
        clock_offset.advance(jump)
        call_for_post()  # the other process looks for work while this one hangs
        time.sleep(SETTLE_SECONDS)
        row.refresh_from_db()
        assert (row.status, row.attempts) == ("sent", 1), (jump, row.status, row.reason)
    clock_offset.advance(max(DUE_IN) + DAY)
    wait_until(
        lambda: not Message.objects.exclude(recipient="").filter(status__in=["queued", "sending"]).exists(),
        seconds=60,
        what="everything sent",
    )
    found = copies(post_office)
    print(f"R18: {len(JUMPS)} jumps, {len(rows)} messages, {sum(found.values()) - len(found)} twice")
    assert ids_of(rows) <= set(found), "lost"
    assert set(found.values()) == {1}, "sent twice"
    told = Message.objects.filter(subject__startswith="staff:").values_list("kind", "occasion")
    assert len(set(told)) == len(told), "the staff were told twice"
    assert count_of("failed", "unknown") == 0


def test_r18_control_with_leases_by_the_products_clock_one_is_sent_twice(
    clinic: Clinic, clock_offset: ClockOffset, workers: Workers, post_office: ScriptedServer
) -> None:
    workers.ready(workers.worker(guard="lease-clock"))
    workers.beat()
    row = on_its_way(clinic, post_office, "DATA")
    clock_offset.advance(HOUR)
    call_for_post()
    time.sleep(SETTLE_SECONDS)
    print(f"R18 control: {sum(copies(post_office).values())} copies of 1 message")
    assert copies(post_office)[f"<{row.uid}@clinic.example>"] > 1
