"""docs/design.md names files and functions: they are there."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DESIGN = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
STOPS = [line.split("|")[1:5] for line in DESIGN.split("## ")[3].splitlines() if re.match(r"\| [a-z].*`", line)]


def functions(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_a_booking_has_at_most_12_stops() -> None:
    assert 10 <= len(STOPS) <= 12


@pytest.mark.parametrize(("files", "names"), [stop[1:3] for stop in STOPS], ids=[stop[0].strip() for stop in STOPS])
def test_each_stop_of_a_booking_is_where_its_row_says(files: str, names: str) -> None:
    paths, called = re.findall(r"`([\w/.]+)`", files), re.findall(r"`(\w+)`", names)
    assert len(paths) == len(called)
    for path, name in zip(paths, called, strict=True):
        assert name in functions(path), f"{name} does not stand in {path}"


def test_every_path_that_the_design_names_exists() -> None:
    """Of a bare file name there is one at least."""
    named = set(re.findall(r"`((?:[\w.]+/)*[\w.]+\.(?:py|md|toml|svg))`", DESIGN))
    assert len(named) > 15
    known = [
        path.relative_to(ROOT).as_posix()
        for half in ("injections", "scheduling", "pht_clinic", "tests", "docs")
        for path in (ROOT / half).rglob("*")
    ]
    missing = {
        name for name in named if not any(f"/{path}".endswith(f"/{name}") for path in [*known, "pyproject.toml"])
    }
    assert not missing


def test_every_room_is_explained() -> None:
    rooms = {path.name for half in ("injections", "scheduling") for path in (ROOT / half).iterdir() if path.is_dir()}
    plain = {"migrations", "templates", "templatetags", "management", "models", "__pycache__"}
    assert rooms - plain <= set(re.findall(r"`(\w+)/`", DESIGN))
