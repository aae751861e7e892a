"""Puts the figures of docs/bench/*.json into docs/bench.md: a table for each measurement, and its picture.

`python docs/bench/figures.py`; with `--check` it only says whether the page and the pictures are of these figures.
"""

from __future__ import annotations

import hashlib
import re
import sys
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).resolve().parent
CHECKOUT: Final = HERE.parents[1]
sys.path.insert(0, str(CHECKOUT))

from bench.__main__ import NAMES  # noqa: E402
from bench.measure import in_units, verdict  # noqa: E402
from bench.record import Figure, Record, read  # noqa: E402

PAGE: Final = CHECKOUT / "docs" / "bench.md"
POINT: Final = re.compile(r"([0-9,]+) visits")
BEGIN: Final = "<!-- python docs/bench/figures.py writes from here -->\n"
END: Final = "<!-- to here -->\n"


def records() -> list[Record]:
    """All that lie here, in the order in which `make bench` takes them."""
    found = {path.stem: read(path) for path in HERE.glob("*.json")}
    return [found[name] for name in NAMES if name in found]


def picture_of(record: Record) -> Path | None:
    """Where its picture lies; None where no figure has a goal that can be drawn, nor is a point of a curve."""
    is_drawn = any(map(can_be_drawn, record.figures)) or points_of(record)
    return HERE / f"{record.measurement}.svg" if is_drawn else None


def points_of(record: Record) -> list[tuple[str, int, float]]:
    """Of curves: the heading, how many visits there were, and the seconds."""
    found = [(one, POINT.fullmatch(one.what)) for one in record.figures if one.unit == "s"]
    return [(one.about, int(point[1].replace(",", "")), one.median) for one, point in found if point]


def can_be_drawn(figure: Figure) -> bool:
    """Its goal is a line, and what it reached so many times as good or as bad: nothing of this can be 0."""
    return figure.met is not None and min(figure.lowest, figure.at_least or figure.at_most or 0) > 0


def digest(record: Record) -> str:
    """What a picture of these figures bears."""
    return hashlib.sha256(record.as_json().encode()).hexdigest()[:16]


def with_figures(text: str, found: list[Record]) -> str:
    """The page with the tables as the records have them."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}{''.join(map(_section, found))}\n{END}{after}"


def _section(record: Record) -> str:
    lines = ["", f"### {record.measurement}", "", _when(record), "", *_table(record)]
    picture = picture_of(record)
    if picture is not None:
        lines += ["", f"![{words_of(record)}](bench/{picture.name})"]
    return "\n".join([*lines, ""])


def _when(record: Record) -> str:
    taken = datetime.fromisoformat(record.taken_at)
    said = [f"{taken:%Y-%m-%d, %H:%M}" if "T" in record.taken_at else record.taken_at]
    said += [f"load {record.load:.1f} at the start"] if record.load is not None else []
    said += [f"commit {record.commit.removesuffix('+')}" + (" with changes" * record.commit.endswith("+"))] * bool(
        record.commit
    )
    said += [f"Python {record.python}", f"{record.cores} cores"]
    return f"`make bench ONLY={record.measurement}`, {', '.join(said)}. {record.said}".rstrip()


def _table(record: Record) -> Iterator[str]:
    yield "| what | figure | lowest – highest | goal |"
    yield "|---|---|---|---|"
    for about, figures in groupby(record.figures, key=lambda one: one.about):
        if about:
            yield f"| **{_cell(about)}** | | | |"
        for one in figures:
            spread = f"{in_units(one.lowest, one.unit)} – {in_units(one.highest, one.unit)}" if one.rounds > 1 else ""
            goal = verdict(one).replace("MISSED", "**missed**")
            yield f"| {_cell(one.what)} | {in_units(one.median, one.unit)} | {spread} | {goal} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").removeprefix("… ")


def words_of(record: Record) -> str:
    """What the picture shows, in words."""
    if points := points_of(record):
        return _curves_in_words(points)
    goals = [one for one in record.figures if can_be_drawn(one)]
    reached = sum(bool(one.met) for one in goals)
    missed = ", ".join(one.what for one in goals if not one.met)
    words = f"{record.measurement}: {reached} of {len(goals)} goals reached" + (f"; missed: {missed}" if missed else "")
    return words.replace("[", "(").replace("]", ")")


def _curves_in_words(points: list[tuple[str, int, float]]) -> str:
    """How many times as long each takes at the end of its line."""
    said = []
    for about, of in groupby(points, key=lambda one: one[0]):
        line = [seconds for _, _, seconds in of]
        said.append(f"{about.removesuffix(', processor time')} {line[-1] / line[0]:.2g} times")
    sizes = sorted({size for _, size, _ in points})
    return f"processor time beside {sizes[-1]:,} visits to that beside {sizes[0]:,}: {', '.join(said)}"


def main(arguments: list[str]) -> int:
    """0 where page and pictures show these figures; without `--check` the page does now."""
    found = records()
    text = PAGE.read_text(encoding="utf-8")
    wanted = with_figures(text, found)
    if "--check" not in arguments:
        PAGE.write_text(wanted, encoding="utf-8")
        return 0
    if text != wanted:
        sys.stderr.write("docs/bench.md has not the figures of docs/bench: python docs/bench/figures.py\n")
        return 1
    old = sorted(_not_of(found))
    if old:
        sys.stderr.write(f"docs/bench: not of these figures: {', '.join(old)}; make bench ONLY=pictures\n")
    return 1 if old else 0


def _not_of(found: list[Record]) -> set[str]:
    """Pictures of other figures than these, and of none."""
    drawn = {path.name: digest(record) for record in found if (path := picture_of(record)) is not None}
    lost = {path.name for path in HERE.glob("*.svg")} - set(drawn)
    return lost | {name for name, bears in drawn.items() if not _shows(HERE / name, bears)}


def _shows(path: Path, bears: str) -> bool:
    return path.exists() and f"figures {bears}" in path.read_text(encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
