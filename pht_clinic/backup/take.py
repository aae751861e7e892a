"""Taking a backup: one instant of the whole database, whole or not at all, and which old ones go."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from pht_clinic.backup import manifest
from pht_clinic.backup.database import owner_alias, run, snapshot
from pht_clinic.backup.errors import BackupError
from pht_clinic.backup.manifest import DUMP, MANIFEST, Manifest
from pht_clinic.backup.models import BackupReport
from pht_clinic.backup.reports import report

_NAMED: Final = "%Y-%m-%dT%H-%M-%SZ"
_UNFINISHED: Final = ".unfinished"
_GIVEN_UP: Final = timedelta(days=1)


def take(into: Path, *, now: datetime) -> Path:
    """Back the database up into a new folder in `into`, named by the instant in UTC; which folder.

    It has its name once all of it is written. Everybody goes on working meanwhile. Only the owner of the files can read
    them: they hold every patient. The run is reported, also when it fails.
    Raises: BackupError.
    """
    folder = into / now.astimezone(UTC).strftime(_NAMED)
    began = time.monotonic()
    try:
        written = _write(folder, now=now)
    except (BackupError, OSError) as error:
        trouble = str(error) if isinstance(error, BackupError) else f"{folder} cannot be written ({error.strerror})."
        report(BackupReport.Deed.TAKEN, folder.name, trouble=trouble, began=began, now=now)
        raise BackupError(trouble) from error
    report(BackupReport.Deed.TAKEN, folder.name, of=written, began=began, now=now)
    return folder


def _write(folder: Path, *, now: datetime) -> Manifest:
    unfinished = folder.with_name(folder.name + _UNFINISHED)
    folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.exists():
        raise BackupError(f"{folder} is there already.")
    unfinished.mkdir(mode=0o700)
    dump = unfinished / DUMP
    dump.touch(mode=0o600)
    with snapshot(owner_alias()) as seen:
        what = ("--format=custom", "--no-owner", "--no-privileges", f"--snapshot={seen.name}", f"--file={dump}")
        run("pg_dump", *what, alias=owner_alias())
    written = Manifest(
        taken_at=now,
        server=seen.server,
        size=dump.stat().st_size,
        digest=manifest.digest_of(dump),
        migrations=seen.migrations,
        rows=seen.rows,
        seal=seen.seal,
    )
    manifest.write(written, unfinished)
    unfinished.rename(folder)
    return written


def whole_backups(folder: Path) -> list[Path]:
    """The backups in a folder, the newest first; what was never finished is none. Raises: BackupError (no folder)."""
    try:
        found = [one for one in folder.iterdir() if _instant_of(one) and (one / MANIFEST).exists()]
    except OSError as error:
        raise BackupError(f"{folder} cannot be read ({error.strerror}).") from error
    return sorted(found, key=lambda one: one.name, reverse=True)


def remove_old(folder: Path, *, keep: timedelta, now: datetime) -> list[Path]:
    """Remove what is older than `keep`, but for the newest, and what a backup that died left a day ago; which.

    Boundary: one of exactly that age stays. Raises: BackupError, OSError.
    """
    old = [one for one in whole_backups(folder)[1:] if _age(one, now=now) > keep]
    left = [one for one in folder.glob(f"*{_UNFINISHED}") if _age(one, now=now) > _GIVEN_UP]
    for one in (*old, *left):
        shutil.rmtree(one)
    return [*old, *left]


def _age(backup: Path, *, now: datetime) -> timedelta:
    taken_at = _instant_of(backup)
    return now - taken_at if taken_at else timedelta(0)


def _instant_of(backup: Path) -> datetime | None:
    try:
        return datetime.strptime(backup.name.removesuffix(_UNFINISHED), _NAMED).replace(tzinfo=UTC)
    except ValueError:
        return None
