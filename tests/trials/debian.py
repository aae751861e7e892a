"""A Debian 12 in a folder, with processes, mounts and a loopback network of its own, to be the server of a page.

It is made by debootstrap, so root and Debian's mirror are needed. systemd is not its first process: what units start is
started from their own lines.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.documents.markdown import ROOT

NAME: Final = "bookworm"
OF_A_SERVER: Final = "systemd,procps,iproute2"
"""What each Debian server has beside the least: systemd is not started, but knows its own targets."""
SECONDS: Final = 900
"""The most that one block may take; packages come over the network."""
PR_SET_MDWE: Final = 65
"""Of `prctl(2)`: memory that is written is never run, as MemoryDenyWriteExecute of a unit has it."""
OF_OLDER: Final = re.compile(r" ; python_full_version < '[\d.]+'")
needs_debian = pytest.mark.skipif(
    os.geteuid() != 0 or shutil.which("debootstrap") is None or sys.version_info[:2] != (3, 11),
    reason="making a server wants root, debootstrap (Debian: apt install debootstrap) and Debian 12's Python, 3.11",
)


@dataclass
class Debian:
    """One, by the folder that is its root. `first` is the process that holds its network, 0 before there is one."""

    folder: Path
    first: int = 0

    def run(self, script: str) -> str:
        """What a shell of root there says. Before `by_itself` it has this machine's network, after it none but its own.

        Raises: AssertionError with what it said last, unless it ends well.
        """
        if self.first:
            enter = ["nsenter", "--target", str(self.first), "--mount", "--net", "--pid", "--root", "--wd"]
        else:
            mounts = f"mount -t proc proc {self.folder}/proc && exec chroot {self.folder} sh -e"
            enter = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", mounts]
        command = enter if not self.first else [*enter, "sh", "-e"]
        done = subprocess.run(
            command,
            input=script,
            env={"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root", **OFFLINE},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{script}\nended with {done.returncode} and said\n{done.stdout[-3000:]}"
        return done.stdout

    @contextmanager
    def by_itself(self) -> Iterator[None]:
        """Off the network, with a loopback of its own; what is started there ends with the block."""
        mounts = [
            f"mount -t proc proc {self.folder}/proc",
            f"mount -t tmpfs tmpfs {self.folder}/dev/shm",  # noqa: S108 - of the server, not this machine's
            "ip link set lo up",
            "echo $$",
            f"exec chroot {self.folder} sleep infinity",
        ]
        child = subprocess.Popen(
            ["unshare", "--mount", "--net", "--pid", "--fork", "--kill-child", "sh", "-ec", " ; ".join(mounts)],
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        try:
            assert child.stdout.readline().strip() == "1"
            [self.first] = _children(child.pid)
            yield
        finally:
            self.first = 0
            child.kill()
            child.wait()
            child.stdout.close()

    def start(self, unit: str) -> None:
        """What this unit starts, as its user, with its files of settings and no power; it writes to /var/log/UNIT."""
        lines = _lines(self.folder / "etc/systemd/system" / unit)
        [user], [command], [place] = lines["User"], lines["ExecStart"], lines["WorkingDirectory"]
        read = "".join(f". {file}; " for file in lines["EnvironmentFile"])
        strict = f"import ctypes, os, sys; assert ctypes.CDLL(None).prctl({PR_SET_MDWE}, 1, 0, 0, 0) == 0"
        run = f"{strict}; os.execv(sys.argv[1], sys.argv[1:])"
        bounded = f"setpriv --reuid={user} --regid={user} --init-groups --no-new-privs --bounding-set=-all"
        words = shlex.join(shlex.split(command.replace("%%", "%")))
        self.run(
            f"set -a; {read}export {' '.join(lines['Environment'])}; set +a; umask {lines['UMask'][0]}; cd {place}\n"
            f"setsid {bounded} python3 -c {shlex.quote(run)} {words} > /var/log/{unit} 2>&1 < /dev/null &"
        )

    def said(self, unit: str) -> str:
        """What it has written since its start."""
        return (self.folder / "var/log" / unit).read_text(errors="replace")


OFFLINE: Final = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "/var/wheels", "DEBIAN_FRONTEND": "noninteractive"}
"""pip finds there what the same pins name; the blocks are typed as they stand."""


def debian(folder: Path) -> Debian:
    """A new one, with this checkout as committed under /opt/clinic and its pinned wheels at hand."""
    made = bare(folder, OF_A_SERVER)
    refuse = folder / "usr/sbin/policy-rc.d"
    refuse.write_text("#!/bin/sh\nexit 101\n")  # packages start nothing: there is no systemd to do it
    refuse.chmod(0o755)
    checkout(folder / "opt/clinic")
    return made


def bare(folder: Path, packages: str) -> Debian:
    """A new one with these packages beside the least, and our pinned wheels at hand."""
    make = ["debootstrap", "--variant=minbase", f"--include={packages}", NAME, str(folder)]
    subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
    (folder / "dev/shm").mkdir(exist_ok=True)
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    download = [sys.executable, "-m", "pip", "download", "--quiet", "--dest", str(folder / "var/wheels")]
    (folder / "var/wheels").mkdir()
    listed = folder / "var/wheels/requirements.txt"
    # whatever an older Python of this minor version wants too: Debian's is 3.11.2
    listed.write_text(OF_OLDER.sub("", (ROOT / "requirements.txt").read_text(encoding="utf-8")), encoding="utf-8")
    pinned = ["--require-hashes", "-r", str(listed)]
    for wanted in (pinned, ["setuptools", "wheel"]):  # the second build what is not a wheel yet
        done = subprocess.run([*download, *wanted], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
    return Debian(folder)


def checkout(folder: Path) -> None:
    """This checkout, as committed."""
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(folder)], check=True)


def _children(pid: int) -> list[int]:
    found = subprocess.run(["pgrep", "--parent", str(pid)], stdout=subprocess.PIPE, text=True, check=True)
    return [int(one) for one in found.stdout.split()]


def _lines(unit: Path) -> dict[str, list[str]]:
    """What a unit says, by name, in its order."""
    found: dict[str, list[str]] = {}
    for line in unit.read_text(encoding="utf-8").splitlines():
        name, is_said, value = line.partition("=")
        if is_said and not line.startswith("#"):
            found.setdefault(name, []).append(value)
    return found
