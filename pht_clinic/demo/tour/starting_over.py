"""Starting over without stopping: the page asks, the process that runs the demo makes a fresh clinic beside the old one
and puts it in its place. They speak by one file. No Django.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

FILE: Final = "starting-over"
READY, ASKED, MAKING, FAILED, DONE = "ready", "asked", "making", "failed", "done"


def state(folder: Path) -> str:
    """READY, ASKED, MAKING, FAILED or DONE; "" where nobody listens."""
    path = folder / FILE
    return path.read_text() if path.exists() else ""


def ask(folder: Path) -> None:
    """Ask for it; nothing where nobody listens or it is being done."""
    if state(folder) in (READY, FAILED, DONE):
        note(folder, ASKED)


def note(folder: Path, now: str) -> None:
    """What there is to say of it now."""
    fresh = folder / f"{FILE}.new"
    fresh.write_text(now)
    fresh.replace(folder / FILE)


def forget(folder: Path) -> None:
    """Nobody listens any more."""
    (folder / FILE).unlink(missing_ok=True)
