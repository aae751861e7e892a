"""Proving a backup: it is restored into a scratch database, looked at, and the scratch database goes again."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connections

from pht_clinic.backup.database import owner_alias
from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.models import BackupReport
from pht_clinic.backup.reports import report
from pht_clinic.backup.restore import restore

_SCRATCH: Final = "scratch"


def prove(backup: Path, *, now: datetime) -> BackupReport:
    """Restore a backup beside the clinic's database and report what became of it; the owner's role must be allowed to
    make databases. Raises: BackupError (it did not come back; that is reported too).
    """
    began = time.monotonic()
    try:
        with _scratch_database():
            kept = restore(backup, alias=_SCRATCH)
    except BackupError as error:
        report(BackupReport.Deed.PROVEN, backup.name, trouble=str(error), began=began, now=now)
        raise
    return report(BackupReport.Deed.PROVEN, backup.name, of=kept, began=began, now=now)


@contextmanager
def _scratch_database() -> Iterator[None]:
    """An empty database under the alias `scratch`, gone when the block ends. Raises: BackupError."""
    owner = connections[owner_alias()]
    name = f"{owner.settings_dict['NAME']}_proof_{secrets.token_hex(4)}"
    _tell(owner.alias, f"CREATE DATABASE {owner.ops.quote_name(name)} TEMPLATE template0")
    connections.databases[_SCRATCH] = {**owner.settings_dict, "NAME": name}
    try:
        # Before anything is in it: other clinics' roles may be at the same server.
        _tell(owner.alias, f"REVOKE ALL ON DATABASE {owner.ops.quote_name(name)} FROM PUBLIC")
        yield
    finally:
        connections[_SCRATCH].close()
        del connections[_SCRATCH], connections.databases[_SCRATCH]
        # Without FORCE, which no owner may while PostgreSQL itself vacuums what was just restored: a plain DROP sends
        # that away, and waits 5 s for whoever else is on the way out.
        _tell(owner.alias, f"DROP DATABASE {owner.ops.quote_name(name)}")


def _tell(alias: str, statement: str) -> None:
    try:
        with connections[alias].cursor() as cursor:
            cursor.execute(statement)
    except DatabaseError as error:
        raise BackupError(f"The scratch database cannot be made or dropped: {error}") from error
