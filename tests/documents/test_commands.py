"""Every block of commands on a page is run by the trial, or says why not; what it names exists."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from django.core.management import get_commands

from tests.documents.commands import BESIDE, NOT_RUN, UNTIL, commands, is_marked_well, is_module, named, targets
from tests.documents.markdown import LANGUAGES, ROOT, Code, blocks_of, pages, prose_of

HISTORY: Final = {"CHANGELOG.md"}
"""Says what was: commands that it names may be gone."""
NOT_OURS: Final = {"install"}


def exists(sort: str, name: str) -> bool:
    if sort == "target":
        return name in targets()
    if sort == "command":
        return name in get_commands()
    return is_module(name) if sort == "module" else (ROOT / name).exists()


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_block_says_what_it_is_and_none_hides_behind_spaces(page: Path) -> None:
    assert {block.language for block in blocks_of(page)} <= LANGUAGES
    lines = prose_of(page)
    before = ["", *lines]
    hidden = [line for above, line in zip(before, lines, strict=False) if not above and line.startswith("    ")]
    assert not hidden


@pytest.mark.parametrize("block", commands(), ids=str)
def test_a_block_of_commands_is_run_or_says_why_not(block: Code) -> None:
    assert is_marked_well(block), block.mark


def test_most_are_run() -> None:
    run = [block for block in commands() if not block.mark.startswith(NOT_RUN)]
    assert len(run) >= 5
    assert {UNTIL, BESIDE} <= {mark for mark in (UNTIL, BESIDE) for block in run if block.mark.startswith(mark)}


@pytest.mark.parametrize(
    ("mark", "is_well"),
    [
        ("", True),
        ("not run: it needs a real server", True),
        ("beside the demo", True),
        ("until: The clinic:", True),
        ("not run:", False),
        ("not run: slow", False),
        ("until: ", False),
        ("todo", False),
    ],
)
def test_what_a_mark_may_say(mark: str, is_well: bool) -> None:
    """Control: a comment that gives no reason is no mark."""
    assert is_marked_well(Code("page.md", 1, "sh", "true\n", "", mark)) is is_well


@pytest.mark.parametrize(
    "page", [page for page in pages() if page.name not in HISTORY], ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    """In blocks of commands and in sentences; a command made of words of English is looked for in code alone."""
    missing = {(sort, name) for sort, name in named(commands_in(page)) if not exists(sort, name)}
    assert {(sort, name) for sort, name in missing if name not in NOT_OURS} == set()


def commands_in(page: Path) -> str:
    """Its blocks of commands, and what its sentences quote, each in its marks."""
    code = [block.text for block in blocks_of(page) if block.language == "sh"]
    quoted = [f"`{part}`" for line in prose_of(page) for part in line.split("`")[1::2]]
    return "\n".join([*code, *quoted])


def test_a_command_that_is_gone_is_found() -> None:
    text = "make gone\n.venv/bin/python manage.py gone\npython -m pht_clinic.gone\npython docs/gone.py\n"
    found = named(text) - {("script", "manage.py")}
    assert len(found) == 4
    assert not any(exists(sort, name) for sort, name in found)
    right = named("`make test`, `manage.py migrate`, `python -m pht_clinic.demo`, `python docs/house.py`")
    assert len(right) == 4
    assert all(exists(sort, name) for sort, name in right)
