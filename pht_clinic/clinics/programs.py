"""`manage.py` in a process of its own, with the environment of one clinic and nothing of ours."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pht_clinic.clinics.errors import ClinicsError

MANAGE: Final = Path(__file__).resolve().parents[2] / "manage.py"
_ERROR: Final = re.compile(r"\?: \(\w+\.E\d+\) (.*)")
"""A line of Django's system checks that stops a start."""
_KEPT: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR")


def manage(*arguments: str, settings: Mapping[str, str]) -> str:
    """Run one command of manage.py for the clinic with these settings; what it said.

    Raises: ClinicsError (it failed: its last words).
    """
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    done = subprocess.run(  # noqa: S603 - our own program, with arguments of ours
        [sys.executable, "-W", "ignore", str(MANAGE), *arguments],
        env={**kept, **settings},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).splitlines() if line.strip()]
        raise ClinicsError(f"{arguments[0]} failed: {_essence(said) or done.returncode}")
    return done.stdout


def _essence(said: list[str]) -> str:
    """What is wrong out of the words of a command: the last of a traceback, else the errors that it names."""
    if errors := [found[1] for line in said if (found := _ERROR.match(line))]:
        return " ".join(errors)
    words = [line for line in said if not line.startswith(("LINE ", "HINT:", "DETAIL:", "CONTEXT:", "^"))]
    return words[-1] if "Traceback (most recent call last):" in words else " ".join(words)
