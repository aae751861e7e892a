"""Which commands the pages name, and how each block of them is run.

A block of commands is run as it stands, from a fresh clone, unless the comment just before it says otherwise:

    <!-- not run: WHY -->            it is not run, and why
    <!-- beside the demo -->         it is run while a demo of the same clone runs, whose settings it finds
    <!-- until: WORDS -->            it goes on until it is stopped: when it says these words it is
    <!-- on a server of its own -->  it is run by root on a Debian made for it (`tests/trials/test_deployed.py`); with
                                     `, with everything running` after it once web, worker, beat and nginx do

Pages of docs/how-to/ are followed block by block elsewhere (`following.py`).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from tests.documents.markdown import COMMANDS, ROOT, Code, blocks_of, pages

NOT_RUN, UNTIL, BESIDE = "not run: ", "until: ", "beside the demo"
ALONE: Final = "on a server of its own"
RUNNING: Final = f"{ALONE}, with everything running"
FOLLOWED: Final = "docs/how-to/"
_TARGET: Final = re.compile(r"(?:^|[`(; ])make ([a-z][a-z-]*)")
_DJANGO: Final = re.compile(r"manage\.py ([a-z_]+)")
_MODULE: Final = re.compile(r"python -m ([a-z_][\w.]*)")
_SCRIPT: Final = re.compile(r"python (?:-W ignore )?((?:[\w-]+/)*[\w-]+\.py)")


def commands() -> list[Code]:
    """Every block of commands but those of pages that are followed, the README's first."""
    return [
        block
        for page in pages()
        for block in blocks_of(page)
        if block.language == COMMANDS and not block.page.startswith(FOLLOWED)
    ]


def is_marked_well(block: Code) -> bool:
    """Its comment is one of those above; a reason is a sentence, not a word."""
    if block.mark.startswith(NOT_RUN):
        return len(block.mark.removeprefix(NOT_RUN).split()) >= 3
    return block.mark in ("", BESIDE, ALONE, RUNNING) or (block.mark.startswith(UNTIL) and len(block.mark) > len(UNTIL))


def named(text: str) -> set[tuple[str, str]]:
    """What a text names: targets of make, commands of manage.py, modules and scripts to run, each with its sort."""
    sorts = {"target": _TARGET, "command": _DJANGO, "module": _MODULE, "script": _SCRIPT}
    return {(sort, name) for sort, pattern in sorts.items() for name in pattern.findall(text)}


def targets() -> set[str]:
    """Those of the Makefile."""
    return set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))


def is_module(name: str) -> bool:
    """Whether `python -m NAME` runs something of this tree; what is installed beside it is not looked at."""
    path = ROOT / Path(*name.split("."))
    if not (ROOT / name.split(".")[0]).exists():
        return True
    return path.with_suffix(".py").exists() or (path / "__main__.py").exists()
