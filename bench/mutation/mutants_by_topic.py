"""Mutation run over what stands around the rules: a sample of each topic, against the tests of that topic.

`python -m bench.mutation.mutants_by_topic [--each 70] [--seed 1] [--minutes 120] [topic …]` prints the survivors and,
for each topic, the share killed and the seconds per mutant. Some 400 mutants take 7 minutes.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import subprocess
import sys
import tempfile
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench.mutation.mutant_patch import DOORS
from bench.mutation.mutations import Mutant, mutant_at, places_of

ROOT = Path(__file__).parents[2]
EQUAL = Path(__file__).with_name("equal_mutants.toml")


class Topic(NamedTuple):
    """What is mutated, as a pattern of paths, and the files or folders of tests that should notice."""

    product: str
    tests: tuple[str, ...]


_T = "tests/injections/"
TOPICS = {
    "facts": Topic(
        "injections/facts/*.py",
        (
            f"{_T}facts",
            f"{_T}booking/test_book.py",
            f"{_T}merging/test_merge.py",
            f"{_T}review/test_decide.py",
            f"{_T}assessment/test_open_calls.py",
            f"{_T}patient/test_pages.py",
            "tests/scenarios/test_pages_queries.py",
        ),
    ),
    "assessment": Topic(
        "injections/assessment/*.py",
        (
            f"{_T}assessment",
            f"{_T}booking/test_book.py",
            f"{_T}review/test_decide.py",
            f"{_T}worklists/test_lapse.py",
            "tests/scenarios/test_mended.py",
            f"{_T}patient/test_identity.py",
            f"{_T}test_turns.py",
        ),
    ),
    "decisions": Topic(
        "injections/review/*.py",
        (f"{_T}review", f"{_T}assessment/test_open_calls.py", "tests/scenarios/test_mended.py"),
    ),
    "procedure": Topic("injections/procedure/*.py", (f"{_T}procedure",)),
    "aftercare": Topic(
        "injections/messages/aftercare*.py", (f"{_T}messages", f"{_T}patient_link", f"{_T}merging/test_merge.py")
    ),
    "booking": Topic(
        "injections/booking/*.py", (f"{_T}booking", f"{_T}test_turns.py", "tests/scenarios/test_mended.py")
    ),
}


def sample(topic: Topic, count: int, seed: int) -> Iterator[tuple[str, Mutant]]:
    """So many mutants of a topic, each with its file: the same ones for the same seed."""
    trees, places = {}, []
    for path in sorted(ROOT.glob(topic.product)):
        if not any(word in path.stem for word in DOORS):
            file = str(path.relative_to(ROOT))
            trees[file] = ast.parse(path.read_text(encoding="utf-8"))
            places += [(file, place) for place in places_of(trees[file])]
    random.Random(seed).shuffle(places)
    for file, place in places:
        if count and (mutant := mutant_at(trees[file], place)):
            count -= 1
            yield file, mutant


def jobs(topics: list[str], count: int, seed: int) -> list[dict[str, object]]:
    """What to try, the topics in turn, so that a run that is out of time has seen something of each."""
    samples = {name: list(sample(TOPICS[name], count, seed)) for name in topics}
    return [
        {
            "topic": name,
            "file": file,
            "line": mutant.line,
            "before": mutant.before,
            "after": mutant.after,
            "source": mutant.source,
            "tests": TOPICS[name].tests,
        }
        for turn in range(count)
        for name in topics
        for file, mutant in samples[name][turn : turn + 1]
    ]


def run(todo: list[dict[str, object]], *, workers: int, minutes: float) -> list[dict[str, Any]]:
    """Each worker has servers of its own and every so many-th mutant."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"worker-{number}" for number in range(workers)]
        for number, path in enumerate(paths):
            path.write_text("".join(f"{json.dumps(job)}\n" for job in todo[number::workers]), encoding="utf-8")
        command = [sys.executable, "-m", "bench.mutation.mutant_server"]
        children = [subprocess.Popen([*command, str(path), str(minutes)], cwd=ROOT, text=True) for path in paths]
        for child in children:
            child.wait()
        told = [Path(f"{path}.tried") for path in paths]
        return [json.loads(line) for path in told if path.exists() for line in path.read_text().splitlines()]


def known_equal() -> set[tuple[str, str, str]]:
    """Mutants that do the same as the product, by file and change; the file says why."""
    return {(one["file"], one["before"], one["after"]) for one in tomllib.loads(EQUAL.read_text())["equal"]}


def report(found: list[dict[str, Any]]) -> int:
    """Print survivors and shares; returns 1 when a mutant that is not known to be equal survived."""
    equal = known_equal()
    honest = [one for one in found if (one["file"], one["before"], one["after"]) not in equal]
    left = [one for one in honest if one["result"] in ("survived", "not run")]
    for one in sorted(left, key=lambda one: (one["file"], one["line"])):
        print(f"{one['result']}: {one['file']}:{one['line']}: {one['before']}  ->  {one['after']}")
    for topic in TOPICS:
        if mine := [one for one in honest if one["topic"] == topic]:
            print(f"{topic}: {share_killed(mine)}")
    print(f"{len(found) - len(honest)} known to be equal were left out.")
    return int(bool(left))


def share_killed(tried: list[dict[str, Any]]) -> str:
    """How many of a topic's mutants were killed, and what that took."""
    results = Counter(one["result"] for one in tried)
    killed = results["killed"] + results["hangs"]
    seconds = sum(one["seconds"] for one in tried) / len(tried)
    return (
        f"{killed} of {len(tried)} killed ({killed / len(tried):.0%}), {results['hangs']} of them by the clock; "
        f"{seconds:.1f} s each"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("topics", nargs="*", choices=[*TOPICS, []], metavar="topic")
    parser.add_argument("--each", type=int, default=70, help="mutants of each topic")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--minutes", type=float, default=120, help="no mutant is begun later")
    asked = parser.parse_args()
    todo = jobs(asked.topics or list(TOPICS), asked.each, asked.seed)
    found = run(todo, workers=asked.workers, minutes=asked.minutes)
    print(f"{len(found)} of {len(todo)} mutants tried, seed {asked.seed}")
    return report(found)


if __name__ == "__main__":
    sys.exit(main())
