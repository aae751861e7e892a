"""R15 with a disk that is really full: PostgreSQL's own, a small one that this trial mounts and fills to the last byte.

What cannot be stored is a 503 with a sentence, nothing of it is half stored, `/readyz` says so; once there is room the
same request is booked, by the same processes. The controls take away the words for it, and the one transaction. In
`make trials` only, where root may mount.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import APPLICATION, OWNER, PostgresServer
from tests.clinic import local
from tests.trials.patients import days_on
from tests.trials.staging import Answer, Web, wait_until, web_server
from tests.trials.test_r15_read_only import SAYS

pytestmark = pytest.mark.full_trial

DISK, PATIENTS, SLOTS_A_DAY = "600m", 20, 28
ENOUGH_503, MOST_ASKS, BEFORE = 10, 400, 3
STORED = "scheduling_appointment", "scheduling_message", "injections_assessment", "audit_entry", "web_idempotencykey"


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A file system of its own on this folder."""
    mounting = ["mount", "-t", "tmpfs", "-o", f"size={DISK},mode=0711", "tmpfs", str(folder)]
    refused = subprocess.run(mounting, capture_output=True, text=True, check=False)
    if refused.returncode:
        pytest.skip(f"nobody may mount here: {refused.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Not a byte is left on this disk for as long as the block lasts."""
    filler = folder / "filler"
    with filler.open("wb", buffering=0) as out:
        for size in (1 << 20, 4096, 1):
            with contextlib.suppress(OSError):
                while out.write(b"\0" * size):
                    pass
    assert os.statvfs(folder).f_bavail == 0
    try:
        yield
    finally:
        filler.unlink()


def rows(server: PostgresServer) -> Counter[str]:
    """How many rows each table of a booking holds."""
    counting = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in STORED)  # noqa: S608 - as above
    with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
        return Counter(dict(owner.execute(counting).fetchall()))  # type: ignore[arg-type]


def ask(made: dict[str, Any], number: int) -> dict[str, Any]:
    day, of_day = divmod(number, SLOTS_A_DAY)
    start: datetime = days_on(local("2026-03-10", "08:00"), day) + timedelta(minutes=20 * of_day)
    patient = made["patients"][number % PATIENTS]
    wanted = {"patient": patient, "kind": "follow-up", "practitioner": made["practitioner"]}
    return {**wanted, "start": start.isoformat(), "note": f"{number} " + "x" * 900}


@dataclass(frozen=True)
class Asked:
    """A booking that was asked for: by which number, what was answered, and how many rows more there are, by table."""

    number: int
    answer: Answer
    more: Counter[str]


def until_refused(stage: Stage, web: Web, *, keyed: bool) -> Iterator[Asked]:
    """One booking after the other until so many were refused; what fits into the pages that are there is booked."""
    refused = 0
    for number in range(BEFORE, MOST_ASKS):
        before = rows(stage.server)
        key = f"full-{number}" if keyed else ""
        answer = web.post("appointments/", ask(stage.made, number), token=stage.made["token"], key=key)
        yield Asked(number, answer, rows(stage.server) - before)
        refused += answer.status != 201
        if refused == ENOUGH_503:
            return
    raise AssertionError("everything fitted")


@dataclass(frozen=True)
class Stage:
    """A database on a small disk of its own, with a clinic in it, and the environment of those who use it."""

    disk: Path
    server: PostgresServer
    made: dict[str, Any]
    environment: dict[str, str]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with short_folder("disk") as folder, small_disk(folder):
        server = PostgresServer(state=folder, sockets=folder, durable=True)
        try:
            server.start()
            urls = {"DATABASE_URL": server.url(APPLICATION), "DATABASE_OWNER_URL": server.url(OWNER)}
            environment = {**os.environ, **urls}
            command = [sys.executable, "-m", "tests.trials.own_clinic", str(PATIENTS)]
            made = json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)
            with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
                superuser.execute("CHECKPOINT")
                superuser.execute("SELECT pg_switch_wal()")  # a fresh file of its log, which is made whole
            yield Stage(folder, server, made, environment)
        finally:
            server.stop()


def book_some(stage: Stage, web: Web) -> None:
    """While there is room: of what is stored first there is a page with room in it then, of what comes last there is
    none for long.
    """
    for number in range(BEFORE):
        answer = web.post("appointments/", ask(stage.made, number), token=stage.made["token"], key=f"full-{number}")
        assert answer.status == 201, answer.body


def test_r15_a_disk_that_is_full_is_a_503_and_half_of_nothing(stage: Stage, now: datetime, tmp_path: Path) -> None:
    server = stage.server
    with web_server(tmp_path, environment=stage.environment) as web:
        assert web.send("GET", "/readyz").status == 200
        book_some(stage, web)
        process = web.child.pid, server.child.pid
        with full(stage.disk):
            asked = list(until_refused(stage, web, keyed=True))
            for one in asked:
                assert one.answer.status in (201, 503), (one.answer.status, one.answer.body)
                if one.answer.status == 503:
                    assert one.answer.body["detail"].startswith(SAYS), one.answer.body
                    assert one.answer.headers["Retry-After"] == "60"
                    assert not one.more, "half of it is stored"
            ready = web.send("GET", "/readyz")
            assert (ready.status, ready.headers["Content-Type"]) == (503, "application/problem+json")
            assert ready.body["detail"].startswith(SAYS)
            assert web.send("GET", "/healthz").status == 200
        last = asked[-1].number
        print(f"R15 full disk: {dict(Counter(one.answer.status for one in asked))}, the last was number {last}")
        wait_until(lambda: web.send("GET", "/readyz").status == 200, seconds=10, what="room to be noticed")
        booked = web.post("appointments/", ask(stage.made, last), token=stage.made["token"], key=f"full-{last}")
        assert booked.status == 201, booked.body
        assert (web.child.pid, server.child.pid) == process
        assert web.child.is_running()
        assert server.child.is_running()


def test_r15_control_without_words_for_a_full_disk_nobody_is_told(stage: Stage, now: datetime, tmp_path: Path) -> None:
    with web_server(tmp_path, environment=stage.environment, guard="disk-words") as web:
        book_some(stage, web)
        with full(stage.disk):
            refused = [one.answer for one in until_refused(stage, web, keyed=True) if one.answer.status != 201]
            assert not [one for one in refused if str((one.body or {}).get("detail")).startswith(SAYS)]
            assert web.send("GET", "/readyz").status == 200


def test_r15_control_without_one_transaction_half_of_it_is_stored(stage: Stage, now: datetime, tmp_path: Path) -> None:
    """Without a key, whose own transaction would take all of it back."""
    with web_server(tmp_path, environment=stage.environment, guard="one-transaction") as web:
        book_some(stage, web)
        with full(stage.disk):
            asked = list(until_refused(stage, web, keyed=False))
    assert [one for one in asked if one.answer.status != 201 and one.more], "whatever was refused left nothing"
