"""What the demo's processes tell each other by files in its folder: when it opened, how its clock was moved, how far
the past year is. No Django.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

OPENED, MOVED, YEAR = "opened-at", "clock-moved.json", "past-year"


@dataclass(frozen=True, slots=True)
class ClockMove:
    """The clock's last move: both ends as instants of the clinic's clock."""

    from_at: datetime
    to_at: datetime


def note_opened(folder: Path, at: datetime) -> None:
    """The instant, on its own clock, at which the demo opened for the first time; an earlier one stays."""
    if not (folder / OPENED).exists():
        _write(folder / OPENED, at.isoformat())


def opened_at(folder: Path) -> datetime | None:
    """None before it is filled."""
    text = _read(folder / OPENED)
    return datetime.fromisoformat(text) if text else None


def note_moved(folder: Path, move: ClockMove) -> None:
    """Its clock was moved on, by its page or in the terminal."""
    _write(folder / MOVED, json.dumps({name: at.isoformat() for name, at in asdict(move).items()}))


def last_move(folder: Path) -> ClockMove | None:
    """None where its clock was never moved on."""
    text = _read(folder / MOVED)
    return ClockMove(**{name: datetime.fromisoformat(at) for name, at in json.loads(text).items()}) if text else None


def note_year(folder: Path, words: str) -> None:
    """How far the past year is, in a sentence; "" where none is played."""
    _write(folder / YEAR, words)


def year(folder: Path) -> str:
    return _read(folder / YEAR)


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.write_text(text)
    fresh.replace(path)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""
