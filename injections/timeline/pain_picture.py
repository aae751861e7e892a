"""Pain over time as a drawing along the days of the timeline: a row for each thing asked about, all on one scale.

Pure geometry, no markup. Only what was said is a point. A thin line joins two of one row that lie so near that they
belong to one course; between others nobody knows how it was, and nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from textwrap import wrap
from typing import Final

from injections.timeline.drawing import LETTER, Picture, TextLine, Tick
from injections.timeline.entry_words import day_in_words
from injections.timeline.pains import DOING, PainAnswer

JOINED_WITHIN: Final = timedelta(days=60)
"""The questions after one injection lie at most 7 weeks apart."""
WORST: Final = 10
SCALE_HEIGHT: Final = 50
LINE, GAP, TOP = 18, 14, 28
POINT_ROOM: Final = 10


@dataclass(frozen=True, slots=True)
class PainPoint:
    """One value in its place; `label` is its number, "" where the next one stands too near for it."""

    x: float
    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Joint:
    """A thin line between two values of one course."""

    x1: float
    y1: float
    x2: float
    y2: float


@dataclass(frozen=True, slots=True)
class PainRow:
    """One thing asked about: its words, and below them its scale from `best_y` (0) up to `worst_y` (10)."""

    heading: TextLine
    lines: list[TextLine]
    worst_y: int
    best_y: int
    points: list[PainPoint] = field(default_factory=list)
    joints: list[Joint] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PainPicture:
    """Everything that the template draws. `summary` says it in words."""

    width: int
    height: int
    today_x: float
    ticks: list[Tick]
    rows: list[PainRow]
    summary: str


def pain_picture(pains: Sequence[PainAnswer], along: Picture) -> PainPicture | None:
    """These answers, the oldest first, along the days of a timeline; None without any.

    What is older than its first day is said in words alone.
    """
    by_title: dict[str, list[PainAnswer]] = {}
    for one in sorted(pains, key=lambda answer: list(DOING).index(answer.doing)):
        by_title.setdefault(one.title, []).append(one)
    if not by_title:
        return None
    rows, y = [], TOP
    for title, answers in by_title.items():
        rows.append(_row(title, answers, y, along))
        y = rows[-1].best_y + GAP
    said = ". ".join(f"{row.heading.text}: {' '.join(line.text for line in row.lines)}" for row in rows)
    return PainPicture(along.width, y, along.today_x, along.ticks, rows, f"{said}.")


def _row(title: str, answers: Sequence[PainAnswer], y: int, along: Picture) -> PainRow:
    texts = wrap("; ".join(map(_words, answers)), int(along.width / LETTER))
    heading = TextLine(y + LINE, title)
    lines = [TextLine(heading.y + LINE * number, one) for number, one in enumerate(texts, start=1)]
    worst_y = lines[-1].y + GAP
    row = PainRow(heading, lines, worst_y, worst_y + SCALE_HEIGHT)
    shown = [one for one in answers if one.on >= along.first]
    places = [(along.x_of(one.at), _height(one, row)) for one in shown]
    ends = [*(x for x, _ in places[1:]), float(along.width)]
    for one, (x, height), end in zip(shown, places, ends, strict=True):
        label = str(one.value)
        row.points.append(PainPoint(x, height, label if end - x >= 2 * POINT_ROOM + len(label) * LETTER else ""))
    for before, after, first, second in zip(shown, shown[1:], places, places[1:], strict=False):
        if after.at - before.at <= JOINED_WITHIN:
            row.joints.append(Joint(*first, *second))
    return row


def _height(one: PainAnswer, row: PainRow) -> float:
    return round(row.best_y - SCALE_HEIGHT * one.value / WORST, 2)


def _words(one: PainAnswer) -> str:
    """ "6 on 9 March 2026 (before an injection)", "2 on 21 April 2026 (6 weeks, said by a carer)"."""
    by = "" if one.by == "the patient" else f", said by {one.by}"
    return f"{one.value} on {day_in_words(one.on)} ({one.asked}{by})"
