"""A run of pytest that starts its servers and Django once, and tries many mutants, each in a forked child.

First every test is run in a child that notes which functions it enters, and how long it takes. A mutant is then tried
on those tests of its topic that enter the function it stands in, the quickest first, up to the first failure.
`python -m bench.mutation.mutant_server JOBS MINUTES` reads the mutants from a file, a JSON object a line; what came of
each it writes beside that file.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from bench.mutation.mutant_patch import apply

ROOT = Path(__file__).parents[2]
COMMITTING = {"committed_db", "broker", "smtp_server", "live_server_process", "celery_worker_process"}
"""Fixtures of tests that leave rows or processes behind: a killed child could not clean up after them."""
LEAST_SECONDS, TIMES_AS_LONG = 60.0, 6.0
"""A mutant hangs when its tests take this much longer than without it."""


Entered = dict[str, set[tuple[str, int]]]


@dataclass(frozen=True, slots=True)
class Job:
    """One mutant to try: where it stands, and the tests of its topic as paths."""

    topic: str
    file: str
    line: int
    before: str
    after: str
    source: str
    tests: list[str]


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of it: "killed", "survived", "hangs", or "not run" when no test of its topic comes by."""

    topic: str
    file: str
    line: int
    before: str
    after: str
    result: str
    seconds: float
    tests: int


class Server:
    """Plugs into pytest in place of its loop over the tests."""

    def __init__(self, jobs: list[Job], tell: Callable[[Tried], None], *, minutes: float) -> None:
        self._jobs, self._tell = jobs, tell
        self._ends_at = time.monotonic() + 60 * minutes
        self._items: dict[str, pytest.Item] = {}
        self._entered: Entered = {}
        self._seconds: dict[str, float] = {}

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        usable = [item for item in session.items if COMMITTING.isdisjoint(getattr(item, "fixturenames", ()))]
        self._items = {item.nodeid: item for item in usable}
        _start_the_database(usable)
        self._learn()
        gc.freeze()
        unchanged = (ROOT / self._jobs[0].file).read_text(encoding="utf-8")
        if self._try(replace(self._jobs[0], source=unchanged)).result == "killed":
            raise pytest.UsageError("The tests fail without any mutant.")
        for job in self._jobs:
            if time.monotonic() > self._ends_at:
                break
            self._tell(self._try(job))
        return True

    def _learn(self) -> None:
        """Run everything once in a child, and take over what it found."""
        reading, writing = os.pipe()
        if (child := os.fork()) == 0:
            found = _entered_by(list(self._items.values()))
            with os.fdopen(writing, "w") as told:
                json.dump(found, told)
            os._exit(0)
        os.close(writing)
        with os.fdopen(reading) as told:
            found = json.load(told)
        os.waitpid(child, 0)
        failing = [name for name, one in found.items() if one["failed"]]
        print(f"{len(found)} tests, {len(failing)} of them fail without any mutant", *failing, sep="\n  ", flush=True)
        for name in failing:
            del self._items[name]
        self._entered = {name: {(file, line) for file, line in one["entered"]} for name, one in found.items()}
        self._seconds = {name: one["seconds"] for name, one in found.items()}

    def _try(self, job: Job) -> Tried:
        started = time.monotonic()
        names = self._tests_of(job)
        result = self._run(job, names) if names else "not run"
        told = {name: value for name, value in asdict(job).items() if name not in ("source", "tests")}
        return Tried(**told, result=result, seconds=round(time.monotonic() - started, 2), tests=len(names))

    def _tests_of(self, job: Job) -> list[str]:
        """Those that enter the function, the quickest first; where none does it works at import: those of the file."""
        begins = function_around(ROOT / job.file, job.line)
        mine = [name for name in self._items if name.startswith(tuple(job.tests))]
        found = [name for name in mine if (job.file, begins) in self._entered[name]]
        found = found or [name for name in mine if any(file == job.file for file, _ in self._entered[name])]
        return sorted(found, key=lambda name: self._seconds[name])

    def _run(self, job: Job, names: list[str]) -> str:
        items = [self._items[name] for name in names]
        if (child := os.fork()) == 0:
            os._exit(_fails(job, items))
        deadline = time.monotonic() + LEAST_SECONDS + TIMES_AS_LONG * sum(self._seconds[name] for name in names)
        while time.monotonic() < deadline:
            done, status = os.waitpid(child, os.WNOHANG)
            if done:
                return "killed" if status else "survived"
            time.sleep(0.02)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return "hangs"


def function_around(path: Path, line: int) -> int:
    """In which line the innermost function around this line begins, decorators included; 0 outside of any."""
    found = 0
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            begins = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            if node.lineno <= line <= (node.end_lineno or line):
                found = max(found, begins)
    return found


def _fails(job: Job, items: list[pytest.Item]) -> int:
    """In the child: 1 at the first test that fails with this mutant, else 0."""
    _be_quiet()
    try:
        apply(import_module(job.file.removesuffix(".py").replace("/", ".")), job.source)
        _begin_with(items[0])
        for item, following in zip(items, [*items[1:], items[-1]], strict=True):
            if any(report.failed for report in runtestprotocol(item, nextitem=following, log=False)):
                return 1
    except BaseException:  # noqa: BLE001 - whatever it is, the mutant caused it
        return 1
    return 0


def _entered_by(items: list[pytest.Item]) -> dict[str, dict[str, Any]]:
    """In a child: which functions of the product each test enters, its seconds and whether it fails."""
    _be_quiet()
    _begin_with(items[0])
    found: dict[str, dict[str, Any]] = {}
    for item, following in zip(items, [*items[1:], items[-1]], strict=True):
        entered: set[Any] = set()
        sys.settrace(lambda frame, event, arg, note=entered.add: note(frame.f_code))  # type: ignore[misc]
        started = time.monotonic()
        reports = runtestprotocol(item, nextitem=following, log=False)
        sys.settrace(None)
        ours: dict[str, set[int]] = defaultdict(set)
        for code in entered:
            if code.co_filename.startswith(f"{ROOT}/injections/"):
                ours[code.co_filename.removeprefix(f"{ROOT}/")].add(code.co_firstlineno)
        found[item.nodeid] = {
            "entered": [(file, line) for file, lines in ours.items() for line in lines],
            "seconds": time.monotonic() - started,
            "failed": any(report.failed for report in reports),
        }
    return found


def _begin_with(item: pytest.Item) -> None:
    """Tear down what belongs to the modules and folders of another test than this one."""
    item.session._setupstate.teardown_exact(item)


def _be_quiet() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)


def _start_the_database(items: list[pytest.Item]) -> None:
    """By running a test that asks for it; every child then shares it."""
    first = next(item for item in items if "django_db_setup" in getattr(item, "fixturenames", ()))
    runtestprotocol(first, nextitem=next(item for item in items if item is not first), log=False)
    _leave_the_database()


def _leave_the_database() -> None:
    """A connection cannot be shared with a child."""
    from tests.database import close_connections

    close_connections()


def main(path: str, minutes: str) -> int:
    jobs = [Job(**json.loads(line)) for line in Path(path).read_text(encoding="utf-8").splitlines()]
    files = sorted({file for job in jobs for file in job.tests})

    def tell(tried: Tried) -> None:
        with Path(f"{path}.tried").open("a", encoding="utf-8") as told:
            told.write(f"{json.dumps(asdict(tried))}\n")

    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-W", "ignore"]
    return int(pytest.main([*options, *files], plugins=[Server(jobs, tell, minutes=float(minutes))]))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
