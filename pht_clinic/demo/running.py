"""Whether a demo runs with its data in a folder (`var/` of a checkout), and the settings it runs with.

The lock is the truth: it goes away with the process that holds it, even after SIGKILL, so settings that a
killed demo left behind are never mistaken for those of a running one.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class DemoError(Exception):
    """Something the person at the terminal can act on; its text is one clear sentence."""


def settings_of_the_running_demo(var: Path) -> dict[str, str]:
    """The settings of the demo that runs in this folder, or nothing."""
    if not _is_locked(var / "demo.lock"):
        return {}
    try:
        lines = (var / "demo.env").read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


@contextmanager
def only_demo_in(var: Path) -> Iterator[None]:
    """Hold the folder's demo lock.

    Raises: DemoError (another demo holds it).
    """
    path = var / "demo.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            owner = lock.read().strip() or "unknown"
            raise DemoError(f"A demo already runs here (process {owner}); stop it first.") from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


@contextmanager
def published(settings: Mapping[str, str], var: Path) -> Iterator[None]:
    """Let `manage.py` find the settings while the demo runs; readable by the demo's own user only."""
    path = var / "demo.env"
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in sorted(settings.items()))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def _is_locked(path: Path) -> bool:
    try:
        with path.open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False
