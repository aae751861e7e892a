"""R30: the clinic behind PgBouncer in transaction mode, with fewer connections than it has threads.

On a PostgreSQL of its own, by the documented file. One slot is given once, a round of webhooks is one worker's alone,
nothing is prepared, and a pooler that is restarted or killed is what a database is that is away: 503s, for at most
10 s, and nothing lost. The controls show what a pooler does to a clinic that does not know of it. In `make trials`
only.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import APPLICATION, OWNER, PostgresServer
from tests.clinic import local
from tests.smtp import SmtpServer
from tests.trials.patients import days_on
from tests.trials.pooled import CONNECTIONS, Pooler, check, limit_the_roles, needs_pgbouncer, pooler_of
from tests.trials.staging import Answer, Workers, wait_until, web_server
from tests.trials.test_r14_lost_database import (
    LAST_MAIL_SECONDS,
    PATIENTS,
    Own,
    busy_clients,
    check_answers,
    check_mails,
    check_rows,
    restart,
    waiting,
)

pytestmark = [pytest.mark.full_trial, needs_pgbouncer]

ROUNDS, BETWEEN_SECONDS, SLOTS = 3, 4, 5
FREE_AT = local("2026-09-01", "09:00")
"""Far from what the other trial of this file books."""


@dataclass
class Behind:
    """A clinic with a database of its own, and the pooler in front of it."""

    own: Own
    pooler: Pooler


class Stage:
    """One database for all of this file: making the clinic takes longer than most trials of it."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._made: tuple[PostgresServer, Pooler, dict[str, Any]] | None = None

    def behind(self) -> Behind:
        """As it is by now, made when first asked for, with the clock where the tests' clinic has it."""
        server, pooler, made = self._made = self._made or self._make()
        environment = {**pooler.environment(), "DATABASE_OWNER_URL": server.url(OWNER)}
        return Behind(Own(server, environment, **made), pooler)

    def _make(self) -> tuple[PostgresServer, Pooler, dict[str, Any]]:
        folder = self._stack.enter_context(short_folder("own"))
        server = PostgresServer(state=folder, sockets=folder, durable=True)
        self._stack.callback(server.stop)
        server.start()
        direct = {"DATABASE_URL": server.url(APPLICATION), "DATABASE_OWNER_URL": server.url(OWNER)}
        command = [sys.executable, "-m", "tests.trials.own_clinic", str(PATIENTS)]
        made = subprocess.run(command, env={**os.environ, **direct}, stdout=subprocess.PIPE, check=True)
        pooler = self._stack.enter_context(pooler_of(server, folder / "pooler", size=CONNECTIONS))
        limit_the_roles(server)
        return server, pooler, json.loads(made.stdout)


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with ExitStack() as stack:
        yield Stage(stack)


@pytest.fixture
def behind(now: datetime, stage: Stage) -> Behind:
    return stage.behind()


# -- What is done to the pooler --------------------------------------------------------------------------------------


def test_r30_a_pooler_that_is_restarted_or_killed_loses_nothing(
    behind: Behind, workers: Workers, smtp_server: SmtpServer, tmp_path: Path
) -> None:
    own, pooler = behind.own, behind.pooler
    deeds = {
        "pooler restarted": lambda _: pooler.restart(),
        "pooler killed": lambda _: pooler.kill(),
        "database restarted behind it": restart,
    }
    workers.environment = own.environment
    with web_server(tmp_path, environment=own.environment) as web:
        worker, beat = workers.ready(workers.worker()), workers.beat()
        pids = [web.child.pid, worker.pid, beat.pid]
        with busy_clients(own, web):
            time.sleep(2)
            for what, deed in list(deeds.items()) * ROUNDS:
                own.suffer(what, deed)
                time.sleep(BETWEEN_SECONDS)
        wait_until(lambda: waiting(own) == 0, seconds=LAST_MAIL_SECONDS, what="mails that are due")
        assert [child.pid for child in (web.child, worker, beat) if child.is_running()] == pids
    print(f"R30: {len(own.acknowledged)} bookings")
    check_answers(own)
    check_rows(own)
    check_mails(own, smtp_server)


# -- What the clinic keeps to ----------------------------------------------------------------------------------------


def test_r30_one_slot_is_given_once(behind: Behind, tmp_path: Path) -> None:
    """All ask at the same instant: the locks and their limits are a transaction's own."""
    own = behind.own
    with web_server(tmp_path, environment=own.environment) as web:
        for number in range(SLOTS):
            ask = {"kind": "follow-up", "practitioner": own.practitioner, "start": days_on(FREE_AT, number).isoformat()}
            asks = [_booking(web.post, {**ask, "patient": patient}, own.token) for patient in own.patients]
            assert Counter(answer.status for answer in web.all_at_once(asks)) == {201: 1, 409: PATIENTS - 1}
    used = own.rows(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{APPLICATION}'")  # noqa: S608 - ours
    print(f"R30: {PATIENTS} clients at once over {used[0][0]} connections")
    assert used[0][0] <= CONNECTIONS


def _booking(post: Callable[..., Answer], ask: dict[str, object], token: str) -> Callable[[], Answer]:
    return lambda: post("appointments/", ask, token=token)


def test_r30_a_round_of_webhooks_is_one_workers_alone(behind: Behind) -> None:
    """Three enter, each from a connection of its own: the first has it until it ends, however often it commits."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.trials.three_rounds"],
        env=behind.own.environment,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert json.loads(done.stdout) == {"first": True, "meanwhile": False, "afterwards": True}


def test_r30_a_start_without_the_limits_is_refused(behind: Behind) -> None:
    """With the statements that mend it."""
    assert check(behind.own.environment).returncode == 0
    with psycopg.connect(behind.own.server.url("postgres"), autocommit=True) as superuser:
        superuser.execute(f"ALTER ROLE {APPLICATION} RESET lock_timeout")
    behind.pooler.restart()
    refused = check(behind.own.environment)
    assert refused.returncode != 0
    assert "clinic.E022" in refused.stderr
    assert f"ALTER ROLE \"{APPLICATION}\" SET lock_timeout = '3s'" in refused.stderr
    limit_the_roles(behind.own.server)
    behind.pooler.restart()
    assert check(behind.own.environment).returncode == 0


# -- Controls ----------------------------------------------------------------------------------------------------------


def test_r30_control_a_clinic_that_does_not_know_of_the_pooler_is_turned_away(behind: Behind) -> None:
    """Its limits go with the start of a connection, and the documented pooler refuses what it cannot hand on."""
    unaware = {**behind.own.environment, "DATABASE_BEHIND_POOLER": "false"}
    refused = check(unaware)
    assert refused.returncode != 0
    assert "unsupported startup parameter: options" in refused.stderr


def test_r30_control_what_is_prepared_is_another_clients(behind: Behind) -> None:
    """Two clients in turn over the same connections: each prepares under the same name, and one is answered what the
    other asked, or told that there is no such statement or that there is one already.
    """
    url = behind.pooler.url(APPLICATION)
    with (
        psycopg.connect(url, autocommit=True, prepare_threshold=0) as one,
        psycopg.connect(url, autocommit=True, prepare_threshold=0) as other,
    ):
        assert is_confused({1: one, 2: other})


def test_r30_control_what_is_not_prepared_is_ones_own(behind: Behind) -> None:
    """The same clients as the clinic's own are."""
    url = behind.pooler.url(APPLICATION)
    with (
        psycopg.connect(url, autocommit=True, prepare_threshold=None) as one,
        psycopg.connect(url, autocommit=True, prepare_threshold=None) as other,
    ):
        assert not is_confused({1: one, 2: other})


def is_confused(clients: dict[int, psycopg.Connection]) -> bool:
    """Whether somebody is not answered their own number. One has a transaction, the other one inside it, and so on
    another connection; then the other way round.
    """
    for outer, inner in ((1, 2), (2, 1), (1, 2), (2, 1)):
        try:
            with clients[outer].transaction():
                first = clients[outer].execute(f"SELECT {outer}, %s", [""]).fetchone()
                with clients[inner].transaction():
                    second = clients[inner].execute(f"SELECT {inner}, %s", [""]).fetchone()
        except (psycopg.errors.InvalidSqlStatementName, psycopg.errors.DuplicatePreparedStatement):
            return True
        if (first, second) != ((outer, ""), (inner, "")):
            return True
    return False


def test_r30_control_a_lock_of_a_session_outlives_who_took_it(behind: Behind) -> None:
    """Which is why no lock of the clinic's is a session's: the pooler keeps the connection, and the lock on it."""
    with psycopg.connect(behind.pooler.url(APPLICATION), autocommit=True) as gone:
        gone.execute("SELECT pg_advisory_lock(30)")
    held = behind.own.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 30")
    assert held == [(1,)]
