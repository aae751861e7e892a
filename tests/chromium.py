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
INSTALL = ("apt-get", "install", "-q", "-y", "--no-install-recommends")
COMMANDS = (("apt-get", "update", "-q"), (*INSTALL, NAMES[0]), (*INSTALL, NAMES[1]))


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
    said = ""
    for command in COMMANDS:  # not every archive has the first browser
        done = subprocess.run(
            command, env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, capture_output=True, text=True
        )
        if find():
            return None
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip() or "apt-get said nothing").splitlines()[-1]
    return f"Chromium could not be installed: {said or 'apt-get installed no program of that name'}"


if __name__ == "__main__":
    sys.exit(main())
