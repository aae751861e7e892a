"""What the timeline's drawing is made of: ticks, marks, zones and words with their places. Pure; no markup."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

WIDE, NARROW = 1120, 720
"""Of a picture that has the page to itself, and of one in a column."""
LETTER, BOLD = 7.8, 8.8
"""Upper bounds of the mean width of a letter, at the size and weight of the stylesheet, in the widest font that a
system may choose; words are shown where they surely fit.
"""
BAR: Final = 22
MARK_ROOM: Final = 16
TOO_SOON, REVIEW = "too-soon", "review"


@dataclass(frozen=True, slots=True)
class Tick:
    """The first of a month."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Zone:
    """A stretch of a row that is too soon or needs review; `label` is empty where words do not fit."""

    kind: str
    x: float
    width: float
    label: str

    @property
    def label_x(self) -> float:
        """Where the words begin: after the mark that stands at the start of what is too soon."""
        return round(self.x + (MARK_ROOM if self.kind == TOO_SOON else 4), 2)


@dataclass(frozen=True, slots=True)
class Mark:
    """Where an entry stands: `x` is the day it counts as, `from_x` the first day it can have been.

    `is_earlier`: before the days of the picture, in the strip at the left.
    """

    shape: str
    x: float
    from_x: float
    is_exact: bool
    is_earlier: bool = False

    @property
    def span(self) -> float:
        return self.x - self.from_x


@dataclass(frozen=True, slots=True)
class Bracket:
    """The rest after an injection."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text and its baseline."""

    y: int
    text: str


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry of a picture so wide. `lines` are its words."""

    y: int
    lines: list[TextLine]
    bar_y: int
    mark: Mark
    width: int
    zones: list[Zone] = field(default_factory=list)
    rest: Bracket | None = None

    @property
    def free_x(self) -> float | None:
        """Where the last zone of the entry has ended, if there is room for a word."""
        end = max((zone.x + zone.width for zone in self.zones), default=float(self.width))
        return round(end, 2) if end <= self.width - len("free") * LETTER - 5 else None

    @property
    def rest_y(self) -> int:
        return self.bar_y + BAR + 3

    @property
    def rest_is_left(self) -> bool:
        """Whether the word beside the bracket has to stand to its left."""
        return self.rest is not None and self.rest.x + self.rest.width + 5 > self.width - len("rest") * LETTER

    @property
    def rest_label_x(self) -> float:
        if not self.rest:
            return 0
        return round(self.rest.x - 5 if self.rest_is_left else self.rest.x + self.rest.width + 5, 2)


@dataclass(frozen=True, slots=True)
class Lane:
    """One area and side. `clear_x` is where the interval after given injections is free; None outside the picture."""

    y: int
    height: int
    heading: TextLine
    lines: list[TextLine]
    rows: list[EntryRow]
    clear_x: float | None

    @property
    def bottom(self) -> int:
        return self.y + self.height

    @property
    def rows_y(self) -> int:
        return self.rows[0].y if self.rows else self.bottom


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that the template draws. `summary` says it in words.

    `first` is the first day shown, `x_of` where an instant stands, for whatever else is drawn along the same days.
    """

    width: int
    height: int
    today_x: float
    today_label: str
    ticks: list[Tick]
    lanes: list[Lane]
    summary: str
    has_earlier: bool
    first: date
    x_of: Callable[[datetime], float]
    bar: int = BAR

    @property
    def today_is_right(self) -> bool:
        """Whether the words beside today have to stand to its left."""
        return self.today_x > self.width - len(self.today_label) * BOLD
