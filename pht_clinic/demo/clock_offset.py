"""Moves the demo's clock: one file holds the seconds by which web, worker and beat are ahead."""

import re
from pathlib import Path

from pht_clinic.demo.running import DemoError

SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}


def seconds_of(text: str) -> int:
    """A span such as 48h, 90m, 3d or 1d12h, in seconds; a minus in front goes back.

    Raises: DemoError (it is no such span).
    """
    if not re.fullmatch(r"-?(\d+[smhdw])+", text):
        raise DemoError(f"{text!r} is no span of time; write for example 48h, 3d or 1d12h.")
    seconds = sum(int(number) * SECONDS[unit] for number, unit in re.findall(r"(\d+)([smhdw])", text))
    return -seconds if text.startswith("-") else seconds


def in_words(seconds: int) -> str:
    """A span of whole seconds, 0 or more, as people say it: "2 days", "1 day, 12 hours", "no time"."""
    said = []
    for unit, noun in (("d", "day"), ("h", "hour"), ("m", "minute"), ("s", "second")):
        count, seconds = divmod(seconds, SECONDS[unit])
        said += [f"{count} {noun}{'' if count == 1 else 's'}"] if count else []
    return ", ".join(said) or "no time"


def advance(file: Path, by_seconds: int) -> int:
    """Move the clock on, and return by how many seconds it is ahead now."""
    ahead = by_seconds + (int(float(file.read_text())) if file.exists() else 0)
    fresh = file.with_suffix(".new")
    fresh.write_text(str(ahead))
    fresh.replace(file)  # at once: nobody ever reads half a number
    return ahead
