"""Where servers keep data and sockets: short paths, and folders that the server's user can enter.

PostgreSQL refuses to run as root. Started by root it runs as the user "nobody", who cannot enter a checkout
under a closed home folder; then data and programs lie under /var/lib.
"""

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pht_clinic.demo.processes import is_alive

NOBODY = 65534
OWNERS_ALONE = 0o077
"""The umask of the demo: what it writes, mails and sign-ins among it, is for its owner alone."""
# A socket's path holds at most 107 bytes; the folder in it is our own.
SOCKET_ROOT = Path("/tmp")  # nosec B108  # noqa: S108 - as said
ROOTS_STATE = Path("/var/lib/pht-clinic-demo")


def server_uid() -> int | None:
    """The user that PostgreSQL has to run as, None for the present one."""
    return NOBODY if os.geteuid() == 0 else None


def can_enter(folder: Path) -> bool:
    """Whether every user can enter this folder and all above it."""
    folder = folder.resolve()
    return all(step.stat().st_mode & 0o001 for step in (folder, *folder.parents))


def state_folder(wanted: Path) -> Path:
    """The folder for the servers' data: the wanted one, or, where their user cannot enter it, another."""
    wanted.mkdir(parents=True, exist_ok=True)
    if server_uid() is None or can_enter(wanted):
        return wanted
    folder = elsewhere(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    for step in (ROOTS_STATE, folder):
        step.chmod(0o755)
    return folder


def elsewhere(wanted: Path) -> Path:
    """The folder that stands in for one that the servers' user cannot enter; the same one at every start."""
    return ROOTS_STATE / hashlib.sha256(os.fsencode(wanted.resolve())).hexdigest()[:12]


def own_folder(path: Path) -> Path:
    """Make a folder that only the servers' user, and root, can enter."""
    path.mkdir(parents=True, exist_ok=True)
    uid = server_uid()
    if uid is not None:
        os.chown(path, uid, uid)
    path.chmod(0o700)
    return path


@contextmanager
def short_folder(label: str) -> Iterator[Path]:
    """A folder with a short path, gone afterwards; also clears away those of processes that were killed."""
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=f"pht-{label}-{os.getpid()}-", dir=SOCKET_ROOT))
    try:
        folder.chmod(0o700 if server_uid() is None else 0o711)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep() -> None:
    for folder in SOCKET_ROOT.glob("pht-*-*-*"):
        pid = folder.name.split("-")[2]
        try:
            is_ours = folder.lstat().st_uid == os.geteuid() and folder.is_dir() and not folder.is_symlink()
        except FileNotFoundError:
            continue
        if is_ours and pid.isdigit() and not is_alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)
