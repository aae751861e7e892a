"""Every command of README and docs does what it says from a fresh clone, typed as it stands there.

What a block's mark says (`tests/documents/commands.py`) is done: left out with its reason, run beside a demo of the
clone, or stopped once it has said what the page promises; what wants a server of its own has a trial of its own. Only
the environment of Python is that of the tests.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.services import free_port
from tests.documents.commands import ALONE, BESIDE, NOT_RUN, UNTIL, commands
from tests.documents.following import SAYS, Follower, use_this_environment
from tests.documents.markdown import ROOT, Code, blocks_of
from tests.documents.until import until_it_says

DEMO: Final = Code("", 0, "sh", "make demo\n", "", "until: Ctrl-C stops all of it")


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """What is committed, in a folder of its own."""
    with short_folder("clone") as folder:
        checkout = folder / "pht"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", str(ROOT), str(checkout)], check=True)
        use_this_environment(checkout)
        yield checkout


@pytest.fixture(scope="module")
def shell(clone: Path) -> dict[str, str]:
    """The environment of a plain shell with `python` on its path; the demo takes a free port and has no past."""
    path = f"{clone / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    kept = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    return {**kept, "PATH": path, "PORT": str(free_port()), "DEMO_PEOPLE": "0"}


@pytest.mark.full_trial
def test_every_block_of_commands_does_what_its_page_says(clone: Path, shell: Mapping[str, str]) -> None:
    run = [block for block in commands() if not block.mark.startswith((NOT_RUN, ALONE))]
    follower = Follower(clone, dict(shell))
    for block in run:
        if block.mark.startswith(UNTIL):
            with until_it_says(block, clone, shell):
                pass
        elif not block.mark:
            do(follower, block)
    with until_it_says(DEMO, clone, shell):
        for block in run:
            if block.mark == BESIDE:
                do(follower, block)


def do(follower: Follower, block: Code) -> None:
    """Run it, and compare what it said where the page says what that is."""
    follower.run(block)
    after = next((one for one in blocks_of(ROOT / block.page) if one.line > block.line), None)
    if after is not None and after.said == SAYS:
        follower.compare(after)


def test_control_a_command_that_ends_before_it_has_said_its_words_is_seen(tmp_path: Path) -> None:
    block = Code("page.md", 1, "sh", "echo something else\n", "", "until: The clinic:")
    with pytest.raises(AssertionError, match="something else"), until_it_says(block, tmp_path, os.environ):
        pass
