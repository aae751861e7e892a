"""R30: a replica that is late, frozen, stopped, killed and promoted, beside clients who book and read at once.

On a PostgreSQL of its own with a replica made by the documented line. Whoever has booked reads a statistic that counts
the booking: 0 misses, their own or anybody's; every read is answered, within 10 s. Then the primary is lost, and the
documented steps make the replica the primary under the running processes. The controls read the replica without the
rule, and lose the primary while nobody waits for the replica. In `make trials` only.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import psycopg
import pytest

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import APPLICATION, DATABASE, OWNER, PostgresServer
from tests.smtp import SmtpServer
from tests.standby import Standby, assert_as_far, standby_of
from tests.trials.staging import Web, Workers, wait_until, web_server
from tests.trials.test_r14_lost_database import (
    CLIENTS,
    LAST_MAIL_SECONDS,
    LONGEST_SECONDS,
    PATIENTS,
    Own,
    Told,
    answer_to,
    check_answers,
    check_rows,
    kill,
    slot,
    waiting,
)

pytestmark = pytest.mark.full_trial

TOKEN: Final = "whoever-knows-this-reads-the-counts"
COUNTED: Final = "statistics/appointments/?from=2026-03-09&to=2026-12-27"
BETWEEN_SECONDS, SUFFERS_SECONDS = 3, 7
"""Between two deeds; and how long each of them lasts, longer than any rest."""


@dataclass(frozen=True)
class Read:
    """One look at the statistic: when it came, how long it took, what it counted, and what had been acknowledged before
    it was asked for: by this client, by anybody.
    """

    at: float
    status: int | str
    seconds: float
    counted: int
    own: int
    all: int


@dataclass
class Copied:
    """A clinic whose database has a replica, and what its clients read."""

    own: Own
    standby: Standby
    reads: list[Read] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)

    def misses(self, since: float = 0.0) -> Counter[str]:
        """Reads that counted less than was acknowledged before they were asked for."""
        found = [one for one in self.reads if one.status == 200 and one.at >= since]
        return Counter(own=sum(one.counted < one.own for one in found), all=sum(one.counted < one.all for one in found))


def both(first: PostgresServer, second: PostgresServer) -> str:
    """An address that leads to whichever of them takes changes, as the page writes it."""
    hosts = f"{first.socket_folder},{second.socket_folder}"
    return f"postgres://{APPLICATION}@/{DATABASE}?host={hosts}&target_session_attrs=read-write"


class Opened:
    """A clinic's data and what it was opened with, made when first asked for; every trial has a copy of its own."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._data: Path | None = None
        self.made: dict[str, Any] = {}

    def copy_to(self, folder: Path) -> PostgresServer:
        self._data = self._data or self._open()
        subprocess.run(["cp", "-a", str(self._data), str(folder)], check=True)
        return PostgresServer(state=folder, sockets=folder, durable=True)

    def _open(self) -> Path:
        folder = self._stack.enter_context(short_folder("first"))
        server = PostgresServer(state=folder, sockets=folder, durable=True)
        self._stack.callback(server.stop)
        server.start()
        direct = {"DATABASE_URL": server.url(APPLICATION), "DATABASE_OWNER_URL": server.url(OWNER)}
        command = [sys.executable, "-m", "tests.trials.own_clinic", str(PATIENTS)]
        made = subprocess.run(command, env={**os.environ, **direct}, stdout=subprocess.PIPE, check=True)
        self.made = json.loads(made.stdout)
        server.stop()
        return server.data


@pytest.fixture(scope="module")
def opened() -> Iterator[Opened]:
    with ExitStack() as stack:
        yield Opened(stack)


@pytest.fixture
def copied(now: datetime, opened: Opened, tmp_path: Path) -> Iterator[Copied]:
    with ExitStack() as stack:
        server = opened.copy_to(stack.enter_context(short_folder("own")))
        stack.callback(server.stop)
        server.start()
        standby = stack.enter_context(standby_of(server))
        environment = {
            **os.environ,
            "DATABASE_URL": both(server, standby),
            "REPLICA_DATABASE_URL": standby.url(APPLICATION),
            "METRICS_TOKEN": TOKEN,
            "METRICS_FOLDER": str(tmp_path / "metrics"),
        }
        environment.pop("RETENTION_DATABASE_URL", None)
        yield Copied(Own(server, environment, **opened.made), standby)


# -- Load --------------------------------------------------------------------------------------------------------------


def book_and_read(copied: Copied, web: Web, client: int, over: threading.Event) -> None:
    """A booking, at once a look at the statistic that counts it, and again. An error ends the trial."""
    own, mine, number = copied.own, 0, client
    try:
        while not over.is_set():
            told = Told(0.0, "")
            while told.status != 201:
                told = answer_to(web, _asked(own, number), own.token, key=f"booking-{number}")
                own.told.append(told)
                assert told.status in (201, 503) or isinstance(told.status, str), told
                if told.status != 201:
                    time.sleep(0.1)
            mine += 1
            own.acknowledged.add((told.body["id"], slot(number)))
            copied.reads.append(read(own, web, mine))
            number += CLIENTS
    except BaseException as error:
        copied.errors.append(error)
        raise


def _asked(own: Own, number: int) -> dict[str, Any]:
    return {
        "patient": own.patients[number % PATIENTS],
        "kind": "follow-up",
        "practitioner": own.practitioner,
        "start": slot(number).isoformat(),
    }


def read(own: Own, web: Web, mine: int) -> Read:
    known, began = len(own.acknowledged), time.monotonic()
    try:
        answer = web.send("GET", f"/api/v1/{COUNTED}", token=own.manager)
    except OSError as error:
        return Read(time.monotonic(), repr(error), time.monotonic() - began, 0, mine, known)
    rows = answer.body["rows"] if answer.status == 200 else []
    return Read(time.monotonic(), answer.status, answer.seconds, sum(row[1] for row in rows), mine, known)


@contextmanager
def busy_clients(copied: Copied, web: Web) -> Iterator[None]:
    """Clients who book and read for as long as the block lasts."""
    over = threading.Event()
    threads = [
        threading.Thread(target=book_and_read, args=(copied, web, client, over), daemon=True)
        for client in range(CLIENTS)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    assert not copied.errors, copied.errors


def outcomes(web: Web) -> Counter[str]:
    """What came of each read so far, over all web processes."""
    page = web.send("GET", "/metrics", token=TOKEN).raw.decode()
    found = re.findall(r'^replica_reads_total\{outcome="([^"]+)"\} ([\d.]+)$', page, re.MULTILINE)
    return Counter({outcome: int(float(count)) for outcome, count in found})


# -- What is done to the replica ---------------------------------------------------------------------------------------


def nothing(_: Standby) -> None:
    time.sleep(SUFFERS_SECONDS)


def late(standby: Standby) -> None:
    standby.pause()
    time.sleep(SUFFERS_SECONDS)
    standby.resume()


def always_a_second_late(standby: Standby) -> None:
    standby.tell("ALTER SYSTEM SET recovery_min_apply_delay = '1s'")
    standby.tell("SELECT pg_reload_conf()")
    time.sleep(SUFFERS_SECONDS)
    standby.tell("ALTER SYSTEM RESET recovery_min_apply_delay")
    standby.tell("SELECT pg_reload_conf()")


def frozen(standby: Standby) -> None:
    with standby.frozen():
        time.sleep(SUFFERS_SECONDS)


def stopped(standby: Standby) -> None:
    standby.stop()
    time.sleep(SUFFERS_SECONDS)
    standby.start()


def killed(standby: Standby) -> None:
    kill(standby)


def promoted(standby: Standby) -> None:
    """By mistake, while the primary goes on: two that take changes."""
    standby.tell("SELECT pg_promote()")
    time.sleep(SUFFERS_SECONDS)


DEEDS: Final[dict[str, tuple[Callable[[Standby], None], set[str]]]] = {
    "streams": (nothing, set()),
    "late": (late, {"late"}),
    "always 1 s late": (always_a_second_late, {"late"}),
    "frozen": (frozen, {"away"}),
    "stopped": (stopped, {"away"}),
    "killed": (killed, set()),
    "promoted beside the primary": (promoted, {"no replica"}),
}
"""What is done, and what some of the reads meanwhile have to be counted as."""


def test_r30_whoever_has_written_reads_it_whatever_the_replica_does(copied: Copied, tmp_path: Path) -> None:
    seen: dict[str, Counter[str]] = {}
    with web_server(tmp_path, environment=copied.own.environment) as web, busy_clients(copied, web):
        time.sleep(2)
        for what, (deed, _) in DEEDS.items():
            before, began = outcomes(web), time.monotonic()
            deed(copied.standby)
            seen[what] = outcomes(web) - before
            during = [one for one in copied.reads if one.at >= began]
            slowest = max(one.seconds for one in during)
            print(f"R30 {what}: {len(during)} reads, slowest {slowest:.1f} s, {dict(seen[what])}")
            time.sleep(BETWEEN_SECONDS)
    said = Counter(one.status for one in copied.reads)
    print(f"R30: {len(copied.own.acknowledged)} bookings, {said} reads, misses {dict(copied.misses())}")
    assert copied.misses() == {"own": 0, "all": 0}
    assert set(said) == {200}, "the primary was there all the time"
    assert max(one.seconds for one in copied.reads) <= LONGEST_SECONDS
    assert {one.status for one in copied.own.told} == {201}
    for what, (_, wanted) in DEEDS.items():
        assert wanted <= set(seen[what]), (what, seen[what])
    streaming = seen["streams"]
    assert streaming["replica"] > 0.8 * streaming.total(), "it is there to be read"
    assert copied.own.acknowledged == copied.own.visits()


@pytest.mark.parametrize("guard", ["replica-rule"])
def test_r30_control_without_the_rule_what_was_just_written_is_missed(
    copied: Copied, tmp_path: Path, guard: str
) -> None:
    """Whatever the replica shows is taken, while it is late."""
    with web_server(tmp_path, environment=copied.own.environment, guard=guard) as web:
        with busy_clients(copied, web):
            time.sleep(1)
            late(copied.standby)
    print(f"R30 control: {dict(copied.misses())} of {len(copied.reads)} reads missed something")
    assert copied.misses()["own"] > 0


# -- The primary is lost -----------------------------------------------------------------------------------------------


def wait_for_the_replica(primary: PostgresServer) -> None:
    """The page's way to lose not even a moment."""
    with psycopg.connect(primary.url("postgres"), autocommit=True) as superuser:
        superuser.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        superuser.execute("SELECT pg_reload_conf()")
        wait_until(
            lambda: superuser.execute("SELECT sync_state FROM pg_stat_replication").fetchone() == ("sync",),
            seconds=20,
            what="the primary waits for the replica",
        )


def lose_the_primary(copied: Copied) -> None:
    """The page's steps: the old one stays off, the replica is promoted. Nobody is restarted."""
    primary, standby = copied.own.server, copied.standby
    primary.child.kill()
    standby.tell("SELECT pg_promote()")
    standby.tell("ALTER SYSTEM SET synchronous_standby_names = ''")
    standby.tell("SELECT pg_reload_conf()")
    copied.own.server = standby


def test_r30_the_replica_takes_the_place_of_a_primary_that_is_lost(
    copied: Copied, workers: Workers, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    """Web, worker and beat go on as the processes that they were, and every confirmation leaves."""
    workers.environment = copied.own.environment
    wait_for_the_replica(copied.own.server)
    with web_server(tmp_path, environment=copied.own.environment) as web:
        worker, beat = workers.ready(workers.worker()), workers.beat()
        pids = [web.child.pid, worker.pid, beat.pid]
        with busy_clients(copied, web):
            time.sleep(4)
            copied.own.suffer("primary lost, replica promoted", lambda _: lose_the_primary(copied))
            lost_at = copied.own.outages[0].began
            time.sleep(10)
        wait_until(lambda: waiting(copied.own) == 0, seconds=LAST_MAIL_SECONDS, what="mails that are due")
        assert [child.pid for child in (web.child, worker, beat) if child.is_running()] == pids
    check_reads_since(copied, lost_at)
    check_answers(copied.own)
    check_rows(copied.own)
    told = {str(mail["Message-ID"]) for mail in smtp_server.messages}
    assert len(told) == len(copied.own.acknowledged)


def check_reads_since(copied: Copied, lost_at: float) -> None:
    """Nothing but answers and 503s, and these only for a while; nothing that was acknowledged is missed."""
    after = [one for one in copied.reads if one.at >= lost_at]
    said = Counter(one.status for one in after)
    refused = max((one.at - lost_at for one in after if one.status == 503), default=0.0)
    print(
        f"R30 primary lost: {len(copied.own.acknowledged)} bookings; afterwards {dict(said)} reads, 503 for"
        f" {refused:.1f} s, slowest {max(one.seconds for one in after):.1f} s, misses {dict(copied.misses())}"
    )
    assert set(said) <= {200, 503}
    assert said[200] > 0
    assert refused <= LONGEST_SECONDS
    assert copied.misses() == {"own": 0, "all": 0}


def test_r30_control_without_waiting_for_the_replica_the_last_bookings_may_be_lost(
    copied: Copied, tmp_path: Path
) -> None:
    """What the page says of a replica that nobody waits for. It is away for a moment, as behind a broken line."""
    with web_server(tmp_path, environment=copied.own.environment) as web:
        with busy_clients(copied, web):
            time.sleep(2)
            copied.standby.stop()
            time.sleep(2)
            copied.own.server.child.kill()
            copied.standby.start()
            copied.standby.tell("SELECT pg_promote()")
            copied.own.server = copied.standby
            time.sleep(1)
    lost = copied.own.acknowledged - copied.own.visits()
    print(f"R30 control: {len(lost)} of {len(copied.own.acknowledged)} acknowledged bookings lost")
    assert lost


def test_r30_a_new_replica_of_the_promoted_one_is_read(copied: Copied, tmp_path: Path) -> None:
    """The last of the steps. The promoted one and its copy are of a timeline of their own."""
    lose_the_primary(copied)
    with standby_of(copied.standby, slot="second") as second:
        assert_as_far(second)
        environment = {**copied.own.environment, "REPLICA_DATABASE_URL": second.url(APPLICATION)}
        with web_server(tmp_path, environment=environment) as web:
            for number in range(5):
                told = answer_to(web, _asked(copied.own, number), copied.own.token, key=f"booking-{number}")
                assert told.status == 201
                copied.own.acknowledged.add((told.body["id"], slot(number)))
                found = read(copied.own, web, number + 1)
                assert (found.status, found.counted) == (200, number + 1)
            assert outcomes(web)["replica"] >= 3, outcomes(web)
