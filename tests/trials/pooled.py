"""A clinic's database behind PgBouncer as documented (docs/running/pgbouncer.ini), on a port of this machine."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psycopg
import pytest
from psycopg import sql

from pht_clinic.audit.role_settings import limiting
from pht_clinic.demo import services
from pht_clinic.demo.folders import own_folder, server_uid
from pht_clinic.demo.postgresql import APPLICATION, DATABASE, RETENTION, PostgresServer
from pht_clinic.demo.processes import Child

PGBOUNCER: Final = shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin:/usr/bin") or ""
CONFIGURATION: Final = Path(__file__).parents[2] / "docs" / "running" / "pgbouncer.ini"
CONNECTIONS: Final = 4
"""To PostgreSQL, for two web processes of 8 threads, a worker with two processes, and beat."""
needs_pgbouncer = pytest.mark.skipif(not PGBOUNCER, reason="PgBouncer is not installed (Debian: apt install pgbouncer)")


@dataclass
class Pooler:
    """PgBouncer on a loopback port, in front of one PostgreSQL, and the password of each role there."""

    port: int
    child: Child
    passwords: dict[str, str]

    def url(self, role: str) -> str:
        """What DATABASE_URL is for this role."""
        return f"postgres://{role}:{self.passwords[role]}@127.0.0.1:{self.port}/{DATABASE}"

    def environment(self) -> dict[str, str]:
        """This process's, with the clinic's settings for the pooler."""
        return {
            **os.environ,
            "DATABASE_URL": self.url(APPLICATION),
            "RETENTION_DATABASE_URL": self.url(RETENTION),
            "DATABASE_BEHIND_POOLER": "true",
        }

    def restart(self) -> None:
        """As for an update: whoever is connected is disconnected."""
        self.child.stop()
        self.start()

    def kill(self) -> None:
        """As in a crash, and started again."""
        self.child.kill()
        self.start()

    def start(self) -> None:
        """Wait until it takes connections."""
        self.child.start().wait_until(lambda: not services.is_free(self.port), seconds=20)


@contextmanager
def pooler_of(server: PostgresServer, folder: Path, *, size: int) -> Iterator[Pooler]:
    """PgBouncer before this PostgreSQL, with so many connections to it for each role: only places, port and size are
    others than documented. The folder is the servers' user's to read.
    """
    own_folder(folder)
    port = services.free_port()
    passwords = _with_passwords(server)
    own = {
        "clinic = host=/run/postgresql port=5432 dbname=clinic": (
            f"{DATABASE} = host={server.socket_folder} port=5432 dbname={DATABASE}"
        ),
        "listen_port = 6432": f"listen_port = {port}",
        "/etc/pgbouncer": str(folder),
        "default_pool_size = 20": f"default_pool_size = {size}",
        "logfile = /var/log/postgresql": f"logfile = {folder}",
        "pidfile = /run/postgresql": f"pidfile = {folder}",
    }
    text = CONFIGURATION.read_text(encoding="utf-8")
    for documented, here in own.items():
        assert documented in text, documented
        text = text.replace(documented, here)
    (folder / "pgbouncer.ini").write_text(text, encoding="utf-8")
    (folder / "userlist.txt").write_text(_secrets(server), encoding="utf-8")
    child = Child(
        "PgBouncer",
        [PGBOUNCER, str(folder / "pgbouncer.ini")],
        folder / "said.log",
        uid=server_uid(),
        gentle=signal.SIGTERM,
    )
    pooler = Pooler(port, child, passwords)
    try:
        pooler.start()
        yield pooler
    finally:
        child.stop()


def limit_the_roles(server: PostgresServer) -> None:
    """What the page says that a superuser runs once."""
    from django.conf import settings

    with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
        for role in (APPLICATION, RETENTION):
            for statement in limiting(role, settings.DATABASE_LIMITS):
                superuser.execute(statement)


def check(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """`manage.py check --database default` under these settings."""
    command = [sys.executable, "manage.py", "check", "--database", "default"]
    return subprocess.run(command, cwd=services.CHECKOUT, env=environment, capture_output=True, text=True, check=False)


def _with_passwords(server: PostgresServer) -> dict[str, str]:
    made = {role: secrets.token_hex(16) for role in (APPLICATION, RETENTION)}
    with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
        superuser.execute("SET password_encryption = 'scram-sha-256'")
        for role, password in made.items():
            superuser.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
    return made


def _secrets(server: PostgresServer) -> str:
    """The roles with what PostgreSQL keeps of their passwords, as the page makes the file."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as superuser:
        found = superuser.execute(
            "SELECT rolname, rolpassword FROM pg_authid WHERE rolname = ANY(%s)", [[APPLICATION, RETENTION]]
        ).fetchall()
    return "".join(f'"{role}" "{secret}"\n' for role, secret in found)
