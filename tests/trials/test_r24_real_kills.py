"""R24 with real kills: the worker that hands a patient's mails over is killed in the middle, deed after deed.

Histories as in `test_r24_what_the_patient_believes.py`, of patients who are reached by email; the mail server says
nothing more to the worker before the content or after it, and the worker, or its task process, is killed there.
50 histories in `make trials`; its controls are those of the histories in one process and of R6.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from pht_clinic import clock
from pht_clinic.demo.processes import Child
from scheduling.models import Message
from tests.clinic import Clinic
from tests.conftest import ClockOffset
from tests.server_plugin import Session
from tests.trials.post import StallingServer, call_for_post, count_of, kill_a_child_of
from tests.trials.staging import Workers, wait_until
from tests.trials.test_r24_what_the_patient_believes import History, Office, Sent

HISTORIES = 50
LEASE_SECONDS = 2
QUIET_SECONDS = 2.0
"""So long nothing leaves: then nothing is due."""


@dataclass(kw_only=True)
class WithRealKills(History):
    """The same desk; its mail leaves by processes."""

    server: StallingServer
    workers: Workers
    clock: ClockOffset
    worker: Child
    kills: int = 0
    mails_read: int = 0

    def __post_init__(self) -> None:
        self.office = Office(self.reader, self.truth, self.clinic.now)
        self.patient = self.clinic.fit_patient()

    def goes_by(self, span: timedelta) -> None:
        super().goes_by(span)
        self.clock.set((self.clinic.now - datetime.now(UTC)).total_seconds())

    def post_goes(self) -> None:
        """What is due goes out; at a stall the worker is killed, then it goes on."""
        phase = self.draw.choice(("", "RCPT", "DATA", "DATA")) if self._may_leave() else ""
        self.log.append(f"{self.clinic.now:%d %H:%M} post: {phase or 'all well'}")
        self.server.stall_at(phase)
        if phase:
            self._until_it_stalls_or_is_done()
        if phase and self.server.stalled:
            self._kill()
        self.server.stall_at("")
        self._until_nothing_leaves()
        self._read()

    def all_arrives(self) -> None:
        for _ in range(2):
            self.goes_by(timedelta(minutes=20))
            self._until_nothing_leaves()
        self._read()

    def _kill(self) -> None:
        """Nobody knows of the mail that was on its way whether it arrived."""
        for row in Message.objects.filter(status="sending").exclude(appointment=None):
            self.reader.unsure.add(row.appointment_id or 0)
        self.kills += 1
        if self.draw.random() < 0.5:
            kill_a_child_of(self.worker.pid)
        else:
            self.worker.kill()
            self.worker = self.workers.ready(self.workers.worker(concurrency=1))

    @staticmethod
    def _may_leave() -> bool:
        """Whether anything is due, were it not for quiet hours or what holds it back."""
        return Message.objects.filter(status="queued", due_at__lte=clock.now()).exists() or count_of("sending") > 0

    def _until_it_stalls_or_is_done(self) -> None:
        state, since = "", time.monotonic()
        while not self.server.stalled and time.monotonic() - since < QUIET_SECONDS:
            call_for_post()
            time.sleep(0.3)
            state, since = self._unchanged(state, since)

    def _until_nothing_leaves(self) -> None:
        state, since = "", time.monotonic()
        began = since
        while self._may_leave() and (time.monotonic() - since < QUIET_SECONDS or count_of("sending")):
            assert time.monotonic() - began < 120, self.in_words()
            call_for_post()
            time.sleep(0.3)
            state, since = self._unchanged(state, since)
        self.goes_by(max(clock.now() - self.clinic.now, timedelta()))

    @staticmethod
    def _unchanged(state: str, since: float) -> tuple[str, float]:
        """What the outbox looks like, and since when."""
        now = str(list(Message.objects.order_by("pk").values_list("pk", "status", "attempts")))
        return now, since if now == state else time.monotonic()

    def _read(self) -> None:
        arrived = self.server.messages[self.mails_read :]
        self.mails_read += len(arrived)
        for mail in arrived:
            body = mail.get_body(("plain",))
            assert body is not None
            uid = str(mail["Message-ID"])[1:].partition("@")[0]
            self.office.arrives(Sent(uid, body.get_content().replace("\r", "")))


@pytest.fixture
def mail_server(servers: Session) -> Iterator[StallingServer]:
    server = StallingServer(servers.smtp_port)
    server.start()
    yield server
    server.stop()


@pytest.mark.full_trial
@pytest.mark.parametrize("number", range(HISTORIES))
def test_r24_through_real_kills_what_the_patient_believes_is_true(
    number: int, clinic: Clinic, workers: Workers, mail_server: StallingServer, clock_offset: ClockOffset
) -> None:
    workers.environment |= {"OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS), "OUTBOX_MESSAGE_SECONDS": "60"}
    worker = workers.ready(workers.worker(concurrency=1))
    history = WithRealKills(
        clinic=clinic,
        draw=Random(f"r24 real kills {number}"),
        server=mail_server,
        workers=workers,
        clock=clock_offset,
        worker=worker,
    )
    history.live()
    print(f"R24: {history.kills} kills, {history.mails_read} mails, {len(history.log) // 2} deeds")
    assert history.reader.wrong == [], history.in_words()
    wait_until(lambda: not count_of("sending"), seconds=10, what="a message whose fate nobody wrote down")
