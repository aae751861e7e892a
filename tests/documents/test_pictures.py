"""Every picture is one of the table, is shown on a page, says in words what it shows, and is small."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from types import ModuleType
from typing import Final

import pytest
from PIL import Image

from tests.browser.before_after import shown as before_after
from tests.documents.markdown import ROOT, links_of, pages

FOLDER: Final = ROOT / "docs" / "screenshots"
DRAWN: Final = {"story.webp", "verdict.svg"}
SMALL: Final = 200_000
SMALL_OF_TWO, SMALL_TOGETHER = 80_000, 3_000_000
STORY: Final = 1_000_000
_SHOWN: Final = re.compile(r"!\[([^\]]*)\]\(([^)]+)\)|<img src=\"([^\"]+)\"[^>]*alt=\"([^\"]*)\"")


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The table of pictures, as `python docs/screenshots` reads it."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("pictures")


def files() -> set[str]:
    return {path.name for path in FOLDER.iterdir() if path.suffix in (".png", ".svg", ".webp")}


def shown() -> dict[str, str]:
    """The words for each picture that a page shows."""
    found = {}
    for page in pages():
        for words, path, source, alt in _SHOWN.findall(page.read_text(encoding="utf-8")):
            found[(path or source).rpartition("/")[2]] = words or alt
    return found


def test_the_command_makes_every_picture_and_no_page_lacks_one(table: ModuleType) -> None:
    assert files() == {f"{picture.name}.png" for picture in table.PICTURES} | DRAWN
    assert files() <= {Path(link).name for page in pages() for link in links_of(page)}


def test_each_says_in_words_what_it_shows() -> None:
    words = shown()
    assert files() <= words.keys()
    assert {name: said for name, said in words.items() if len(said.split()) < 4} == {}


def test_they_are_small() -> None:
    sizes = {name: (FOLDER / name).stat().st_size for name in files()}
    assert sizes.pop("story.webp") < STORY
    assert {name: size for name, size in sizes.items() if size > SMALL} == {}


def test_the_story_is_as_long_as_its_table_says_and_stops_by_itself(table: ModuleType) -> None:
    with Image.open(FOLDER / "story.webp") as story:
        assert (story.n_frames, story.info["loop"]) == (len(table.STORY), 1)


def test_every_main_page_is_there_before_and_after_with_words() -> None:
    """Wide and narrow; the page that lists them is written from the same table."""
    widths, sets, names = before_after.HEIGHTS, before_after.SETS, before_after.WORDS
    wanted = {f"{width}-{one}/{name}.webp" for width in widths for one in sets for name in names}
    found = {path.relative_to(before_after.FOLDER).as_posix(): path for path in before_after.FOLDER.rglob("*.webp")}
    assert found.keys() == wanted
    assert (before_after.FOLDER / "README.md").read_text(encoding="utf-8") == before_after.page()
    sizes = {name: path.stat().st_size for name, path in found.items()}
    assert {name: size for name, size in sizes.items() if size > SMALL_OF_TWO} == {}
    assert sum(sizes.values()) < SMALL_TOGETHER


def test_a_picture_of_two_is_as_wide_as_its_folder_says() -> None:
    for width, height in before_after.HEIGHTS.items():
        for path in before_after.FOLDER.glob(f"{width}-*/*.webp"):
            with Image.open(path) as picture:
                assert picture.size == (width, height), path
