"""An import of 100,000 lines by `import_records`: how long it takes, and the most memory that its process has.

Half of the lines are patients, half injections of theirs with dates of every length, into an empty clinic. `LINES=2000`
makes it shorter.
"""

import json
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from random import Random

from bench import filled, measure, record
from bench.cpu import seconds_of_children
from bench.house import house
from pht_clinic.demo.services import CHECKOUT, without_the_owner
from tests.trials.book_of_people import Book, Invented

LINES = int(os.environ.get("LINES", "100000"))
AT_MOST_SECONDS, AT_MOST_MB = 20 * 60, 300
SEED = 20260302
GIVEN = ("2024", "2024-11", "2025-03-14", None)
_WATCHED = "import resource, sys; from manage import main; code = main(sys.argv[1:]); "
_WATCHED += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr); sys.exit(code)"


def main() -> None:
    """Write the file, bring it in, say what it took."""
    with house() as found:
        file = found.folder / "old.jsonl"
        _write(file, Book(SEED, LINES // 2))
        measure.say_machine()
        start, used = time.perf_counter(), _processor_seconds()
        command = [sys.executable, "-W", "ignore", "-c", _WATCHED, "import_records", str(file)]
        env = without_the_owner(dict(os.environ))
        done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)
        took, used = time.perf_counter() - start, _processor_seconds() - used
        print(done.stdout, done.stderr[-2000:] if done.returncode not in (0, 3) else "")
        with found.owner() as owner:
            filled.settle(owner)
        measure.say_about(f"{LINES:,} lines, half patients, half injections of theirs")
        measure.say_time("all of them", measure.Sample((took,)), at_most=AT_MOST_SECONDS)
        measure.say_number("a line", 1000 * took / LINES, "ms")
        measure.say_number("a line, of processors: the command and the database", 1000 * used / LINES, "ms")
        measure.say_machine()
        measure.say_number("memory at its most", float(done.stderr.split()[-1]), "MB", at_most=AT_MOST_MB)


def _processor_seconds() -> float:
    """Of the database, and of every command that has ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return seconds_of_children() + ended.ru_utime + ended.ru_stime


def _write(path: Path, book: Book) -> None:
    rng = Random(SEED)
    with path.open("w", encoding="utf-8") as file:
        for number, one in enumerate(book.people):
            file.write(json.dumps(_patient(number, one)) + "\n")
        for number in range(len(book.people)):
            file.write(json.dumps(_injection(number, rng)) + "\n")


def _patient(number: int, one: Invented) -> dict[str, object]:
    told = {name: value for name, value in vars(one).items() if value}
    return {"type": "patient", "id": str(number), **told, "date_of_birth": f"{one.date_of_birth}"}


def _injection(number: int, rng: Random) -> dict[str, object]:
    said = {"site": "hamstring-origin", "side": rng.choice(("left", "right")), "steroid": True, "origin": "elsewhere"}
    return {"type": "injection", "id": str(number), "patient": str(number), "given": rng.choice(GIVEN), **said}


if __name__ == "__main__":
    with record.of("doors.coming"):
        main()
