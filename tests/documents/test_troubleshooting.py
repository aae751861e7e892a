"""docs/troubleshooting.md speaks of sentences that the product really says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import Final

import pytest

from tests.documents.markdown import ROOT, prose_of

PAGE: Final = ROOT / "docs" / "troubleshooting.md"
SYMPTOMS: Final = [line.removeprefix("### ") for line in prose_of(PAGE) if line.startswith("### ")]
DIFFERS: Final = "…"


@cache
def sentences() -> frozenset[str]:
    """Every text of the code, with … for what is put in; and the lines of the Makefile."""
    paths = [path for top in ("pht_clinic", "scheduling", "injections") for path in (ROOT / top).rglob("*.py")]
    found = set()
    for path in [*paths, ROOT / "tests" / "chromium.py"]:
        found |= set(map(_plain, _texts(ast.parse(path.read_text(encoding="utf-8")))))
    return frozenset(found)


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(one.value) if isinstance(one, ast.Constant) else DIFFERS for one in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def is_said(symptom: str) -> bool:
    """Whether the code says it: the whole of a text, or the end of it that stands on a page of its own."""
    return symptom in sentences() or symptom in _plain((ROOT / "Makefile").read_text(encoding="utf-8"))


@pytest.mark.parametrize("symptom", SYMPTOMS)
def test_each_symptom_is_a_sentence_of_the_code(symptom: str) -> None:
    assert is_said(symptom)


def test_a_sentence_that_nobody_says_is_found() -> None:
    """Control: a word changed, and one that is whole."""
    assert len(SYMPTOMS) > 20
    assert is_said("The system is busy. Try again in a moment.")
    assert not is_said("The system is busy. Try again in an hour.")
    assert not is_said("The system is busy.")


def test_each_symptom_says_what_to_do() -> None:
    lines = [line for line in prose_of(PAGE) if line.strip()]
    after = [below for line, below in zip(lines, [*lines[1:], ""], strict=True) if line.startswith("### ")]
    assert all(below and not below.startswith("#") for below in after)
