"""R20: the day is not lost with the disk. A base backup and the write-ahead log bring every row back up to a minute.

As `docs/running/backup.md` tells it, on a PostgreSQL of its own. The control leaves the log away, and the day is gone.
In `make trials` only.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
import pytest

from pht_clinic.demo import binaries
from pht_clinic.demo.folders import own_folder, server_uid, short_folder
from pht_clinic.demo.postgresql import OWNER, PORT, PostgresServer, clean_environment
from pht_clinic.demo.processes import launched

pytestmark = pytest.mark.full_trial

ROWS = "SELECT count(*) FROM kept"


def superuser(server: PostgresServer, statement: str) -> None:
    address = {"host": str(server.socket_folder), "port": PORT, "user": "postgres", "dbname": "postgres"}
    with psycopg.connect(**address, autocommit=True) as connection:
        connection.execute(statement)  # type: ignore[arg-type]


def tell(server: PostgresServer, *statements: str) -> None:
    with psycopg.connect(server.url(OWNER), autocommit=True) as owner:
        for statement in statements:
            owner.execute(statement)  # type: ignore[arg-type]


def count(server: PostgresServer) -> int:
    with psycopg.connect(server.url(OWNER)) as owner:
        (found,) = owner.execute(ROWS).fetchone() or (0,)
        return int(found)


def restart(server: PostgresServer) -> None:
    server.stop()
    server.start()


def base_backup(server: PostgresServer, folder: Path) -> Path:
    """As `pg_basebackup` makes one, by the servers' user."""
    programs, base = binaries.postgresql(server.state), folder / "base"
    own_folder(base)
    address = ["-h", str(server.socket_folder), "-p", str(PORT), "-U", "postgres"]
    command = [programs.path("pg_basebackup"), *address, "--checkpoint=fast", "-D", str(base)]
    subprocess.run(launched(command, 15, server_uid()), env=clean_environment(), cwd=folder, check=True)
    return base


@contextmanager
def clinic_with_a_log(folder: Path) -> Iterator[tuple[PostgresServer, Path]]:
    server = PostgresServer(state=folder, sockets=folder, durable=True)
    log = folder / "wal"
    own_folder(log)
    try:
        server.start()
        superuser(server, "ALTER SYSTEM SET archive_mode = on")
        superuser(server, f"ALTER SYSTEM SET archive_command = 'cp %p {log}/%f'")
        restart(server)
        yield server, log
    finally:
        server.stop()


def instant(server: PostgresServer) -> datetime:
    with psycopg.connect(server.url(OWNER)) as owner:
        (found,) = owner.execute("SELECT clock_timestamp()").fetchone() or (None,)
        assert isinstance(found, datetime)
        return found


def put_back(server: PostgresServer, base: Path, log: Path, until: datetime) -> None:
    """The data folder is gone; the base backup takes its place and reads the log up to that instant."""
    server.stop()
    shutil.rmtree(server.data)
    base.rename(server.data)
    with (server.data / "postgresql.auto.conf").open("a") as settings:
        settings.write(f"restore_command = 'cp {log}/%f %p'\n")
        settings.write(f"recovery_target_time = '{until.isoformat()}'\nrecovery_target_action = 'promote'\n")
    (server.data / "recovery.signal").touch()
    server.start()


def the_day(server: PostgresServer, folder: Path) -> tuple[Path, datetime]:
    """100 rows before the base backup, 50 during the day, then a mistake; the base, and the last good instant."""
    tell(server, "CREATE TABLE kept (id int)", "INSERT INTO kept SELECT generate_series(1, 100)")
    base = base_backup(server, folder)
    tell(server, "INSERT INTO kept SELECT generate_series(101, 150)")
    good = instant(server)
    tell(server, "DELETE FROM kept")
    superuser(server, "SELECT pg_switch_wal()")
    return base, good


def test_the_day_comes_back_up_to_the_instant_before_the_mistake() -> None:
    with short_folder("pitr") as folder, clinic_with_a_log(folder) as (server, log):
        base, good = the_day(server, folder)
        assert count(server) == 0
        put_back(server, base, log, good)
        assert count(server) == 150


def test_without_the_log_the_day_is_gone() -> None:
    with short_folder("pitr") as folder, clinic_with_a_log(folder) as (server, log):
        base, _ = the_day(server, folder)
        server.stop()
        for segment in log.iterdir():
            segment.unlink()
        shutil.rmtree(server.data)
        base.rename(server.data)
        server.start()
        assert count(server) == 100
