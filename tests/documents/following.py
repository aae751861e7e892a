"""Follows a page of docs/how-to/ to the letter, in a copy of the tree.

What a block is for stands in the sentence before it:

    New file `PATH`:                  the block is the whole file
    In `PATH`, after `LINE`:          the block goes below the one line that reads so, before `LINE` above it
    In `PATH`, instead of `LINE`:     the block takes its place
    At the end of `PATH`:             the block is put there
    Run:                              commands, one after the other, each ends well
    It says:                          lines that the commands before it said, in this order; … stands for anything
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.documents.markdown import ROOT, Code

SECONDS: Final = 600
"""The most that one block may take; on a machine with nothing else to do the longest takes 30."""
_NEW: Final = re.compile(r"New file `([^`]+)`:")
_AT: Final = re.compile(r"In `([^`]+)`, (after|before|instead of) `(.+)`:")
_END: Final = re.compile(r"At the end of `([^`]+)`:")
RUN, SAYS = "Run:", "It says:"


class CannotFollow(AssertionError):
    """A block cannot be followed; the words say which and why."""


def copy_of_the_tree(folder: Path) -> Path:
    """The files of this checkout as they stand, with its environment of Python."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    use_this_environment(folder)
    return folder


def use_this_environment(folder: Path) -> None:
    """Let `.venv` of a copy lead to the Python that runs the tests; what is installed there is not installed again."""
    (folder / ".venv").symlink_to(Path(sys.prefix).resolve(), target_is_directory=True)
    os.utime(folder / "requirements-dev.txt", (0, 0))


class Follower:
    """Somebody who does what a page says, in a folder."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder, self.environment, self.said = folder, environment, ""

    def follow(self, block: Code) -> None:
        """Do what the sentence before the block says. Raises: CannotFollow."""
        if block.said == RUN:
            self.run(block)
        elif block.said == SAYS:
            self.compare(block)
        elif found := _NEW.search(block.said):
            self._new(block, self.folder / found.group(1))
        elif found := _END.search(block.said):
            self._change(block, found.group(1), lambda text: text + block.text)
        elif found := _AT.search(block.said):
            path, where, line = found.groups()
            self._change(block, path, lambda text: placed(block, text, where, line))
        else:
            raise CannotFollow(f"{block}: nothing says what this block is for, but {block.said!r}")

    def run(self, block: Code) -> None:
        """Each command by itself, as typed one after the other in one shell."""
        done = subprocess.run(
            ["sh", "-e"],
            input=block.text,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=SECONDS,
        )
        self.said = done.stdout
        if done.returncode != 0:
            raise CannotFollow(f"{block}: ended with {done.returncode} and said\n{self.said[-3000:]}")

    def compare(self, block: Code) -> None:
        """What was to be said was said."""
        rest = self.said
        for line in filter(None, map(str.strip, block.text.splitlines())):
            pattern = ".*".join(map(re.escape, line.split("…")))
            found = re.search(pattern, rest)
            if found is None:
                raise CannotFollow(f"{block}: {line!r} was not said, but\n{self.said[-3000:]}")
            rest = rest[found.end() :]

    def _new(self, block: Code, path: Path) -> None:
        if path.exists():
            raise CannotFollow(f"{block}: {path.relative_to(self.folder)} is there already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block.text, encoding="utf-8")

    def _change(self, block: Code, path: str, change: Callable[[str], str]) -> None:
        file = self.folder / path
        if not file.exists():
            raise CannotFollow(f"{block}: there is no {path}")
        file.write_text(change(file.read_text(encoding="utf-8")), encoding="utf-8")


def placed(block: Code, text: str, where: str, line: str) -> str:
    """The text with the block after, before or instead of the one line that reads so."""
    lines = text.splitlines(keepends=True)
    found = [number for number, one in enumerate(lines) if one.strip() == line.strip()]
    if len(found) != 1:
        raise CannotFollow(f"{block}: {len(found)} lines read {line!r}")
    first = found[0] + (where == "after")
    last = found[0] + (where == "instead of")
    return "".join([*lines[:first], block.text, *lines[max(first, last) :]])
