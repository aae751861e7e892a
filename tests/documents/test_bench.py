"""What a measurement hands over: one record, of which the page's table and the picture are made."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from bench.__main__ import NAMES
from bench.measure import in_units, verdict
from bench.record import Figure, Record, read
from tests.documents.markdown import ROOT

FOLDER = ROOT / "docs" / "bench"
SAID = """
from bench import measure, record
with record.of("kettle"):
    measure.say_about("A kettle")
    measure.say_time("until it boils", measure.Sample((3.0, 1.0, 2.0)), at_most=2.0)
    measure.say_ratio("of the old one", measure.Sample((0.5,)), at_least=0.6)
    record.say("A small one.")
    {end}
"""


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """What writes the page, as `python docs/bench/figures.py` reads it."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module("figures")


def measured(folder: Path, end: str = "pass") -> int:
    """The kettle is measured in a process of its own; its exit status."""
    command = [sys.executable, "-c", SAID.format(end=end)]
    done = subprocess.run(command, cwd=ROOT, env={"BENCH_RECORDS": str(folder)}, capture_output=True, check=False)
    return done.returncode


def test_a_record_has_what_was_said(tmp_path: Path) -> None:
    """Each figure with its spread, its goal and whether that is met; the machine beside them."""
    assert measured(tmp_path) == 0
    kept: dict[str, Any] = json.loads((tmp_path / "kettle.json").read_text())
    boils, old = kept["figures"]
    assert boils == {
        "what": "until it boils",
        "unit": "s",
        "median": 2.0,
        "lowest": 1.0,
        "highest": 3.0,
        "rounds": 3,
        "about": "A kettle",
        "at_least": None,
        "at_most": 2.0,
        "met": True,
    }
    assert (old["unit"], old["at_least"], old["met"]) == ("×", 0.6, False)
    assert kept["said"] == "A small one."
    assert {name for name, value in kept.items() if value in (None, "")} <= {"commit"}
    assert read(tmp_path / "kettle.json").as_json() == (tmp_path / "kettle.json").read_text()


def test_a_measurement_that_breaks_off_leaves_the_record_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "kettle.json").write_text("of last week")
    assert measured(tmp_path, end="raise SystemExit(3)") == 3
    assert (tmp_path / "kettle.json").read_text() == "of last week"


@pytest.mark.parametrize(
    ("value", "at_least", "at_most", "met", "words"),
    [
        pytest.param(1.9, 2.0, None, False, "MISSED: at least 2 ×", id="below the least"),
        pytest.param(2.0, 2.0, None, True, "reached: at least 2 ×", id="just the least"),
        pytest.param(2.0, None, 2.0, True, "reached: at most 2 ×", id="just the most"),
        pytest.param(2.1, None, 2.0, False, "MISSED: at most 2 ×", id="above the most"),
        pytest.param(2.1, None, None, None, "", id="no goal"),
    ],
)
def test_a_goal_is_met_at_its_bound(
    value: float, at_least: float | None, at_most: float | None, met: bool | None, words: str
) -> None:
    figure = Figure("one", "×", value, value, value, at_least=at_least, at_most=at_most)
    assert (figure.met, verdict(figure)) == (met, words)


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (0.0000123, "s", "12.3 µs"),
        (0.0123, "s", "12.3 ms"),
        (12.3, "s", "12.3 s"),
        (1234.0, "s", "1,234 s"),
        (1.234, "×", "1.23 ×"),
        (12.34, "MB", "12.3 MB"),
        (1234567, "", "1,234,567"),
    ],
)
def test_a_figure_is_shown_in_the_unit_that_fits(value: float, unit: str, shown: str) -> None:
    assert in_units(value, unit) == shown


def test_points_of_a_curve_are_told_from_other_times(figures: ModuleType) -> None:
    """Their picture is said in words: how many times as long at the end of each line."""

    def time_of(what: str, seconds: float, about: str = "The week, processor time") -> Figure:
        return Figure(what, "s", seconds, seconds, seconds, about=about)

    found = (time_of("10,000 visits", 0.1), time_of("1,000,000 visits", 0.25), time_of("to fill it", 3.0))
    record = Record("load.curves", "2026-11-30", None, "", "3.11", 2, figures=found)
    assert figures.points_of(record) == [
        ("The week, processor time", 10_000, 0.1),
        ("The week, processor time", 1_000_000, 0.25),
    ]
    said = "processor time beside 1,000,000 visits to that beside 10,000: The week 2.5 times"
    assert figures.words_of(record) == said
    assert figures.picture_of(record) == FOLDER / "load.curves.svg"


def test_the_page_and_the_pictures_are_of_these_figures(figures: ModuleType) -> None:
    assert figures.main(["--check"]) == 0


def test_a_page_or_a_picture_of_other_figures_is_found(
    figures: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One figure that has changed since."""
    record: Record = next(one for one in figures.records() if figures.picture_of(one))
    first = replace(record.figures[0], median=record.figures[0].median * 2)
    changed = replace(record, figures=(first, *record.figures[1:]))
    monkeypatch.setattr(figures, "records", lambda: [changed])
    assert figures.main(["--check"]) == 1
    assert "docs/bench.md" in capsys.readouterr().err
    monkeypatch.setattr(figures, "PAGE", tmp_path / "bench.md")
    (tmp_path / "bench.md").write_text(figures.with_figures(figures.BEGIN + figures.END, [changed]))
    assert figures.main(["--check"]) == 1
    assert f"{record.measurement}.svg" in capsys.readouterr().err


def test_every_measurement_has_its_record_and_every_record_its_measurement() -> None:
    """In a file called like it, which `python -m bench` can write anew."""
    kept = {path.stem: read(path).measurement for path in FOLDER.glob("*.json")}
    assert {name for name, called in kept.items() if name != called} == set()
    assert set(kept) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_every_measurement_can_be_started(name: str) -> None:
    """There is a module of that name, and it hands its figures over under it."""
    path = ROOT / "bench" / Path(*name.split("."))
    module = path / "__main__.py" if path.is_dir() else path.with_suffix(".py")
    assert f'record.of("{name}")' in module.read_text(encoding="utf-8")
