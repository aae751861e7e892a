"""The hazards, and what SECURITY.md promises, name tests that exist: a control without its proof is none."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
HAZARDS = ROOT / "docs" / "safety" / "hazards.md"
SECURITY = ROOT / "SECURITY.md"


def rows() -> dict[str, list[str]]:
    """The tests of each hazard, by its number."""
    lines = [line for line in HAZARDS.read_text(encoding="utf-8").splitlines() if re.match(r"\| H\d+ \|", line)]
    return {line.split("|")[1].strip(): re.findall(r"`(test_\w+)`", line) for line in lines}


def existing() -> set[str]:
    written = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    return set(re.findall(r"^(?:async )?def (test_\w+)\(", written, re.MULTILINE))


def test_every_hazard_names_a_test_that_exists() -> None:
    exist = existing()
    assert rows()
    assert not {number: names for number, names in rows().items() if not names or set(names) - exist}


def test_every_control_names_a_test_that_exists() -> None:
    lines = [line for line in SECURITY.read_text(encoding="utf-8").splitlines() if re.match(r"\| [a-z]", line)][1:]
    exist = existing() | {"test_every_control_names_a_test_that_exists"}
    assert len(lines) >= 15
    assert [line for line in lines if not (named := re.findall(r"`(test_\w+)`", line)) or set(named) - exist] == []
