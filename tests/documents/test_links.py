"""Every link of every page leads to a file that is there, and to a heading of it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest

from tests.documents.markdown import ROOT, anchors_of, links_of, pages

_ELSEWHERE: Final = re.compile(r"https://[\w.-]+\.[a-z]{2,}(?:[/?#][^\s]*)?|mailto:[\w.+-]+@[\w.-]+")


def broken(page: Path) -> list[str]:
    """Links of a page that lead nowhere. Those to other machines are looked at by their form alone."""
    return [
        link for link in links_of(page) if not (_ELSEWHERE.fullmatch(link) if ":" in link else _is_there(page, link))
    ]


def _is_there(page: Path, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or not target.is_relative_to(ROOT.resolve()):
        return False
    return not anchor or (target.suffix == ".md" and anchor in anchors_of(target))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_link_leads_somewhere(page: Path) -> None:
    assert not broken(page)


def test_links_are_found_at_all() -> None:
    assert sum(len(links_of(page)) for page in pages()) > 100


def test_a_link_that_leads_nowhere_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control: a file, a heading and an address that are not there, beside those that are."""
    good = ["../README.md", "../README.md#what-it-is", "https://www.rcr.ac.uk/", "#here", "#here-1"]
    bad = ["gone.md", "../README.md#what-it-was", "http://plain.example/", "#there", "/etc/passwd"]
    page = tmp_path / "docs" / "planted.md"
    page.parent.mkdir()
    (tmp_path / "README.md").write_text("## What it is\n", encoding="utf-8")
    links = "\n".join(f"[words]({link})" for link in [*good, *bad])
    page.write_text(f"# Here\n# Here\n{links}\n```text\n[no link](gone.md)\n```\n", encoding="utf-8")
    monkeypatch.setattr("tests.documents.test_links.ROOT", tmp_path)
    assert broken(page) == bad
