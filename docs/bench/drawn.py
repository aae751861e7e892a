"""Draws a picture beside each record of docs/bench that has goals: how far every figure is from its own.

`python docs/bench/drawn.py` in the environment of `make bench`, which alone has matplotlib. The same figures give the
same bytes. Right of the line a goal is reached, whichever way it points.
"""

from __future__ import annotations

import io
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl

sys.path.insert(0, str(Path(__file__).resolve().parent))

from figures import can_be_drawn, digest, picture_of, points_of, records, words_of

from bench.measure import in_units
from bench.record import Figure, Record

mpl.use("svg")
mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "figures", "font.family": "sans-serif", "font.size": 10})
from curves import curves  # noqa: E402 - after its settings
from matplotlib import pyplot  # noqa: E402

WIDTH, ROW, AROUND = 9.0, 0.34, 1.15
"""Inches: of the picture, of a row, of title and axis together."""
LEFT: Final = 0.5
"""Where the axis begins; what is measured stands left of it."""
MOST_LETTERS: Final = 66
COLOURS: Final = {
    "#ffffff": ("ground", "#0d1117"),
    "#1b2733": ("ink", "#e6edf3"),
    "#8a9bab": ("line", "#5d6f80"),
    "#1d6b3c": ("reached", "#6fcf97"),
    "#a01818": ("missed", "#ff8f8f"),
}
"""Of the house's pictures by day: what each is for, and what stands for it in the dark."""


def main() -> int:
    for record in records():
        path = picture_of(record)
        if path is not None:
            path.write_text(picture(record), encoding="utf-8")
    return 0


def picture(record: Record) -> str:
    """The whole picture as SVG."""
    sheet = curves(record) if points_of(record) else _goals(record)
    kept = io.StringIO()
    about = {"Date": None, "Creator": None, "Format": None, "Type": None, "Description": f"figures {digest(record)}"}
    sheet.savefig(kept, format="svg", metadata=about)
    pyplot.close(sheet)
    return _by_day_and_night(kept.getvalue(), words_of(record))


def _goals(record: Record) -> Any:
    """A row for each figure that has a goal."""
    rows = [one for one in record.figures if can_be_drawn(one)]
    height = AROUND + ROW * len(rows)
    sheet, axes = pyplot.subplots(figsize=(WIDTH, height), facecolor="#ffffff")
    sheet.subplots_adjust(left=LEFT, right=0.86, top=1 - 0.5 / height, bottom=0.6 / height)
    _axes(axes, len(rows))
    for at, (row, name) in enumerate(zip(rows, _names(rows), strict=True)):
        _row(axes, at, row, name)
    low, high = axes.get_xlim()
    axes.set_xlim(min(low, 0.8), max(high, 1.25))
    axes.set_title(f"{record.measurement}: how far from each goal", loc="left", color="#1b2733", fontsize=11, x=-0.95)
    axes.set_xlabel("times as good as the goal; right of the line it is reached", color="#1b2733")
    return sheet


def _axes(axes: Any, rows: int) -> None:
    axes.set_facecolor("#ffffff")
    axes.set_xscale("log")
    axes.set_ylim(rows - 0.5, -0.5)
    axes.set_yticks([])
    axes.axvline(1, color="#1b2733", linewidth=1.2)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:e}"[0] in "25" else "")
    axes.tick_params(which="both", colors="#1b2733", labelsize=8.5)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color("#8a9bab")


def _row(axes: Any, at: int, row: Figure, name: str) -> None:
    """A dot with the spread of its rounds, its name to the left and its figure to the right."""
    colour, mark = ("#1d6b3c", "o") if row.met else ("#a01818", "D")
    axes.plot([_good(row, row.lowest), _good(row, row.highest)], [at, at], color="#8a9bab", linewidth=2, zorder=1)
    axes.plot([_good(row, row.median)], [at], mark, color=colour, markersize=7, zorder=2)
    by = axes.get_yaxis_transform()
    axes.text(-0.02, at, name, transform=by, ha="right", va="center", color="#1b2733", fontsize=9)
    axes.text(1.02, at, in_units(row.median, row.unit), transform=by, ha="left", va="center", color=colour, fontsize=9)


def _good(row: Figure, value: float) -> float:
    """How many times as good as its goal: 1 is just reached."""
    return value / row.at_least if row.at_least is not None else (row.at_most or 0) / value


def _names(rows: list[Figure]) -> Iterator[str]:
    """What each row is called: with its heading where two are called the same without."""
    times = Counter(row.what for row in rows)
    for row in rows:
        words = row.what.removeprefix("… ") if times[row.what] == 1 else f"{row.about}: {row.what}"
        yield words if len(words) <= MOST_LETTERS else words[: MOST_LETTERS - 2].rstrip() + " …"


def _by_day_and_night(drawn: str, words: str) -> str:
    """Colours by name, so that a dark page gets those of the night; words for those who hear it."""
    for day, (name, _) in COLOURS.items():
        drawn = drawn.replace(day, f"var(--{name})")
    day = "".join(f"--{name}:{colour};" for colour, (name, _) in COLOURS.items())
    night = "".join(f"--{name}:{colour};" for name, colour in COLOURS.values())
    style = f"svg{{{day}}}@media(prefers-color-scheme:dark){{svg{{{night}}}}}text{{font-family:system-ui,sans-serif}}"
    title = f"<title>{words.replace('&', '&amp;').replace('<', '&lt;')}</title>"
    drawn = re.sub(r"(<svg [^>]*>)", rf"\1\n {title}\n <style>{style}</style>", drawn, count=1)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


if __name__ == "__main__":
    sys.exit(main())
