"""The specification's statements, one by one: each is proved by a test of this folder, or is not ours to keep."""

from __future__ import annotations

import re
from pathlib import Path

PAGE = Path(__file__).parents[4] / "docs" / "doors" / "cds-hooks.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def statements() -> list[tuple[int, str, str]]:
    """Number, what it says, and what proves it or why nothing does."""
    return [(int(number), said, proof) for number, _, said, proof in ROW.findall(PAGE.read_text(encoding="utf-8"))]


def known_tests() -> set[str]:
    text = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    return set(re.findall(r"^def (test_\w+)\(", text, re.MULTILINE))


def named(text: str) -> set[str]:
    return set(re.findall(r"`(test_\w+)`", text))


def test_every_statement_names_a_test_or_says_why_not() -> None:
    rows = statements()
    assert [number for number, _, _ in rows] == list(range(1, 82))
    for number, _, proof in rows:
        reason = re.match(r"not ours(?: to send)?[:;] ([\w'’]+,? ){4}", proof)
        assert named(proof) or reason, number
        assert named(proof) <= known_tests(), (number, named(proof) - known_tests())


def test_what_the_page_claims_besides_is_tested_too() -> None:
    assert named(PAGE.read_text(encoding="utf-8")) <= known_tests()


def test_control_a_test_that_is_gone_would_be_found() -> None:
    assert not named("`test_that_was_never_written`") <= known_tests()
