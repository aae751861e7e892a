"""PostgreSQL's data folder with all tables in it, made once for the same migrations; every later run copies it.

To make the tables takes ten seconds of every run, to copy them a fraction of one. A copy lies beside the installed
packages, under a name that is drawn from whatever makes tables: migrations, models, the packages' versions.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Final

from pht_clinic.demo.postgresql import PostgresServer

HERE: Final = Path(__file__).resolve().parents[1]
KEPT: Final = Path(sys.prefix) / "migrated"
MOST_KEPT: Final = 4
"""Copies that stay, the youngest: branches that are worked on at once have migrations of their own."""


def name() -> str:
    """Of the copy that fits this tree; another one as soon as a migration, a model or a package changes."""
    halves = [HERE / half for half in ("pht_clinic", "scheduling", "injections")]
    sources = (one for half in halves for one in half.rglob("*.py"))
    told = [one for one in sources if "migrations" in one.parts or "models" in (one.stem, *one.parts)]
    digest = sha256(sys.version.encode())
    for one in (*sorted(told), HERE / "requirements-dev.txt"):
        digest.update(f"{one.relative_to(HERE)}\n".encode() + one.read_bytes())
    return digest.hexdigest()[:20]


def bring(server: PostgresServer, migrate: Callable[[], None]) -> None:
    """All tables into the running server, which is empty: from the copy, or made once and then kept as one.

    Whoever comes while they are made waits for the copy. `migrate` runs after a copy too: what it does every time
    follows the code of today. Where no copy can be kept the tables are made, as if there were none.
    """
    kept = KEPT / name()
    try:
        KEPT.mkdir(exist_ok=True)
        with _alone(kept):
            if not kept.exists():
                migrate()
                _copied(server, lambda: _copy(server.data, kept))
                _forget_old(kept)
                return
            os.utime(kept)
            _copied(server, lambda: _replace(server.data, kept))
    except PermissionError:  # somebody else's environment
        pass
    migrate()


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """No other process is in such a block of this copy; one that is killed in it lets the next one in."""
    with kept.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _copied(server: PostgresServer, copy: Callable[[], None]) -> None:
    """Copy while the server stands still: files that it writes would be half of two states."""
    server.stop()
    try:
        copy()
    finally:
        server.start()


def _copy(data: Path, to: Path) -> None:
    """With owners and rights: PostgreSQL refuses others. Under another name until it is whole."""
    unfinished = to.with_name(f"{to.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    subprocess.run(["cp", "-a", data, unfinished], check=True)
    unfinished.rename(to)


def _replace(data: Path, kept: Path) -> None:
    shutil.rmtree(data)
    _copy(kept, data)


def _forget_old(youngest: Path) -> None:
    found = sorted(KEPT.glob("*/"), key=lambda one: one.stat().st_mtime, reverse=True)
    for one in [one for one in found if one != youngest][MOST_KEPT - 1 :]:
        shutil.rmtree(one, ignore_errors=True)
