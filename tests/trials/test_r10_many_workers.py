"""R10: three beats and three workers at once; nothing is sent twice. 200 due messages, 1,000 in `make trials`.

The control claims in two steps, without lock and fence, and must send some of them twice.
"""

from __future__ import annotations

import pytest

from tests.clinic import Clinic
from tests.smtp import SmtpServer
from tests.trials.post import call_for_post, check_none_failed, count_of, drain_until_none_waits, due_messages
from tests.trials.staging import Workers, wait_until

pytestmark = pytest.mark.full_trial(one_in=3)

SECONDS = 90
MOST_ROUNDS = 10
NAMES = ("first", "second", "third")


def start_workers(workers: Workers, *, guard: str | None) -> None:
    started = [(name, workers.worker(name, guard=guard)) for name in NAMES]
    for name, worker in started:
        workers.ready(worker, name)


def copies(server: SmtpServer) -> dict[str, int]:
    found: dict[str, int] = {}
    for mail in server.messages:
        found[str(mail["Message-ID"])] = found.get(str(mail["Message-ID"]), 0) + 1
    return found


def test_r10_three_beats_and_three_workers_send_everything_once(
    clinic: Clinic, workers: Workers, smtp_server: SmtpServer, is_full_trial: bool
) -> None:
    count = 1_000 if is_full_trial else 60
    start_workers(workers, guard=None)
    due_messages(clinic, count)
    for name in NAMES:
        workers.beat(f"beat-{name}")

    def all_are_sent() -> bool:
        check_none_failed()
        return count_of("sent") == count

    took = wait_until(all_are_sent, seconds=SECONDS, what="everything sent")
    found = copies(smtp_server)
    print(f"R10: {count} due, {len(found)} mails, {sum(found.values()) - len(found)} twice, {took:.1f} s")
    assert len(found) == count
    assert set(found.values()) == {1}


@pytest.mark.full_trial
def test_r10_control_claimed_in_two_steps_some_are_sent_twice(
    clinic: Clinic, workers: Workers, smtp_server: SmtpServer
) -> None:
    start_workers(workers, guard="claims")
    for number in range(MOST_ROUNDS):
        due_messages(clinic, 100)
        for _ in range(2 * len(NAMES)):  # one call for each task process
            call_for_post()
        drain_until_none_waits(seconds=SECONDS)
        twice = sum(count > 1 for count in copies(smtp_server).values())
        print(f"R10 control: {twice} of {100 * (number + 1)} sent more than once")
        if twice:
            break
    assert twice > 0
