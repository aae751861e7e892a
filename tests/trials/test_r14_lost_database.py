"""R14: PostgreSQL is restarted, killed, and loses a backend, while clients book and mails go out.

On a database of its own. No acknowledged booking is lost; while it is away there is nothing but 503s, for at most 10 s;
web, worker and beat are the processes they were before, and every mail goes out. The control takes the database's
promise to have written away (`synchronous_commit`), and acknowledged bookings are gone. Once more with PgBouncer
between, as documented: the connections lost are then its own. In `make trials` only.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import APPLICATION, OWNER, PostgresServer
from tests.clinic import local
from tests.smtp import SmtpServer
from tests.trials.patients import days_on
from tests.trials.pooled import CONNECTIONS, limit_the_roles, needs_pgbouncer, pooler_of
from tests.trials.post import children_of
from tests.trials.staging import Answer, Web, Workers, wait_until, web_server

pytestmark = pytest.mark.full_trial

CLIENTS, PATIENTS = 4, 20
SLOTS_A_DAY = 28
ROUNDS = 3
BETWEEN_SECONDS, LONGEST_SECONDS = 6, 10
MAIL_SECONDS, LAST_MAIL_SECONDS = 60, 300
CUT = (ConnectionError, http.client.HTTPException, TimeoutError)


@dataclass
class Told:
    """One answer: when it came, what it said."""

    at: float
    status: int | str
    body: Any = None


@dataclass
class Outage:
    """One thing that is done to the database: when it began, when the database answered again, and how long after that
    the first mail came.
    """

    what: str
    began: float
    over: float = 0.0
    until_mail: float = 0.0


@dataclass
class Own:
    """A clinic with a database of its own."""

    server: PostgresServer
    environment: dict[str, str]
    token: str
    manager: str
    practitioner: str
    patients: list[str]
    told: list[Told] = field(default_factory=list)
    acknowledged: set[tuple[str, datetime]] = field(default_factory=set)
    outages: list[Outage] = field(default_factory=list)

    def rows(self, statement: str) -> list[Any]:
        with psycopg.connect(self.server.url(OWNER), autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def visits(self) -> set[tuple[str, datetime]]:
        """What is booked: ids may come again after a crash, times may not."""
        return {(str(pk), start) for pk, start in self.rows("SELECT id, start_at FROM scheduling_appointment")}

    def answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError):
            return self.rows("SELECT 1") == [(1,)]
        return False

    def suffer(self, what: str, deed: Callable[[PostgresServer], None]) -> None:
        """Do it, and wait until the database answers again."""
        outage = Outage(what, time.monotonic())
        deed(self.server)
        wait_until(self.answers, seconds=60, what="an answer of the database")
        outage.over = time.monotonic()
        self.outages.append(outage)


@pytest.fixture
def own(now: datetime, tmp_path: Path) -> Iterator[Own]:
    with short_folder("own") as folder:
        server = PostgresServer(state=folder, sockets=folder, durable=True)
        try:
            server.start()
            urls = {"DATABASE_URL": server.url(APPLICATION), "DATABASE_OWNER_URL": server.url(OWNER)}
            environment = {**os.environ, **urls}
            command = [sys.executable, "-m", "tests.trials.own_clinic", str(PATIENTS)]
            made = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
            yield Own(server, environment, **json.loads(made.stdout))
        finally:
            server.stop()


# -- Load --------------------------------------------------------------------------------------------------------------


def slot(number: int) -> datetime:
    """A time that nobody else asks for."""
    day, of_day = divmod(number, SLOTS_A_DAY)
    return days_on(local("2026-03-10", "08:00"), day) + timedelta(minutes=20 * of_day)


def book_on_and_on(own: Own, web: Web, client: int, over: threading.Event) -> None:
    """One booking after the other, each asked for with its key until it is acknowledged."""
    number = client
    while not over.is_set():
        ask = {
            "patient": own.patients[number % PATIENTS],
            "kind": "follow-up",
            "practitioner": own.practitioner,
            "start": slot(number).isoformat(),
        }
        told = Told(0.0, "")
        while told.status != 201:
            told = answer_to(web, ask, own.token, key=f"booking-{number}")
            own.told.append(told)
            if told.status not in (201, 503):
                return  # whatever that was, the trial has failed
            if told.status == 503:
                time.sleep(0.1)
        own.acknowledged.add((told.body["id"], slot(number)))
        number += CLIENTS
        time.sleep(0.1)  # the database is to be missed, not worn out


def answer_to(web: Web, ask: dict[str, Any], token: str, *, key: str) -> Told:
    try:
        answer: Answer = web.post("appointments/", ask, token=token, key=key)
    except CUT as error:
        return Told(time.monotonic(), repr(error))
    return Told(time.monotonic(), answer.status, answer.body)


@contextmanager
def busy_clients(own: Own, web: Web) -> Iterator[None]:
    """Clients who book for as long as the block lasts; each finishes what it is at."""
    over = threading.Event()
    threads = [
        threading.Thread(target=book_on_and_on, args=(own, web, client, over), daemon=True) for client in range(CLIENTS)
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


# -- What is done to the database ----------------------------------------------------------------------------------


def restart(server: PostgresServer) -> None:
    """As for an update: everybody is disconnected."""
    server.stop()
    server.start()


def kill(server: PostgresServer) -> None:
    """The server and all its backends at once, as in a crash of the machine; then it is started again."""
    backends = children_of(server.child.pid)
    server.child.kill()
    for pid in backends:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    server.start()


def kill_a_backend(server: PostgresServer) -> None:
    """One backend that serves the application: the server itself then disconnects everybody and recovers."""
    with psycopg.connect(server.url(OWNER), autocommit=True) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE usename = %s LIMIT 1", [APPLICATION]
        ).fetchone()
    assert found is not None
    os.kill(found[0], signal.SIGKILL)
    time.sleep(0.2)  # the server notices, and does not answer


DEEDS = {"restarted": restart, "killed": kill, "a backend killed": kill_a_backend}


# -- The trial ---------------------------------------------------------------------------------------------------------


def test_r14_a_lost_database_loses_nothing_that_was_acknowledged(
    own: Own, workers: Workers, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    lose_it_again_and_again(own, workers, smtp_server, tmp_path)


@needs_pgbouncer
def test_r14_a_database_lost_behind_a_pooler_loses_nothing_either(
    own: Own, workers: Workers, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    with short_folder("pooler") as folder, pooler_of(own.server, folder / "pooler", size=CONNECTIONS) as pooler:
        limit_the_roles(own.server)
        own.environment = {**pooler.environment(), "DATABASE_OWNER_URL": own.server.url(OWNER)}
        lose_it_again_and_again(own, workers, smtp_server, tmp_path)
        [(used,)] = own.rows(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{APPLICATION}'")  # noqa: S608 - ours
        assert 0 < used <= CONNECTIONS, "the clinic went past the pooler"
        assert pooler.child.is_running()


def lose_it_again_and_again(own: Own, workers: Workers, smtp_server: SmtpServer, tmp_path: Path) -> None:
    """Each deed so many times while clients book and mails go out, and what must be true afterwards."""
    workers.environment = own.environment
    with web_server(tmp_path, environment=own.environment) as web:
        worker, beat = workers.ready(workers.worker()), workers.beat()
        pids = [web.child.pid, worker.pid, beat.pid]
        with busy_clients(own, web):
            time.sleep(2)
            for what, deed in list(DEEDS.items()) * ROUNDS:
                own.suffer(what, deed)
                before = len(smtp_server.received)
                own.outages[-1].until_mail = wait_until(
                    lambda before=before: len(smtp_server.received) > before, seconds=MAIL_SECONDS, what="a mail"
                )
                time.sleep(BETWEEN_SECONDS)
        done = time.monotonic()
        wait_until(lambda: waiting(own) == 0, seconds=LAST_MAIL_SECONDS, what="mails that are due")
        print(f"R14: {len(own.acknowledged)} bookings, the last mail {time.monotonic() - done:.1f} s after them")
        assert [child.pid for child in (web.child, worker, beat) if child.is_running()] == pids
    check_answers(own)
    check_rows(own)
    check_mails(own, smtp_server)


def waiting(own: Own) -> int:
    """How many confirmations, all of them due at once, are still to go out."""
    [(count,)] = own.rows(
        "SELECT count(*) FROM scheduling_message WHERE kind = 'confirmed' AND status IN ('queued', 'sending')"
    )
    return int(count)


def check_answers(own: Own) -> None:
    """Nothing but 503s, and those only for a while."""
    said = Counter(one.status for one in own.told)
    assert set(said) <= {201, 503}, (said, [one for one in own.told if one.status not in (201, 503)][:3])
    for number, outage in enumerate(own.outages):
        later = own.outages[number + 1].began if number + 1 < len(own.outages) else float("inf")
        busy = [one.at for one in own.told if one.status == 503 and outage.began <= one.at < later]
        booked = [one.at for one in own.told if one.status == 201 and outage.over < one.at < later]
        seconds = max(busy, default=outage.began) - outage.began
        print(
            f"R14 {outage.what}: away {outage.over - outage.began:.1f} s, {len(busy)} times 503 for {seconds:.1f} s,"
            f" then {len(booked)} bookings, a mail after {outage.until_mail:.1f} s"
        )
        assert seconds <= LONGEST_SECONDS
        assert booked, "nobody could book any more"
    assert said[503] > 0, "nobody noticed"


def check_rows(own: Own) -> None:
    """Every acknowledged booking is there, once, with its message."""
    there = own.visits()
    assert own.acknowledged == there
    told = own.rows("SELECT appointment_id FROM scheduling_message WHERE kind = 'confirmed'")
    assert sorted(str(pk) for (pk,) in told) == sorted(pk for pk, _ in there)


def check_mails(own: Own, server: SmtpServer) -> None:
    """Every confirmation is sent; what was handed over when the database went away may have a second copy."""
    rows = own.rows("SELECT uid, status, reason FROM scheduling_message WHERE kind = 'confirmed'")
    assert {status for _, status, _ in rows} == {"sent"}, Counter((status, reason) for _, status, reason in rows)
    copies = Counter(str(mail["Message-ID"]) for mail in server.messages)
    wanted = {f"<{uid}@clinic.example>" for uid, _, _ in rows}
    print(f"R14: {len(wanted)} mails, {sum(copies.values()) - len(copies)} second copies")
    assert wanted <= set(copies)
    assert max(copies.values()) <= 2


def forget_the_disk(server: PostgresServer) -> None:
    """Commits are answered before they are written, and written when somebody comes round to it."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(f"ALTER ROLE {APPLICATION} SET synchronous_commit = off")
        connection.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        connection.execute("ALTER SYSTEM SET wal_writer_flush_after = '1GB'")
        connection.execute("SELECT pg_reload_conf()")


def test_r14_control_without_waiting_for_the_disk_acknowledged_bookings_are_lost(own: Own, tmp_path: Path) -> None:
    forget_the_disk(own.server)
    with web_server(tmp_path, environment=own.environment) as web:
        with busy_clients(own, web):
            time.sleep(4)
            own.suffer("killed", kill)
            time.sleep(1)
    lost = own.acknowledged - own.visits()
    print(f"R14 control: {len(lost)} of {len(own.acknowledged)} acknowledged bookings lost")
    assert lost
