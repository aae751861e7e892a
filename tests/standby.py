"""A streaming replica of a PostgreSQL of ours, made by `pg_basebackup` as docs/running/replica.md says."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

from pht_clinic.demo import binaries
from pht_clinic.demo.folders import own_folder, server_uid, short_folder
from pht_clinic.demo.postgresql import PORT, PostgresServer, clean_environment
from pht_clinic.demo.processes import launched
from tests.trials.staging import wait_until

_PAGE = (Path(__file__).parents[1] / "docs" / "running" / "replica.md").read_text(encoding="utf-8")


def _documented(here: dict[str, object]) -> list[str]:
    """The page's words for `pg_basebackup`, with these places in place of its own."""
    [line] = re.findall(r"^pg_basebackup (--.+)$", _PAGE, re.MULTILINE)
    words = [word.partition("=") for word in line.split()]
    assert set(here) <= {name.removeprefix("--") for name, _, _ in words}
    return [f"{name}{equals}{here.get(name.removeprefix('--'), value)}" for name, equals, value in words]


class Standby(PostgresServer):
    """Its data are a copy of the primary's, and it replays what the primary writes, until it is promoted."""

    def __init__(self, primary: PostgresServer, folder: Path, *, slot: str) -> None:
        super().__init__(state=folder, sockets=folder, durable=primary.durable)
        self.primary, self.slot = primary, slot

    def _make_cluster(self, programs: binaries.PostgresPrograms) -> None:
        own_folder(self.data)
        here = {"host": self.primary.socket_folder, "username": "postgres", "slot": self.slot, "pgdata": self.data}
        command = [programs.path("pg_basebackup"), f"--port={PORT}", *_documented(here)]
        subprocess.run(
            launched(command, signal.SIGTERM, server_uid()),
            env=clean_environment(),
            cwd=self.state,
            check=True,
            timeout=120,
        )

    def start(self) -> None:
        """And tell it what the page says."""
        super().start()
        if self.tell("SELECT pg_is_in_recovery()"):
            for statement in re.findall(r'--command "(ALTER SYSTEM SET \w*standby\w* = [^"]+)"', _PAGE):
                self.tell(statement)
            self.tell("SELECT pg_reload_conf()")

    def _make_roles_and_database(self) -> None:
        """They come from the primary."""

    def tell(self, statement: str) -> Any:
        """What a superuser's statement answers first, None for nothing."""
        with psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=5) as superuser:
            found = superuser.execute(statement)  # type: ignore[call-overload]  # of tests' own
            row = found.fetchone() if found.description else None
            return row[0] if row else None

    def is_as_far(self) -> bool:
        """Whether it shows all that the primary holds."""
        with psycopg.connect(self.primary.url("postgres"), autocommit=True) as primary:
            (position,) = primary.execute("SELECT pg_current_wal_flush_lsn()").fetchone() or ("",)
        return bool(self.tell(f"SELECT pg_last_wal_replay_lsn() >= '{position}'"))

    def pause(self) -> None:
        """It goes on receiving, and shows nothing new."""
        self.tell("SELECT pg_wal_replay_pause()")
        state = "SELECT pg_get_wal_replay_pause_state()"
        wait_until(lambda: self.tell(state) == "paused", seconds=10, what="it replays no more")

    def resume(self) -> None:
        self.tell("SELECT pg_wal_replay_resume()")

    def all_pids(self) -> list[int]:
        """The server and whatever it started."""
        pid = self.child.pid
        found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return [pid, *map(int, found)]

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """No process of it does anything, and none of its lines is closed."""
        pids = self.all_pids()
        _signal(pids, signal.SIGSTOP)
        try:
            yield
        finally:
            _signal(pids, signal.SIGCONT)

    def drop_slot(self) -> None:
        """Else the primary keeps its log for one who never comes back."""
        with psycopg.connect(self.primary.url("postgres"), autocommit=True) as primary:
            found = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = %s"
            primary.execute(found, [self.slot])


def _signal(pids: list[int], what: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)


@contextmanager
def standby_of(primary: PostgresServer, *, slot: str = "replica") -> Iterator[Standby]:
    """One that streams, for as long as the block lasts."""
    with short_folder("copy") as folder:
        standby = Standby(primary, folder, slot=slot)
        try:
            standby.start()
            yield standby
        finally:
            standby.stop()
            with suppress(psycopg.Error):  # the primary may be gone too
                standby.drop_slot()
            shutil.rmtree(standby.data, ignore_errors=True)


def assert_as_far(standby: Standby) -> None:
    """Whatever the primary has written by now is shown within seconds."""

    def is_as_far() -> bool:
        try:
            return standby.is_as_far()
        except psycopg.OperationalError:
            return False

    wait_until(is_as_far, seconds=20, what="the replica is as far as the primary")
