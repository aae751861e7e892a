"""Bringing a backup back into an empty database, and looking whether all of it came back."""

from __future__ import annotations

from pathlib import Path

from django.core.management import call_command
from django.db import connections
from django.db.migrations.loader import MigrationLoader

from pht_clinic.audit.verify import verify
from pht_clinic.backup import manifest
from pht_clinic.backup.database import broken, count_rows, is_empty, run, server_version, unhurried
from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.manifest import Manifest

JOBS = 2
"""Processes that load tables and build indexes side by side."""


def restore(backup: Path, *, alias: str) -> Manifest:
    """Restore a backup into the empty database of this connection, in the role that will own its tables.

    Afterwards every row that was counted is back, the migrations of this version have run, the application's role has
    its rights, the audit trail is what was sealed, and every constraint and index holds. Nothing is written where the
    backup, the database or this version does not fit. Fails it later, the database is not whole: it has to be dropped.
    Raises: BackupError.
    """
    kept = manifest.read(backup)
    dump = manifest.check_dump(kept, backup)
    _check_version(kept)
    with unhurried(alias):
        _check_target(kept, alias)
        options = ("--no-owner", "--no-privileges", "--exit-on-error", f"--jobs={JOBS}")
        run("pg_restore", *options, str(dump), alias=alias)
        _check_rows(kept, alias)
        call_command("migrate", database=alias, interactive=False, verbosity=0)
        _check_trail(kept, alias)
        if lost := broken(alias):
            raise BackupError(f"What should guard the rows is missing or does not hold: {', '.join(lost)}.")
        with connections[alias].cursor() as cursor:
            cursor.execute("ANALYZE")
    return kept


def _check_version(kept: Manifest) -> None:
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    if later := sorted(kept.migrations - known):
        raise BackupError(f"This backup was taken by a later version of the product: it has {later[-1]}.")


def _check_target(kept: Manifest, alias: str) -> None:
    if not is_empty(alias):
        raise BackupError("This database is not empty. A backup is restored into an empty one.")
    if server_version(alias) < kept.server:
        raise BackupError(f"This backup is of PostgreSQL {kept.server}, and this server is older.")


def _check_trail(kept: Manifest, alias: str) -> None:
    found = verify(alias=alias)
    if found.wrong:
        raise BackupError(f"The audit trail is not what was sealed: {found.wrong[0]}")
    if found.last_digest != kept.seal:
        raise BackupError("The audit trail does not end with the seal that it had when the backup was taken.")


def _check_rows(kept: Manifest, alias: str) -> None:
    with connections[alias].cursor() as cursor:
        found = count_rows(cursor)
    wrong = [table for table in sorted(kept.rows.keys() | found.keys()) if kept.rows.get(table) != found.get(table)]
    if wrong:
        counts = ", ".join(f"{table} {found.get(table, 0)} of {kept.rows.get(table, 0)}" for table in wrong)
        raise BackupError(f"Not every row came back: {counts}.")
