"""The browser of the browser tests: finds a Chromium, or, for root on a Debian-like system, installs one.

python -m tests.chromium
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The one without a window comes first: a tab costs it a fifth of what it costs the whole browser.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MAC = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")
UPDATE = ("apt-get", "update", "-q")
INSTALL = ("apt-get", "install", "-q", "-y", "--no-install-recommends")


def find() -> str | None:
    """The path of a browser for Playwright's `executable_path`: CHROMIUM if set, else what the system has."""
    wanted = os.environ.get("CHROMIUM")
    found = [shutil.which(wanted)] if wanted else [shutil.which(name) for name in NAMES]
    return next((path for path in found if path), str(MAC) if MAC.exists() else None)


def main() -> str | None:
    """Make sure there is one, that without a window where root can install it; the sentence, if any, says why not."""
    if wanted := os.environ.get("CHROMIUM"):
        return None if find() else f"CHROMIUM={wanted} is no program."
    if shutil.which(NAMES[0]):
        return None
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        needed = "The browser tests need Chromium: install it, or set CHROMIUM to the path of one."
        return None if find() else needed
    print("Installing Chromium …", flush=True)
    said = _said(*UPDATE) or _said(*INSTALL, NAMES[0])
    if not find():  # not every archive has the first browser
        said = _said(*INSTALL, NAMES[1])
    return None if find() else f"Chromium could not be installed: {said or 'apt-get installed no program of that name'}"


def _said(*command: str) -> str:
    """The last line of what a command said that failed, "" of one that did not."""
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, env=env, capture_output=True, text=True)
    if done.returncode == 0:
        return ""
    return (done.stderr.strip() or done.stdout.strip() or "apt-get said nothing").splitlines()[-1]


if __name__ == "__main__":
    sys.exit(main())
