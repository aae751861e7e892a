"""R8 and R9: the broker stands still, is killed, comes back empty, is emptied, is full, while patients are booked.

No booking fails or waits for it; every mail leaves within 2 minutes of its return, once. Each trial has a broker of
its own. The control calls for a worker from within the request, as soon as the booking is committed.
200 bookings and a minute without the broker; in `make trials` only.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
import redis

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.valkey import ValkeyServer, valkey_server
from scheduling.models import Message
from tests.clinic import Clinic, local
from tests.smtp import SmtpServer
from tests.together import at_once
from tests.trials.patients import crowd, days_on
from tests.trials.staging import Answer, Web, Workers, percentile, wait_until, web_server

pytestmark = pytest.mark.full_trial

BOOKINGS = 200
CLIENTS = 4
OUTAGE_SECONDS = 60
RECOVERY_SECONDS = 120
MOST_ADDED_SECONDS = 1.0

Breaking = Callable[[ValkeyServer], None]


def freeze(broker: ValkeyServer) -> None:
    os.kill(broker.child.pid, signal.SIGSTOP)


def thaw(broker: ValkeyServer) -> None:
    os.kill(broker.child.pid, signal.SIGCONT)


def kill(broker: ValkeyServer) -> None:
    broker.child.kill()


def start_empty(broker: ValkeyServer) -> None:
    broker.start()


def fill(broker: ValkeyServer) -> None:
    with broker.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        with pytest.raises(redis.OutOfMemoryError):
            client.lpush("one-more", "task")


def make_room(broker: ValkeyServer) -> None:
    with broker.client() as client:
        client.config_set("maxmemory", "0")


def flush(broker: ValkeyServer) -> None:
    with broker.client() as client:
        client.flushall()


@dataclass
class House:
    """A web server, a broker of their own, and where workers are started."""

    broker: ValkeyServer
    web: Web
    workers: Workers


@pytest.fixture
def house(committed_db: None, tmp_path: Path) -> Iterator[Callable[[str | None], House]]:
    """The whole clinic around a broker that no other test uses; its web server lacks the guard that is named."""
    with ExitStack() as stack:
        folder = stack.enter_context(short_folder("broker"))
        broker = stack.enter_context(valkey_server(folder))
        environment = {**os.environ, "REDIS_URL": broker.url}
        workers = Workers(tmp_path, broker.url, environment)
        stack.callback(workers.stop)

        def around(guard: str | None) -> House:
            web = stack.enter_context(web_server(tmp_path, guard=guard, environment=environment))
            return House(broker, web, workers)

        yield around


@dataclass
class Desk:
    """Books follow-up visits of one patient after another over HTTP, and keeps what came back."""

    web: Web
    clinic: Clinic
    token: str
    patients: list[int]
    taken: int = 0
    answers: list[Answer] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def book_next(self) -> Answer:
        with self.lock:
            number = self.taken
            self.taken += 1
        start = days_on(local("2026-03-24", "08:00"), number // 25) + timedelta(minutes=20 * (number % 25))
        body = {
            "patient": str(self.patients[number]),
            "kind": "follow-up",
            "start": start.isoformat(),
            "practitioner": str(self.clinic.practitioner.pk),
        }
        answer = self.web.post("appointments/", body, token=self.token, key=f"r8-{number}")
        self.answers.append(answer)
        return answer

    def book(self, count: int, *, over_seconds: float = 0.0) -> list[Answer]:
        """So many at CLIENTS desks, spread over so many seconds."""
        each = count // CLIENTS

        def desk() -> list[Answer]:
            answers = []
            began = time.monotonic()
            for number in range(each):
                time.sleep(max(0.0, began + number * over_seconds / each - time.monotonic()))
                answers.append(self.book_next())
            return answers

        found = at_once(*[desk] * CLIENTS, seconds=300)
        broken = [result for result in found if isinstance(result, BaseException)]
        assert not broken, broken
        return [answer for answers in found for answer in answers]


@contextmanager
def again_and_again(deed: Callable[[], None], *, every_seconds: float) -> Iterator[None]:
    """Do it in the background for as long as the block lasts."""
    over = threading.Event()

    def run() -> None:
        while not over.wait(every_seconds):
            deed()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(30)


def desk_of(house: House, clinic: Clinic, token: Callable[[str], str]) -> Desk:
    patients = [patient.pk for patient in crowd(clinic, BOOKINGS)]
    return Desk(house.web, clinic, token("reception"), patients)


def added(before: list[Answer], during: list[Answer]) -> float:
    """How much longer nearly all of them took than one usually does, in seconds."""
    usual = percentile([answer.seconds for answer in before], 0.5)
    return percentile([answer.seconds for answer in during], 0.99) - usual


def check_all_sent_once(server: SmtpServer, *, returned_at: float) -> float:
    """Wait for every confirmation; the seconds since the broker's return. Raises: AssertionError."""
    rows = Message.objects.filter(kind="confirmed")
    wait_until(
        lambda: rows.filter(status="sent").count() == BOOKINGS, seconds=RECOVERY_SECONDS, what="every confirmation sent"
    )
    took = time.monotonic() - returned_at
    ids = [str(mail["Message-ID"]) for mail in server.messages]
    wanted = {f"<{uid}@clinic.example>" for uid in rows.values_list("uid", flat=True)}
    assert len(wanted) == BOOKINGS
    assert wanted <= set(ids), "lost"
    assert len(ids) == len(set(ids)), "sent twice"
    return took


OUTAGES: dict[str, tuple[Breaking, Breaking]] = {
    "frozen": (freeze, thaw),
    "killed and started empty": (kill, start_empty),
    "full": (fill, make_room),
}


@pytest.mark.parametrize("outage", OUTAGES)
def test_r8_r9_bookings_and_mails_outlive_the_broker(
    house: Callable[[str | None], House],
    clinic: Clinic,
    token: Callable[[str], str],
    smtp_server: SmtpServer,
    outage: str,
) -> None:
    break_it, mend_it = OUTAGES[outage]
    whole = house(None)
    whole.workers.ready(whole.workers.worker())
    whole.workers.beat()
    desk = desk_of(whole, clinic, token)
    before = desk.book(40)
    break_it(whole.broker)
    try:
        during = desk.book(120, over_seconds=OUTAGE_SECONDS)
    finally:
        mend_it(whole.broker)
    returned_at = time.monotonic()
    desk.book(40)
    took = check_all_sent_once(smtp_server, returned_at=returned_at)
    longer = added(before, during)
    print(f"R8/R9 {outage}: {len(desk.answers)} bookings, p99 {longer:+.2f} s, all sent {took:.0f} s after its return")
    assert {answer.status for answer in desk.answers} == {201}
    assert longer <= MOST_ADDED_SECONDS


def test_r9_bookings_and_mails_outlive_a_broker_that_is_emptied_every_second(
    house: Callable[[str | None], House], clinic: Clinic, token: Callable[[str], str], smtp_server: SmtpServer
) -> None:
    whole = house(None)
    whole.workers.ready(whole.workers.worker())
    whole.workers.beat()
    desk = desk_of(whole, clinic, token)
    before = desk.book(40)
    with again_and_again(lambda: flush(whole.broker), every_seconds=1):
        during = desk.book(120, over_seconds=OUTAGE_SECONDS)
    returned_at = time.monotonic()
    desk.book(40)
    took = check_all_sent_once(smtp_server, returned_at=returned_at)
    longer = added(before, during)
    print(f"R9 flushed: {len(desk.answers)} bookings, p99 {longer:+.2f} s, all sent after {took:.0f} s")
    assert {answer.status for answer in desk.answers} == {201}
    assert longer <= MOST_ADDED_SECONDS


def test_r8_control_a_request_that_calls_for_a_worker_waits_for_the_broker(
    house: Callable[[str | None], House], clinic: Clinic, token: Callable[[str], str]
) -> None:
    naive = house("rows-alone")
    desk = desk_of(naive, clinic, token)
    before = desk.book(8)
    assert {answer.status for answer in before} == {201}
    freeze(naive.broker)
    try:
        during = desk.book(8)
    finally:
        thaw(naive.broker)
    failed = sum(answer.status != 201 for answer in during)
    print(f"R8 control: {failed} of {len(during)} failed, {added(before, during):+.1f} s")
    assert failed or added(before, during) > MOST_ADDED_SECONDS
