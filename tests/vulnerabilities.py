"""Looks every pinned package up among the known vulnerabilities that PyPI publishes, or says that it could not.

python -m tests.vulnerabilities REQUIREMENTS [REQUIREMENTS ...]
"""

import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any, Final

COMMAND: Final = ("-m", "pip_audit", "--disable-pip", "--no-deps", "--progress-spinner", "off", "--format", "json")
SECONDS: Final = 120


@dataclass(frozen=True)
class Looked:
    """What came of it: packages that were looked up, those that could not be, and a line for each vulnerability."""

    known: int
    unknown: tuple[str, ...]
    flaws: tuple[str, ...]

    @property
    def is_reached(self) -> bool:
        """A mirror of the index has packages and no vulnerabilities: then nothing was looked up."""
        return self.known > 0

    def sentence(self) -> str:
        """For whoever runs the checks."""
        if not self.is_reached:
            return "The database of vulnerabilities cannot be reached from here: no package was looked up."
        said = [f"{self.known} packages looked up, {len(self.flaws)} known vulnerabilities.", *self.flaws]
        if self.unknown:
            said.append(f"Not looked up: {', '.join(self.unknown)}.")
        return "\n".join(said)


NOTHING: Final = Looked(0, (), ())


def read(report: dict[str, Any]) -> Looked:
    """What pip-audit's JSON says."""
    told = report["dependencies"]
    return Looked(
        known=sum("vulns" in one for one in told),
        unknown=tuple(sorted(one["name"] for one in told if "vulns" not in one)),
        flaws=tuple(
            f"{one['name']} {one['version']}: {flaw['id']}, mended in {', '.join(flaw['fix_versions']) or 'no version'}"
            for one in told
            for flaw in one.get("vulns", ())
        ),
    )


def look_up(files: list[str]) -> Looked:
    """Ask for all of them. Without a network, or with one that is too slow, nothing is looked up.

    Raises: CalledProcessError (a file cannot be read, or a package in it has no version).
    """
    command = [sys.executable, *COMMAND, *(word for file in files for word in ("--requirement", file))]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return NOTHING
    if done.stdout:
        return read(json.loads(done.stdout))
    if "requests.exceptions." in done.stderr:
        return NOTHING
    raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)


def main(files: list[str]) -> int:
    """Say it; 1 where something is known to be vulnerable."""
    try:
        looked = look_up(files)
    except subprocess.CalledProcessError as error:
        print(error.stderr)
        return error.returncode
    print(looked.sentence())
    return int(bool(looked.flaws))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
