"""The product against its peers in one run: one table and one picture of all of them.

`python -m bench.peers times` takes one part by itself, and keeps nothing.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from bench import record
from bench.peers import booking, messages, pages, rules, times

PARTS: Final[dict[str, Callable[[], None]]] = {
    "booking": booking.main,
    "times": times.main,
    "rules": rules.main,
    "messages": messages.main,
    "pages": pages.main,
}


def main() -> None:
    """Each part in a process of its own, for Django is set up once in each; then all figures together."""
    with TemporaryDirectory() as folder, record.of("peers"):
        for part in PARTS:
            print(f"\n-- {part}", flush=True)
            env = {**os.environ, "BENCH_RECORDS": folder}
            subprocess.run([sys.executable, "-m", "bench.peers", part], env=env, cwd=record.CHECKOUT, check=True)
            record.bring(Path(folder) / f"{part}.json")


def alone(part: str) -> None:
    """One part; kept only for the run that it is a part of."""
    with record.of(part) if "BENCH_RECORDS" in os.environ else nullcontext():
        PARTS[part]()


if __name__ == "__main__":
    alone(sys.argv[1]) if sys.argv[1:] else main()
