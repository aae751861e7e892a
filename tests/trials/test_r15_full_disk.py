"""R15 with a disk that is really full: PostgreSQL's own, a small one that this trial mounts and fills to the last byte.

What cannot be stored is a 503 with a sentence, nothing of it is half stored, `/readyz` says so; once there is room the
same request is booked, by the same processes. In `make trials` only, where root may mount.
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
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.postgresql import APPLICATION, OWNER, PostgresServer
from tests.clinic import local
from tests.trials.patients import days_on
from tests.trials.staging import Web, wait_until, web_server
from tests.trials.test_r15_read_only import SAYS

pytestmark = pytest.mark.full_trial

DISK, PATIENTS, SLOTS_A_DAY = "600m", 20, 28
ENOUGH_503, MOST_ASKS = 10, 400
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


def rows(server: PostgresServer) -> dict[str, int]:
    """How many rows each table of a booking holds."""
    counting = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in STORED)  # noqa: S608 - as above
    with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
        return dict(owner.execute(counting).fetchall())  # type: ignore[arg-type]


def ask(made: dict[str, Any], number: int) -> dict[str, Any]:
    day, of_day = divmod(number, SLOTS_A_DAY)
    start: datetime = days_on(local("2026-03-10", "08:00"), day) + timedelta(minutes=20 * of_day)
    patient = made["patients"][number % PATIENTS]
    wanted = {"patient": patient, "kind": "follow-up", "practitioner": made["practitioner"]}
    return {**wanted, "start": start.isoformat(), "note": f"{number} " + "x" * 900}


def book_until_nothing_fits(web: Web, server: PostgresServer, made: dict[str, Any]) -> tuple[int, Counter[int]]:
    """One after the other; what still fits into the pages that are there is booked.

    The number of the last that was not, and what was said.
    """
    said: Counter[int] = Counter()
    for number in range(MOST_ASKS):
        before = rows(server)
        answer = web.post("appointments/", ask(made, number), token=made["token"], key=f"full-{number}")
        said[answer.status] += 1
        assert answer.status in (201, 503), (answer.status, answer.body)
        if answer.status == 503:
            assert answer.body["detail"].startswith(SAYS), answer.body
            assert answer.headers["Retry-After"] == "60"
            assert rows(server) == before, "half of it is stored"
        if said[503] == ENOUGH_503:
            return number, said
    raise AssertionError(f"everything fitted: {said}")


@pytest.fixture
def disk() -> Iterator[Path]:
    with short_folder("disk") as folder, small_disk(folder):
        yield folder


def test_r15_a_disk_that_is_full_is_a_503_and_half_of_nothing(disk: Path, now: datetime, tmp_path: Path) -> None:
    server = PostgresServer(state=disk, sockets=disk, durable=True)
    try:
        server.start()
        urls = {"DATABASE_URL": server.url(APPLICATION), "DATABASE_OWNER_URL": server.url(OWNER)}
        environment = {**os.environ, **urls}
        command = [sys.executable, "-m", "tests.trials.own_clinic", str(PATIENTS)]
        made = json.loads(subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True).stdout)
        with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
            superuser.execute("CHECKPOINT")
            superuser.execute("SELECT pg_switch_wal()")  # a fresh file of its log, which is made whole
        with web_server(tmp_path, environment=environment) as web:
            assert web.send("GET", "/readyz").status == 200
            process = web.child.pid, server.child.pid
            with full(disk):
                last, said = book_until_nothing_fits(web, server, made)
                ready = web.send("GET", "/readyz")
                assert (ready.status, ready.headers["Content-Type"]) == (503, "application/problem+json")
                assert ready.body["detail"].startswith(SAYS)
                assert web.send("GET", "/healthz").status == 200
            print(f"R15 full disk: {dict(said)}, the last asked for was number {last}")
            wait_until(lambda: web.send("GET", "/readyz").status == 200, seconds=10, what="room to be noticed")
            booked = web.post("appointments/", ask(made, last), token=made["token"], key=f"full-{last}")
            assert booked.status == 201, booked.body
            assert (web.child.pid, server.child.pid) == process
            assert web.child.is_running()
            assert server.child.is_running()
    finally:
        server.stop()
