"""How much processor time and memory processes have used; on a busy machine the time is steadier than the clock."""

import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def seconds_of_children() -> float:
    """Of all living processes below this one and of those that they have outlived: servers, workers, database."""
    used, below = {}, defaultdict(list)
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue
        pid = int(entry.name)
        below[int(fields[1])].append(pid)
        used[pid] = sum(map(int, fields[11:15]))  # utime, stime, cutime, cstime
    total, waiting = 0, list(below[os.getpid()])
    while waiting:
        pid = waiting.pop()
        total += used[pid]
        waiting += below[pid]
    return total / _TICKS


def of_this_and(backend: int) -> Callable[[], float]:
    """A clock: seconds of processors that this process and its connection's process in the database have used."""
    line = Path(f"/proc/{backend}/schedstat")
    return lambda: time.process_time() + int(line.read_text().split()[0]) / 1e9


def seconds_of(roots: Iterable[int]) -> float:
    """Of these processes and all below them, those included that they have outlived."""
    return sum(map(_seconds, everybody_below(roots)))


def everybody_below(roots: Iterable[int]) -> list[int]:
    """These processes and all below them."""
    return [pid for root in roots for pid in (root, *everybody_below(children_of(root)))]


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def children_of(pid: int) -> list[int]:
    """The living processes that this one has started itself."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def largest_memory_kb(pid: int | str = "self") -> int:
    """Of this program since it began; what getrusage says would be that of whoever started it, if that was larger."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM:"))
