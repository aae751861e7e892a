"""Simple charts as rectangles, lines and words with their positions. Pure; a template draws them as SVG.

Lengths are in the drawing's own units. Colours are classes of the stylesheet: series-1, series-2, series-3.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from math import ceil, log10
from typing import Any

WIDTH = 720
LETTER = 7.2
COLUMN_HEIGHT, LEFT, TOP, BELOW = 200, 40, 24, 28
ROW, ROW_BAR, VALUE_WIDTH = 44, 16, 60
WIDEST_COLUMN = 48
SHARE_WIDTH, SHARE_HEIGHT = 200, 14


@dataclass(frozen=True, slots=True)
class Series:
    """Values of one meaning, one for each label; None, of columns alone, where there is none."""

    name: str
    values: Sequence[Any]


@dataclass(frozen=True, slots=True)
class Rect:
    x: float
    y: float
    width: float
    height: float
    css: str


@dataclass(frozen=True, slots=True)
class Line:
    x1: float
    y1: float
    x2: float
    y2: float
    css: str


@dataclass(frozen=True, slots=True)
class ChartText:
    x: float
    y: float
    text: str
    anchor: str = "start"
    css: str = ""


@dataclass(slots=True)
class Chart:
    """What is drawn, and the names of the series for the key (empty when there is only one)."""

    height: float
    rects: list[Rect] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    texts: list[ChartText] = field(default_factory=list)
    key: list[tuple[str, str]] = field(default_factory=list)
    width: int = WIDTH


def columns(
    labels: Sequence[str],
    series: Sequence[Series],
    *,
    markers: Sequence[tuple[float, str]] = (),
    highest: float | None = None,
    axis: str = "",
    is_numbered: bool = False,
) -> Chart:
    """Columns side by side for each label; a marker is a line before the label of that number, with its words.

    `highest` fixes the scale; otherwise it ends at a round number that holds every value. `axis` names the labels.
    `is_numbered` writes each value above its column, so that 0 is told from what is not known.
    """
    bottom = TOP + COLUMN_HEIGHT
    chart = Chart(height=bottom + BELOW * (2 if axis else 1), key=_key(series))
    if axis:
        chart.texts.append(ChartText((WIDTH + LEFT) / 2, bottom + 40, axis, "middle", "tick"))
    top = highest or _round_up(max((value or 0 for one in series for value in one.values), default=0))
    _scale_lines(chart, top, bottom)
    slot = (WIDTH - LEFT) / max(len(labels), 1)
    width = min(slot * 0.8 / max(len(series), 1), WIDEST_COLUMN)
    for number, label in enumerate(labels):
        middle = LEFT + slot * (number + 0.5)
        for which, one in enumerate(series):
            value = one.values[number]
            height = COLUMN_HEIGHT * (value or 0) / top
            x = middle + (which - len(series) / 2) * width
            if is_numbered and value is not None:
                chart.texts.append(
                    ChartText(round(x + width / 2, 2), round(bottom - height - 4, 2), _plain(value), "middle")
                )
            if height:
                chart.rects.append(
                    Rect(
                        round(x, 2), round(bottom - height, 2), round(width, 2), round(height, 2), f"series-{which + 1}"
                    )
                )
        if number % _every(labels, slot) == 0:
            chart.texts.append(ChartText(round(middle, 2), bottom + 18, label, "middle"))
    _mark(chart, markers, slot, bottom)
    return chart


def _mark(chart: Chart, markers: Sequence[tuple[float, str]], slot: float, bottom: float) -> None:
    """Lines with their words: those of the last one to its right, of the others to their left."""
    for which, (number_before, words) in enumerate(markers, start=1):
        x = round(LEFT + slot * number_before, 2)
        chart.lines.append(Line(x, 4, x, bottom, "marker"))
        is_last = which == len(markers)
        chart.texts.append(
            ChartText(x + (5 if is_last else -5), 14, words, "start" if is_last else "end", "marker-label")
        )


def bars(labels: Sequence[str], series: Sequence[Series], *, highest: float | None = None, unit: str = "") -> Chart:
    """One bar for each label, which stands above it; its series one after the other, their sum at its end."""
    chart = Chart(height=ROW * len(labels) + 8, key=_key(series))
    sums = [sum(one.values[number] for one in series) for number in range(len(labels))]
    top = highest or max(sums, default=0) or 1
    for number, label in enumerate(labels):
        y, x = ROW * number + 20, 1.0
        chart.texts.append(ChartText(0, y - 5, label))
        for which, one in enumerate(series):
            width = (WIDTH - VALUE_WIDTH) * one.values[number] / top
            if width:
                chart.rects.append(Rect(round(x, 2), y, round(width, 2), ROW_BAR, f"series-{which + 1}"))
            x += width
        chart.texts.append(ChartText(round(x + 6, 2), y + 13, f"{_plain(sums[number])}{unit}"))
    return chart


def share_bar(part: timedelta, whole: timedelta, widest: timedelta) -> Chart:
    """One bar of a row: the whole as wide as its part of `widest`, and in it, from the left, the part that is taken."""
    chart = Chart(height=SHARE_HEIGHT, width=SHARE_WIDTH)
    for length, css in ((whole, "series-3"), (part, "series-1")):
        if length:
            width = round((SHARE_WIDTH - 2) * (length / widest), 2)
            chart.rects.append(Rect(1, 1, width, SHARE_HEIGHT - 2, css))
    return chart


def _scale_lines(chart: Chart, top: float, bottom: float) -> None:
    for share in (0, 0.5, 1):
        y = bottom - COLUMN_HEIGHT * share
        chart.lines.append(Line(LEFT, y, WIDTH, y, "axis" if share == 0 else "grid-line"))
        chart.texts.append(ChartText(LEFT - 6, y + 4, _plain(top * share), "end", "tick"))


def _key(series: Sequence[Series]) -> list[tuple[str, str]]:
    return [(f"series-{number}", one.name) for number, one in enumerate(series, start=1)] if len(series) > 1 else []


def _every(labels: Sequence[str], slot: float) -> int:
    """Every how manieth label has room."""
    longest = max((len(label) for label in labels), default=1) * LETTER + 8
    return max(1, ceil(longest / slot))


def _round_up(value: float) -> float:
    """The next 2, 4, 10, 20, 40, 100 …: its half is a whole number too."""
    if value <= 2:
        return 2
    power: int = 10 ** int(log10(value))
    return next(step * power for step in (1, 2, 4, 10) if step * power >= value)


def _plain(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
