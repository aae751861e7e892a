"""What is counted and timed, by the library of Prometheus, and added up over all processes of a machine.

With METRICS_FOLDER each process keeps its counts in files of its own there (the library's multiprocess mode), and
`/metrics` adds them; without, a process knows its own alone. A label is a name of the code, never a value that somebody
typed: routes by their names, rules by their codes.
"""

import os
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector

COUNTED: Final = CollectorRegistry()
"""Every count and histogram of the product."""
_WAITS: Final = (0.001, 0.005, 0.025, 0.1, 0.5, 1, 2, 3, 10)
_ANSWERS: Final = (0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

REQUESTS: Final = Counter(
    "http_requests", "Requests, by the name of their route.", ("route", "method", "status"), registry=COUNTED
)
REQUEST_SECONDS: Final = Histogram(
    "http_request_seconds",
    "From the first line of the product's to its last, by the name of the route.",
    ("route",),
    buckets=_ANSWERS,
    registry=COUNTED,
)
CONNECT_SECONDS: Final = Histogram(
    "database_connect_seconds", "Until a new connection to the database stood.", buckets=_WAITS, registry=COUNTED
)
LOCK_SECONDS: Final = Histogram(
    "database_lock_seconds",
    "Until patient, practitioner and room were locked for a use case.",
    buckets=_WAITS,
    registry=COUNTED,
)
BUSY: Final = Counter(
    "database_busy", "Acts that were told to come back, by why: a lock, or no answer.", ("why",), registry=COUNTED
)
OVERLAPS: Final = Counter(
    "refused_overlaps",
    "Acts refused because somebody has that time, by who saw it: the look under the locks or the constraint behind it.",
    ("by",),
    registry=COUNTED,
)
REPLICA_READS: Final = Counter(
    "replica_reads",
    "Reads that may come from the replica, by what came of it: the replica answered, or why the primary did.",
    ("outcome",),
    registry=COUNTED,
)
TASK_SECONDS: Final = Histogram(
    "task_seconds", "How long a task of the worker took.", ("task",), buckets=_ANSWERS, registry=COUNTED
)
TASK_WAIT_SECONDS: Final = Histogram(
    "task_wait_seconds",
    "How long a call of beat's lay in the broker before a worker took it.",
    ("task",),
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 600),
    registry=COUNTED,
)
TASK_FAILURES: Final = Counter("task_failures", "Tasks that ended with an error.", ("task",), registry=COUNTED)


def counts() -> bytes:
    """All of them in Prometheus' text format."""
    folder = shared_folder()
    if folder is None:
        return generate_latest(COUNTED)
    added_up = CollectorRegistry()
    MultiProcessCollector(added_up, str(folder))  # type: ignore[no-untyped-call]  # it has no types
    return generate_latest(added_up)


def shared_folder() -> Path | None:
    """Where the processes of this machine keep their counts; None where each knows its own alone."""
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    return Path(folder) if folder else None


def fold_ended(*, limit: int) -> int:
    """Add what processes counted that are no more to the file of process 0, so that no count goes back and no file is
    kept for each process that ever was. At most `limit` files; returns how many went.

    Boundary: one whose number another process has by now waits until that ends too.
    """
    folder = shared_folder()
    kept = sorted(folder.glob("*_*.db")) if folder else []
    ended = [path for path in kept if _has_ended(int(path.stem.rpartition("_")[2]))][:limit]
    for path in ended:
        taken = path.with_suffix(".ended")
        path.rename(taken)  # whoever does it first has it
        into = MmapedDict(str(path.with_stem(f"{path.stem.rpartition('_')[0]}_0")))  # type: ignore[no-untyped-call]  # as above
        try:
            counted = MmapedDict.read_all_values_from_file(str(taken))  # type: ignore[no-untyped-call]  # as above
            for key, value, _, _ in counted:
                before, _ = into.read_value(key)  # type: ignore[no-untyped-call]  # as above
                into.write_value(key, before + value, 0.0)  # type: ignore[no-untyped-call]  # as above
        finally:
            into.close()  # type: ignore[no-untyped-call]  # as above
        taken.unlink()
    return len(ended)


def _has_ended(process: int) -> bool:
    if process == 0:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:  # it runs as somebody else
        return False
    return False
