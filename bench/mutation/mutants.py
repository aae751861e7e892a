"""Mutation run over the date arithmetic and the rules: each mutant must make a unit test fail.

`python -m bench.mutation.mutants [part of a file name …]` prints the survivors and the share killed, in some minutes.
What a mutant is stands in `mutations.py`; what stands around the rules is tried by `mutants_by_topic.py`.
"""

import ast
import contextlib
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from bench.mutation.mutations import mutants_of

ROOT = Path(__file__).parents[2]
SAFETY = ROOT / "injections" / "safety"
TESTS = [
    "test_rules.py",
    "test_dates.py",
    "test_next_dates.py",
    "test_assess.py",
    "test_properties.py",
    "test_messages.py",
    "test_evidence.py",
]
SLOW = "not manage_py and not framework"
SECONDS = 60


def targets(wanted: list[str]) -> list[Path]:
    files = [SAFETY / "dates.py", SAFETY / "scans.py", *sorted((SAFETY / "rules").glob("[a-z]*.py"))]
    return [path for path in files if not wanted or any(word in path.name for word in wanted)]


def is_killed(overlay: Path) -> bool:
    """Whether a test fails with the package in `overlay`. A mutant that hangs or cannot be imported is killed."""
    child = os.fork()
    if child == 0:
        _run_tests(overlay)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _run_tests(overlay: Path) -> None:
    sys.path[:0] = [str(overlay), str(ROOT)]
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    os.chdir(ROOT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    files = [f"tests/injections/safety/{name}" for name in TESTS]
    options = [
        "-c",
        os.devnull,
        "--rootdir=.",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-x",
        "-q",
        "-k",
        SLOW,
    ]
    result = 1
    with contextlib.suppress(BaseException):
        result = int(pytest.main([*options, *files]))
    os._exit(result)


def main(wanted: list[str]) -> int:
    """Returns 1 when fewer than 95 % of the mutants are killed."""
    killed, survivors = 0, []
    with tempfile.TemporaryDirectory() as folder:
        overlay = Path(folder)
        shutil.copytree(SAFETY, overlay / "injections" / "safety", ignore=shutil.ignore_patterns("__pycache__"))
        (overlay / "injections" / "__init__.py").touch()
        if is_killed(overlay):
            print("The tests fail without any mutant.")
            return 2
        for path in targets(wanted):
            copied = overlay / path.relative_to(ROOT)
            source = path.read_text(encoding="utf-8")
            for mutant in mutants_of(ast.parse(source)):
                copied.write_text(mutant.source, encoding="utf-8")
                for stale in copied.parent.glob(f"__pycache__/{copied.stem}.*"):
                    stale.unlink()
                if is_killed(overlay):
                    killed += 1
                else:
                    survivors.append(f"{path.relative_to(SAFETY)}:{mutant}")
                    print(survivors[-1], flush=True)
            copied.write_text(source, encoding="utf-8")
    total = killed + len(survivors)
    print(f"{killed} of {total} mutants killed: {killed / total:.1%}")
    return int(killed < 0.95 * total)


if __name__ == "__main__":
    import hypothesis  # noqa: F401 - imported once, before the forks
    import pytest

    sys.dont_write_bytecode = False
    sys.exit(main(sys.argv[1:]))
