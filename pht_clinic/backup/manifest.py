"""What stands beside a dump: by it whoever restores knows that all of it came back, and that it is what was written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pht_clinic.backup.errors import BackupError

DUMP, MANIFEST = "clinic.dump", "manifest.json"
_FORMAT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """`taken_at` is the instant of the snapshot (aware, UTC); `server` the major version of PostgreSQL; `size` (bytes)
    and `digest` (SHA-256, hexadecimal) are of the dump; `migrations` are those applied, as "app.name"; `rows` counts
    each table of the snapshot; `seal` is the digest of the audit trail's newest seal ("" where there was none).
    """

    taken_at: datetime
    server: int
    size: int
    digest: str
    migrations: frozenset[str]
    rows: Mapping[str, int]
    seal: str

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


def digest_of(file: Path) -> str:
    """SHA-256 of a file, hexadecimal. Raises: OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def write(manifest: Manifest, folder: Path) -> None:
    """Write it beside its dump, readable by its owner only. Raises: OSError."""
    document = {
        "format": _FORMAT,
        "taken_at": manifest.taken_at.isoformat(),
        "server": manifest.server,
        "size": manifest.size,
        "sha256": manifest.digest,
        "migrations": sorted(manifest.migrations),
        "rows": dict(sorted(manifest.rows.items())),
        "seal": manifest.seal,
    }
    file = folder / MANIFEST
    file.touch(mode=0o600)
    file.write_text(json.dumps(document, indent=1), encoding="utf-8")


def read(folder: Path) -> Manifest:
    """Raises: BackupError (there is none, or it is none that this version reads)."""
    file = folder / MANIFEST
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise BackupError(f"{folder} holds no backup: {MANIFEST} cannot be read ({error.strerror}).") from error
    except ValueError as error:
        raise BackupError(f"{file} is cut short or is no manifest.") from error
    try:
        return _read(document)
    except (KeyError, TypeError, ValueError) as error:
        raise BackupError(f"{file} is no manifest of a backup that this version can read.") from error


def _read(document: dict[str, Any]) -> Manifest:
    if document["format"] != _FORMAT:
        raise ValueError(document["format"])
    taken_at = datetime.fromisoformat(document["taken_at"])
    if taken_at.tzinfo is None:
        raise ValueError(document["taken_at"])
    return Manifest(
        taken_at=taken_at,
        server=int(document["server"]),
        size=int(document["size"]),
        digest=str(document["sha256"]),
        migrations=frozenset(map(str, document["migrations"])),
        rows={str(table): int(rows) for table, rows in document["rows"].items()},
        seal=str(document["seal"]),
    )


def check_dump(manifest: Manifest, folder: Path) -> Path:
    """The dump, once it is known to be the one that was written. Raises: BackupError (gone, cut, changed)."""
    dump = folder / DUMP
    try:
        size = dump.stat().st_size
        if size != manifest.size:
            raise BackupError(f"{dump} has {size} bytes in place of {manifest.size}: it is cut short, or another.")
        if digest_of(dump) != manifest.digest:
            raise BackupError(f"{dump} is not what was written: its digest is another.")
    except OSError as error:
        raise BackupError(f"{dump} cannot be read ({error.strerror}).") from error
    return dump
