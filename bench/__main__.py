"""`python -m bench [name …]`: every measurement, or those named, each in a process of its own; then page and pictures.

`pictures` alone takes none: it writes the page and the pictures anew from what lies in docs/bench.
"""

import platform
import subprocess
import sys
from datetime import datetime
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
NAMES = (
    "peers",
    "rules",
    "slots",
    "finder",
    "booking",
    "booking_parts",
    "poolers",
    "outbox",
    "kills",
    "idle",
    "load.clinic",
    "pages",
    "search",
    "backup",
    "doors.lines",
    "doors.cds",
    "doors.leaving",
    "doors.coming",
    "load.curves",
    "load.desks",
)
PICTURES = "pictures"
WRITERS = ("docs/bench/figures.py", "docs/bench/drawn.py")


def main(wanted: list[str]) -> int:
    """Run them one after the other; 0 when all of them came to their end, whatever they measured."""
    if unknown := [name for name in wanted if name not in (*NAMES, PICTURES)]:
        print(f"There is no measurement {unknown[0]}; there are {', '.join(NAMES)}, and {PICTURES}.", file=sys.stderr)
        return 2
    print(f"{datetime.now().astimezone():%Y-%m-%d %H:%M} · Python {platform.python_version()}")
    failed = [name for name in wanted or NAMES if name != PICTURES and not _came_to_its_end(name)]
    for path in WRITERS:
        subprocess.run([sys.executable, path], cwd=CHECKOUT, check=True)
    if failed:
        print(f"\nDid not come to its end: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _came_to_its_end(name: str) -> bool:
    print(f"\n== {name}", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}"], cwd=CHECKOUT, check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
