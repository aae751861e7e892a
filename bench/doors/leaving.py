"""All records of a clinic with 100,000 visits by `export_records`: rows a second, and the most memory of its process.

Each visit has an assessment and two messages, copies of what one real booking wrote; 20,000 patients have them.
"""

import os
import subprocess
import sys
import time

from bench import measure, record
from bench.backup import fill
from bench.house import house
from pht_clinic.demo.services import CHECKOUT, without_the_owner

VISITS = int(os.environ.get("VISITS", "100000"))
AT_MOST_MB = 300
_WATCHED = "import resource, sys; from manage import main; code = main(sys.argv[1:]); "
_WATCHED += "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, file=sys.stderr); sys.exit(code)"


def main() -> None:
    """Fill, export, say what it took."""
    with house() as found:
        fill(found, VISITS)
        measure.say_machine()
        file = found.folder / "clinic.jsonl"
        command = [sys.executable, "-W", "ignore", "-c", _WATCHED, "export_records", str(file)]
        env = without_the_owner(dict(os.environ))
        start = time.perf_counter()
        done = subprocess.run(command, cwd=CHECKOUT, env=env, capture_output=True, text=True, check=False)
        took = time.perf_counter() - start
        if done.returncode:
            sys.exit(done.stderr[-2000:])
        with file.open(encoding="utf-8") as lines:
            count = sum(1 for _ in lines)
        measure.say_about(f"A clinic with {VISITS:,} visits: {count:,} lines")
        measure.say_number("size of the file", file.stat().st_size / 1e6, "MB")
        measure.say_time("all of it", measure.Sample((took,)))
        measure.say_number("lines a second", count / took)
        measure.say_number("memory at its most", float(done.stderr.split()[-1]), "MB", at_most=AT_MOST_MB)


if __name__ == "__main__":
    with record.of("doors.leaving"):
        main()
