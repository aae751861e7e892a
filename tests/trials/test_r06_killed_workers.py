"""R6: `kill -9` of a worker's task process, and of the whole worker, in the middle of sending.

Killed before the content left and after it, nothing is lost, nobody gets a third copy, and a second one carries the
same Message-ID. The control marks messages as sent before sending them, and loses what it was killed over.
2 + 2 kills in `make test`, 50 + 50 in `make trials`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from scheduling.models import Message
from tests.clinic import Clinic
from tests.server_plugin import Session
from tests.trials.post import (
    StallingServer,
    call_for_post,
    check_none_failed,
    count_of,
    drain_until_none_waits,
    due_messages,
    kill_a_child_of,
)
from tests.trials.staging import Workers, wait_until

pytestmark = pytest.mark.full_trial(one_in=3)

LEASE_SECONDS = 3
RECOVERY_SECONDS = LEASE_SECONDS + 60
A_ROUND = 4


@pytest.fixture
def post_office(servers: Session) -> Iterator[StallingServer]:
    server = StallingServer(servers.smtp_port)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def impatient(workers: Workers) -> Workers:
    """Workers whose leases are short, so that the trial is."""
    workers.environment |= {"OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS), "OUTBOX_MESSAGE_SECONDS": "60"}
    return workers


def wait_for_stall(server: StallingServer) -> None:
    """Until a client hangs, however many calls for the post that takes."""

    def hangs() -> bool:
        check_none_failed()
        return server.stalled

    wait_until(hangs, seconds=60, what="a client that comes as far as the stall")


def test_r6_a_killed_worker_loses_nothing_and_nobody_gets_a_third_copy(
    clinic: Clinic, impatient: Workers, post_office: StallingServer, is_full_trial: bool
) -> None:
    kills = 50 if is_full_trial else 2
    expected: list[Message] = []
    slowest = 0.0
    worker = impatient.ready(impatient.worker(concurrency=1))
    for number in range(2 * kills):
        rows = due_messages(clinic, A_ROUND)
        expected += rows
        post_office.stall_at("RCPT" if number % 2 else "DATA")
        call_for_post()
        wait_for_stall(post_office)
        if number < kills:
            kill_a_child_of(worker.pid)
        else:
            worker.kill()
            worker = impatient.ready(impatient.worker(concurrency=1))
        slowest = max(slowest, drain_until_none_waits(seconds=RECOVERY_SECONDS))
    copies = post_office.copies()
    ids = {f"<{row.uid}@clinic.example>" for row in expected}
    print(f"R6: {2 * kills} kills, {len(ids)} mails, {sum(copies.values())} copies, recovered in {slowest:.1f} s")
    assert set(copies) == ids, "0 lost, and nothing under another Message-ID"
    assert max(copies.values()) <= 2
    assert {row.status for row in Message.objects.filter(pk__in=[row.pk for row in expected])} == {"sent"}
    assert sum(copies.values()) > len(ids), "no kill came between the content and the answer"


@pytest.mark.full_trial
def test_r6_control_marked_as_sent_before_sending_a_mail_is_lost(
    clinic: Clinic, impatient: Workers, post_office: StallingServer
) -> None:
    rows = due_messages(clinic, A_ROUND)
    worker = impatient.ready(impatient.worker(concurrency=1, guard="lease"))
    post_office.stall_at("RCPT")
    call_for_post()
    wait_for_stall(post_office)
    kill_a_child_of(worker.pid)
    drain_until_none_waits(seconds=RECOVERY_SECONDS)
    wait_until(lambda: len(post_office.copies()) >= A_ROUND - 1, seconds=20, what="the mails of the others")
    print(f"R6 control: {len(rows) - len(post_office.copies())} of {len(rows)} lost after 1 kill")
    assert count_of("sent") == len(rows)
    assert len(post_office.copies()) < len(rows)
