"""The hazards, and what SECURITY.md promises, name tests that exist: a control without its proof is none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HAZARDS = ROOT / "docs" / "safety" / "hazards.md"
SECURITY = ROOT / "SECURITY.md"
KNOWN = 49
"""How many there are at least: raise it with a new row."""


def rows() -> dict[str, list[str]]:
    """The tests of each hazard, by its number."""
    lines = [line for line in HAZARDS.read_text(encoding="utf-8").splitlines() if re.match(r"\| H\d+ \|", line)]
    return {line.split("|")[1].strip(): re.findall(r"`(test_\w+)`", line) for line in lines}


def written_tests() -> set[str]:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"^ *(?:async )?def (test_\w+)\(", written, re.MULTILINE))


def test_every_hazard_names_a_test_that_exists() -> None:
    exist = written_tests()
    assert rows()
    unproved = {
        number: sorted(set(names) - exist) for number, names in rows().items() if not names or set(names) - exist
    }
    assert not unproved, (
        f"{HAZARDS.name}: each hazard names its tests; these name none, or ones that are not there (listed)"
    )


def test_every_control_names_a_test_that_exists() -> None:
    lines = [line for line in SECURITY.read_text(encoding="utf-8").splitlines() if re.match(r"\| [a-z]", line)][1:]
    exist = written_tests() | {"test_every_control_names_a_test_that_exists"}
    assert len(lines) >= 15
    unproved = [line for line in lines if not (named := re.findall(r"`(test_\w+)`", line)) or set(named) - exist]
    assert unproved == [], f"{SECURITY.name}: each control names a test that is there"


def test_no_hazard_is_ever_taken_out() -> None:
    """Numbers run on without a gap, and each is given once: what was found stays found."""
    lines = HAZARDS.read_text(encoding="utf-8").splitlines()
    found = [int(row[1]) for line in lines if (row := re.match(r"\| H(\d+) \|", line))]
    assert sorted(found) == list(range(1, len(found) + 1))
    assert len(found) >= KNOWN


def test_every_row_says_hazard_estimate_and_control() -> None:
    for line in HAZARDS.read_text(encoding="utf-8").splitlines():
        if re.match(r"\| H\d+ \|", line):
            _, number, hazard, estimate, control, proof, _ = (cell.strip() for cell in line.split("|"))
            assert hazard, number
            assert control, number
            assert proof, number
            assert re.fullmatch("[1-5]·[1-5]", estimate), number


@pytest.mark.parametrize("name", ["intended-use.md", "risk-management.md", "mails-read.md"])
def test_whatever_else_the_safety_documents_rely_on_exists(name: str) -> None:
    """Tests by their names, files by their addresses."""
    text = (HAZARDS.parent / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`(test_\w+)`", text))
    assert named
    assert not named - written_tests(), f"{name} relies on tests that are not there: renamed?"
    linked = re.findall(r"\]\(([^)#:]+)\)", text)
    assert [to for to in linked if not (HAZARDS.parent / to).exists()] == []
