"""Draws how what is asked for grows with the clinic: one line each, both axes by powers of ten.

`docs/bench/drawn.py` asks for it where a record has points of a curve: figures that are called "10,000 visits".
"""

from __future__ import annotations

from itertools import groupby
from typing import Any, Final

from figures import points_of
from matplotlib import pyplot

from bench.record import Record

WIDTH, ROW, AROUND = 9.0, 0.3, 1.6
"""Inches: of the picture, of a name beside the lines, of title and axis together."""
DASHES: Final = ("-", "--", ":", "-.")
INK, LINE, COLOURS = "#1b2733", "#8a9bab", ("#1b2733", "#1d6b3c", "#a01818")
"""Of the house's pictures; each line is told from its neighbours by colour and dashes together."""


def curves(record: Record) -> Any:
    """The sheet with a line for each heading, and its name where it ends."""
    points = points_of(record)
    lines = [(about, [(at, seconds) for _, at, seconds in of]) for about, of in groupby(points, key=lambda one: one[0])]
    sheet, axes = pyplot.subplots(figsize=(WIDTH, AROUND + ROW * len(lines)), facecolor="#ffffff")
    sheet.subplots_adjust(left=0.09, right=0.66, top=0.93, bottom=0.13)
    axes.set_facecolor("#ffffff")
    axes.set_xscale("log")
    axes.set_yscale("log")
    for number, (_, of) in enumerate(lines):
        style, colour = DASHES[number // len(COLOURS) % len(DASHES)], COLOURS[number % len(COLOURS)]
        axes.plot(*zip(*of, strict=True), style, marker="o", markersize=4, color=colour, linewidth=1.4)
    _names(axes, lines)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{1000 * value:g} ms")
    axes.tick_params(which="both", colors=INK, labelsize=8.5)
    axes.grid(axis="y", which="major", color=LINE, linewidth=0.5)
    for side in ("right", "top"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(LINE)
    axes.set_xlabel("visits in the table", color=INK)
    axes.set_title("processor time of one answer", loc="left", color=INK, fontsize=11)
    return sheet


def _names(axes: Any, lines: list[tuple[str, list[tuple[float, float]]]]) -> None:
    """From top to bottom in the order in which the lines end, each with its own line to it."""
    ends = sorted(((of[-1], about, number) for number, (about, of) in enumerate(lines)), key=lambda one: -one[0][1])
    for at, ((x, y), about, number) in enumerate(ends):
        axes.annotate(
            about.removesuffix(", processor time"),
            (x, y),
            xytext=(1.06, 0.99 - at * 0.98 / max(1, len(ends) - 1)),
            textcoords="axes fraction",
            va="center",
            fontsize=9,
            color=COLOURS[number % len(COLOURS)],
            arrowprops={"arrowstyle": "-", "color": LINE, "linewidth": 0.6},
        )
