"""Whoever follows a page of docs/how-to/ to the letter gets what it promises."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from pht_clinic.demo.folders import short_folder
from tests.documents.following import RUN, SAYS, CannotFollow, Follower, copy_of_the_tree, placed
from tests.documents.markdown import ROOT, Code, blocks_of

FOLDER: Final = ROOT / "docs" / "how-to"
PAGES: Final = sorted(FOLDER.glob("*.md"))
OF_A_SHELL: Final = ("PATH", "HOME", "LANG", "CHROMIUM", "TMPDIR")


@pytest.fixture
def tree() -> Iterator[Path]:
    """A copy that the servers' user can enter, gone afterwards."""
    with short_folder("howto") as folder:
        yield copy_of_the_tree(folder)


@pytest.fixture
def follower(tree: Path) -> Follower:
    """Somebody in a fresh copy, with the environment of a plain shell: nothing of the servers of these tests."""
    return Follower(tree, {name: os.environ[name] for name in OF_A_SHELL if name in os.environ})


@pytest.mark.full_trial(one_in=5)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_whoever_follows_the_page_gets_what_it_promises(page: Path, follower: Follower, is_full_trial: bool) -> None:
    """In `make trials` all of it. Every day without the tests that need a database: they start servers of their own."""
    is_passed_over = False
    for block in blocks_of(page):
        is_passed_over = not is_full_trial and (needs_servers(block) or (is_passed_over and block.said == SAYS))
        if not is_passed_over:
            follower.follow(block)


def needs_servers(block: Code) -> bool:
    return block.said == RUN and any("pytest" in line and "no:django" not in line for line in block.text.splitlines())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_ends_with_commands_that_show_that_it_works(page: Path) -> None:
    said = [block.said for block in blocks_of(page)]
    assert len(said) > 3
    assert said[-2:] == [RUN, SAYS]


def block(said: str, text: str = "new\n", language: str = "python") -> Code:
    return Code("page.md", 1, language, text, said, "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("Then comes:", "nothing says"),
        ("New file `there.txt`:", "is there already"),
        ("In `gone.txt`, after `a`:", "there is no gone.txt"),
        ("In `there.txt`, after `c`:", "0 lines read"),
        ("In `there.txt`, instead of `b`:", "2 lines read"),
        ("It says:", "was not said"),
    ],
    ids=["prose", "there", "gone", "no-line", "two-lines", "not-said"],
)
def test_what_cannot_be_followed_is_told(tmp_path: Path, said: str, why: str) -> None:
    """Control: a page whose words do not fit the tree any more."""
    (tmp_path / "there.txt").write_text("a\nb\nb\n", encoding="utf-8")
    with pytest.raises(CannotFollow, match=why):
        Follower(tmp_path, {}).follow(block(said))
    assert (tmp_path / "there.txt").read_text(encoding="utf-8") == "a\nb\nb\n"


def test_a_command_that_fails_is_told(tmp_path: Path) -> None:
    follower = Follower(tmp_path, {"PATH": os.environ["PATH"]})
    follower.follow(block(RUN, "echo one\necho two\n", "sh"))
    follower.follow(block(SAYS, "o…e\ntwo\n", "text"))
    with pytest.raises(CannotFollow, match="was not said"):
        follower.follow(block(SAYS, "two\none\n", "text"))
    with pytest.raises(CannotFollow, match="ended with 3"):
        follower.follow(block(RUN, "exit 3\n", "sh"))


@pytest.mark.parametrize(
    ("where", "expected"),
    [("after", "a\nb\nnew\nc\n"), ("before", "a\nnew\nb\nc\n"), ("instead of", "a\nnew\nc\n")],
    ids=["after", "before", "instead"],
)
def test_a_block_goes_where_its_sentence_says(where: str, expected: str) -> None:
    assert placed(block(""), "a\nb\nc\n", where, "b") == expected
