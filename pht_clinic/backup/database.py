"""The database that is backed up or restored: PostgreSQL's own programs on it, and what must be read of it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from django.apps import apps
from django.conf import settings
from django.db import connections, transaction
from django.db.backends.utils import CursorWrapper
from django.db.migrations.recorder import MigrationRecorder
from psycopg.pq import Conninfo

from pht_clinic.audit.seal import newest_seal
from pht_clinic.backup.errors import BackupError

_LINES_SAID: Final = 3
_TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1
"""
_NOT_WHOLE = """
SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND NOT convalidated
UNION SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisvalid
"""
_NAMES = """
SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('i', 'I')
"""
_ANYTHING = """
SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'
"""


def owner_alias() -> str:
    """The connection of the role that owns the tables; where there is none of its own, the application's."""
    return "owner" if "owner" in settings.DATABASES else "default"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One instant of the database: its name for `pg_dump`, and what is in it."""

    name: str
    server: int
    migrations: frozenset[str]
    rows: dict[str, int]
    seal: str


@contextmanager
def snapshot(alias: str) -> Iterator[Snapshot]:
    """Hold one instant of the database still for as long as the block lasts; nobody is kept from writing."""
    with unhurried(alias), transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (name,) = cursor.fetchone()
        yield Snapshot(name, server_version(alias), applied(alias), count_rows(cursor), newest_seal(alias))


@contextmanager
def unhurried(alias: str) -> Iterator[None]:
    """A connection without the deadlines of pages: what counts and checks every row takes its time."""
    connection = connections[alias]
    connection.close()
    with connection.cursor() as cursor:
        for limit in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
            cursor.execute(f"SET {limit} = 0")
    try:
        yield
    finally:
        connection.close()


def server_version(alias: str) -> int:
    """PostgreSQL's major version."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def applied(alias: str) -> frozenset[str]:
    """The migrations applied, as "app.name"."""
    return frozenset(f"{app}.{name}" for app, name in MigrationRecorder(connections[alias]).applied_migrations())


def count_rows(cursor: CursorWrapper) -> dict[str, int]:
    """Of each table of the schema `public` how many rows it has, partitions counted in the table that they are of."""
    quote, counts = cursor.db.ops.quote_name, {}
    cursor.execute(_TABLES)
    tables = [name for (name,) in cursor.fetchall()]
    for table in tables:
        cursor.execute(f"SELECT count(*) FROM {quote(table)}")  # noqa: S608 - a name out of the catalogue, quoted
        counts[table] = int(cursor.fetchone()[0])
    return counts


def is_empty(alias: str) -> bool:
    """Whether nothing was ever made in this database."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_ANYTHING)
        return bool(cursor.fetchone()[0] == 0)


def broken(alias: str) -> list[str]:
    """The constraints and indexes that the product counts on and that are missing, or do not hold for every row."""
    with connections[alias].cursor() as cursor:
        cursor.execute(_NOT_WHOLE)
        not_whole = {name for (name,) in cursor.fetchall()}
        cursor.execute(_NAMES)
        there = {name for (name,) in cursor.fetchall()}
    named = (one.name for model in apps.get_models() for one in (*model._meta.constraints, *model._meta.indexes))
    return sorted(not_whole | (set(named) - there))


def run(program: str, *arguments: str, alias: str) -> None:
    """Run one of PostgreSQL's programs on this database. How it is reached stands in its environment, where no
    list of processes shows it.

    Raises: BackupError (there is no such program, or it says what is wrong).
    """
    environment = _environment(alias)
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own program, with arguments of ours
        [_path_of(program), "--no-password", f"--dbname={environment['PGDATABASE']}", *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()][:_LINES_SAID]
        raise BackupError(f"{program} failed: {' '.join(said) or done.returncode}")


def _environment(alias: str) -> dict[str, str]:
    """Ours, with how this database is reached under the names that libpq reads; without the deadlines of pages."""
    reached = connections[alias].get_connection_params()
    foreign = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    named = {one.keyword.decode(): one.envvar.decode() for one in Conninfo.get_defaults() if one.envvar}
    return foreign | {named[key]: str(reached[key]) for key in named.keys() & reached.keys() - {"options"}}


def _path_of(program: str) -> str:
    folder = settings.POSTGRESQL_PROGRAMS
    found = shutil.which(program, path=folder or None)
    if found is None:
        where = f"in {folder}" if folder else "on PATH; POSTGRESQL_PROGRAMS names its folder"
        raise BackupError(f"PostgreSQL's program {program} is not {where}.")
    return found
