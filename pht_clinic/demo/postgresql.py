"""One PostgreSQL of our own, reached through a unix socket only.

Four roles: `postgres` made the cluster and is used here alone; `pht_owner` owns database and schema and runs
the migrations; `pht_app` is the application, which owns nothing and so cannot lift what the owner forbids;
`pht_retention` removes what has been kept long enough, and may do nothing else.
Whoever can enter the socket's folder is trusted: only the servers' user and root can.
"""

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

from pht_clinic.audit.role_settings import quietening
from pht_clinic.demo import binaries
from pht_clinic.demo.folders import own_folder, server_uid
from pht_clinic.demo.processes import Child, command_line_of, launched
from pht_clinic.demo.running import DemoError

OWNER, APPLICATION, RETENTION, DATABASE = "pht_owner", "pht_app", "pht_retention", "pht"
NEXT, MIGRATED = "pht_next", "pht_migrated"
"""A database that is being made beside the one in use, and what it begins as: the tables with nothing in them."""
START_SECONDS = 60  # recovery after a kill included
PORT = 5432  # names the socket's file; nothing listens on a network
# Survives a killed server, whose writes the system still holds; not a power cut.
SPEED_BEFORE_SAFETY = ("fsync=off", "full_page_writes=off")


class PostgresServer:
    """PostgreSQL with its data under `state` and its socket under `sockets`.

    `durable` False trades safety after a power cut for speed: for tests. Its addresses are known before it
    starts.
    """

    def __init__(self, *, state: Path, sockets: Path, durable: bool) -> None:
        self.state = state
        self.data = state / "postgresql"
        self.socket_folder = sockets / "pg"
        self.durable = durable
        self.log = state / "postgresql.log"
        self._child: Child | None = None

    def url(self, role: str, *, database: str = DATABASE) -> str:
        """The address for one role, as Django's settings, psycopg and psql all read it."""
        return f"postgres://{role}@/{database}?host={quote(str(self.socket_folder), safe='/')}"

    @property
    def child(self) -> Child:
        """The running server process.

        Raises: DemoError (it is not running).
        """
        if self._child is None:
            raise DemoError("PostgreSQL is not running.")
        return self._child

    def start(self) -> None:
        """Make the cluster if there is none, start (and so recover) it, and make roles and database.

        Raises: DemoError (and then no process is left).
        """
        try:
            programs = binaries.postgresql(self.state)
            self._check_version(programs)
            self._end_leftover()
            if not self.data.exists():
                self._make_cluster(programs)
            own_folder(self.socket_folder)
            self._run(programs)
            self._make_roles_and_database()
        except (OSError, psycopg.Error) as error:
            self.stop()
            raise DemoError(f"PostgreSQL could not be set up: {error}") from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End it, disconnecting whoever is connected; everything committed is kept."""
        if self._child is not None:
            self._child.stop()
            self._child = None

    def _run(self, programs: binaries.PostgresPrograms) -> None:
        options = [
            "listen_addresses=",
            f"port={PORT}",
            f"unix_socket_directories={self.socket_folder}",
            "max_connections=200",
            "shared_buffers=64MB",
            "timezone=UTC",
            "log_timezone=UTC",
            *(() if self.durable else SPEED_BEFORE_SAFETY),
        ]
        self._child = Child(
            name="PostgreSQL",
            command=[programs.path("postgres"), "-D", str(self.data), *_flags(options)],
            log=self.log,
            env=clean_environment(),
            cwd=self.state,
            uid=server_uid(),
            gentle=signal.SIGINT,  # "fast": does not wait for those connected
            gentle_seconds=30,
        ).start()
        self._child.wait_until(self._answers, seconds=START_SECONDS)

    def _answers(self) -> bool:
        with contextlib.suppress(psycopg.OperationalError), self._connect("postgres"):
            return True
        return False

    def _connect(self, database: str) -> psycopg.Connection:
        return psycopg.connect(
            host=str(self.socket_folder),
            port=PORT,
            user="postgres",
            dbname=database,
            connect_timeout=5,
            autocommit=True,
        )

    def _make_cluster(self, programs: binaries.PostgresPrograms) -> None:
        # Under another name until it is whole: a start that is killed half-way leaves nothing to trip over.
        unfinished = self.state / "postgresql.unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        own_folder(unfinished)
        # One order of words on every machine; PostgreSQL 17 and newer brings that along.
        builtin = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")
        locale = builtin if programs.version >= 17 else ("--locale=C.UTF-8",)
        command = [programs.path("initdb"), "-D", str(unfinished), "-U", "postgres", "--encoding=UTF8", *locale]
        command += ["--auth=trust", "--no-instructions", *(() if self.durable else ("--no-sync",))]
        made = subprocess.run(
            launched(command, signal.SIGTERM, server_uid()),
            env=clean_environment(),
            cwd=self.state,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode != 0:
            lines = (made.stderr or made.stdout or "it said nothing").strip().splitlines()
            said = next((line for line in lines if "error" in line.lower()), lines[-1])
            raise DemoError(f"PostgreSQL's database folder could not be made: {said}")
        unfinished.rename(self.data)

    def _make_roles_and_database(self) -> None:
        with self._connect("postgres") as connection:
            known = {name for (name,) in connection.execute("SELECT rolname FROM pg_roles")}
            if OWNER not in known:
                connection.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            for role in {APPLICATION, RETENTION} - known:
                connection.execute(f"CREATE ROLE {role} LOGIN")
            for role in (OWNER, APPLICATION, RETENTION):
                for statement in quietening(role):
                    connection.execute(statement)
        make_database(self.url(OWNER, database="postgres"), name=DATABASE)

    def keep_migrated(self) -> None:
        """Keep a copy of the database that has just got its tables, once: starting over need not make them again. One
        that somebody is in already stays without.

        Nobody may be connected to it. Raises: DemoError.
        """
        try:
            with self._connect(DATABASE) as connection:
                if connection.execute("SELECT FROM public.people_user LIMIT 1").fetchone() is not None:
                    return
            make_database(self.url(OWNER, database="postgres"), name=MIGRATED, template=DATABASE)
        except psycopg.Error as error:
            raise DemoError(f"PostgreSQL could not keep a copy of the tables: {error}") from error

    def make_next(self) -> None:
        """A database NEXT as MIGRATED is, or empty; one that was begun before goes. Raises: DemoError."""
        try:
            with self._connect("postgres") as connection:
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(NEXT)))
                is_kept = connection.execute("SELECT FROM pg_database WHERE datname = %s", [MIGRATED]).fetchone()
            template = "template0" if is_kept is None else MIGRATED
            make_database(self.url(OWNER, database="postgres"), name=NEXT, template=template)
        except psycopg.Error as error:
            raise DemoError(f"PostgreSQL could not make another database: {error}") from error

    def take_next(self) -> None:
        """NEXT takes the place of the one in use, which goes; whoever is connected to it is disconnected."""
        with self._connect("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(DATABASE)))
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            connection.execute(rename.format(sql.Identifier(NEXT), sql.Identifier(DATABASE)))

    def _check_version(self, programs: binaries.PostgresPrograms) -> None:
        mark = self.data / "PG_VERSION"
        if mark.exists() and int(mark.read_text()) != programs.version:
            raise DemoError(
                f"The data here were made by PostgreSQL {mark.read_text().strip()}, but {programs.version} "
                "is installed; `make demo-reset` starts over."
            )

    def _end_leftover(self) -> None:
        """End a server that still works on these data after its starter was killed."""
        pid_file = self.data / "postmaster.pid"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                pid = int(pid_file.read_text().split()[0])
            except (FileNotFoundError, ValueError, IndexError):
                return
            if str(self.data) not in command_line_of(pid):
                pid_file.unlink(missing_ok=True)  # killed too; the number may be somebody else's by now
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGINT)
            time.sleep(0.1)
        raise DemoError("A PostgreSQL from an earlier start does not end; stop it by hand and try again.")


def make_database(maintenance_url: str, *, name: str, template: str = "template0") -> None:
    """Make a database, if there is none of that name, owned by the role of the address, as a copy of another one.

    What the application's role may do in it, `migrate` decides (`pht_clinic/audit/grants.py`).
    """
    with psycopg.connect(maintenance_url, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            made = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
            connection.execute(made.format(sql.Identifier(name), sql.Identifier(template)))


def clean_environment() -> dict[str, str]:
    """The environment without what would change PostgreSQL's ways (PGDATA, PGPORT, LC_ALL …)."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}


def _flags(options: list[str]) -> Iterator[str]:
    for option in options:
        yield from ("-c", option)


@contextmanager
def postgres_server(*, state: Path, sockets: Path, durable: bool) -> Iterator[PostgresServer]:
    """A PostgreSQL for as long as the block lasts."""
    server = PostgresServer(state=state, sockets=sockets, durable=durable)
    server.start()
    try:
        yield server
    finally:
        server.stop()
