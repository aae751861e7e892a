"""The browser of the browser tests: finds a Chromium, or, for root on a Debian-like system, installs one.

python -m tests.chromium
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
INSTALL = (("apt-get", "update", "-q"), ("apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"))


def find() -> str | None:
    """The path of a browser for Playwright's `executable_path`: CHROMIUM if set, else what the system has."""
    wanted = os.environ.get("CHROMIUM")
    found = [shutil.which(wanted)] if wanted else [shutil.which(name) for name in NAMES]
    return next((path for path in found if path), str(MAC) if MAC.exists() else None)


def main() -> str | None:
    """Make sure there is one; the returned sentence, if any, says why not."""
    if find():
        return None
    if os.environ.get("CHROMIUM"):
        return f"CHROMIUM={os.environ['CHROMIUM']} is no program."
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "The browser tests need Chromium: install it, or set CHROMIUM to the path of one."
    print("Installing Chromium …", flush=True)
    for command in INSTALL:
        done = subprocess.run(
            command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True
        )
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            return f"Chromium could not be installed: {said[-1] if said else 'apt-get said nothing'}"
    return None if find() else "apt-get installed no program named chromium."


if __name__ == "__main__":
    sys.exit(main())
