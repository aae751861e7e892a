"""The timeline as a drawing: lanes become rows with positions and patterns; its words stand in `entry_words`.

Pure geometry, no markup. Lengths are in the drawing's own units; a day is `per_day` wide and begins at its left edge.
The picture shows what happened in the last 18 months and whatever still lies ahead; older entries are told in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from injections.safety.dates import add_months
from injections.timeline.entry_words import date_of, day_in_words, entry_words, heading, interval_words

WIDTH = 720
LETTER = 7.2
"""An upper bound of the width of a letter, at the size of the stylesheet; words are shown where they surely fit."""
LINE, BAR, GAP, BRACKET = 18, 22, 10, 14
TOP = 52
MONTHS_BACK, MONTHS_AROUND = 18, 2
TICK_EVERY_MONTHS = (1, 2, 3, 6, 12)
TICK_ROOM = 72
MARK_ROOM = 16
LEAST_BRACKET = 4

TOO_SOON, REVIEW = "too-soon", "review"
_ZONES = ((TOO_SOON, "too_soon", "too soon"), (REVIEW, "review", "review"))
_SHAPES = {"own": "given", "without-outcome": "given"}


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
    """Where an entry stands: `x` is the day it counts as, `from_x` the first day it can have been."""

    shape: str
    x: float
    from_x: float
    is_exact: bool

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
    """One entry. `lines` are its words; `mark` is None where it lies before the picture or has no date."""

    y: int
    lines: list[TextLine]
    bar_y: int
    mark: Mark | None = None
    zones: list[Zone] = field(default_factory=list)
    rest: Bracket | None = None

    @property
    def free_x(self) -> float | None:
        """Where the last zone of the entry has ended, if there is room for a word."""
        end = max((zone.x + zone.width for zone in self.zones), default=float(WIDTH))
        return round(end, 2) if end <= WIDTH - len("free") * LETTER else None

    @property
    def rest_y(self) -> int:
        return self.bar_y + BAR + 3

    @property
    def rest_label_x(self) -> float:
        return round(self.rest.x + self.rest.width + 5, 2) if self.rest else 0


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
    """Everything that the template draws. `summary` says it in words."""

    width: int
    height: int
    today_x: float
    today_label: str
    ticks: list[Tick]
    lanes: list[Lane]
    summary: str
    bar: int = BAR

    @property
    def today_is_right(self) -> bool:
        """Whether the words beside today have to stand to its left."""
        return self.today_x > WIDTH - len(self.today_label) * LETTER


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to positions, from the first day shown to the day after the last."""

    start: date
    end: date
    zone: ZoneInfo

    @property
    def per_day(self) -> float:
        return WIDTH / (self.end - self.start).days

    def of_day(self, day: date) -> float:
        """The left edge of a day, kept inside the picture."""
        return round(min(max((day - self.start).days * self.per_day, 0), WIDTH), 2)

    def of_instant(self, instant: datetime) -> float:
        """A moment by the clinic's wall clock, kept inside the picture."""
        local = instant.astimezone(self.zone)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        days = (local.date() - self.start).days + seconds / 86_400
        return round(min(max(days * self.per_day, 0), WIDTH), 2)

    def shows(self, day: date) -> bool:
        return self.start <= day < self.end


def picture(lanes: Sequence[dict[str, Any]], *, today: date, zone: ZoneInfo) -> Picture | None:
    """The drawing of these lanes (see `timeline_lanes`); None when there is nothing to draw."""
    if not lanes:
        return None
    scale = _scale(lanes, today, zone)
    drawn, y = [], TOP
    for lane in lanes:
        drawn.append(_lane(lane, y, scale, today))
        y = drawn[-1].bottom + GAP
    return Picture(
        width=WIDTH,
        height=y,
        today_x=scale.of_day(today),
        today_label=f"Today, {day_in_words(today)}",
        ticks=_ticks(scale),
        lanes=drawn,
        summary=" ".join(_spoken(lane) for lane in drawn),
    )


def _scale(lanes: Iterable[dict[str, Any]], today: date, zone: ZoneInfo) -> Scale:
    """From the month of the first entry shown to the month after the last zone, today always with some room."""
    earliest = _month_before(today, MONTHS_BACK)
    starts, ends = [_month_before(today, MONTHS_AROUND)], [add_months(_month(today), MONTHS_AROUND)]
    for lane in lanes:
        ends += [day for name in ("review_from", "clear_from") if (day := date_of(lane.get(name)))]
        for entry in lane["entries"]:
            latest = date_of(entry["latest"])
            if latest is None or latest < earliest:
                continue
            starts.append(max(date_of(entry["first"]) or latest, earliest))
            ends.append(date_of(entry.get("review", {}).get("until")) or latest)
    return Scale(_month(min(starts)), add_months(_month(max(ends)), 1), zone)


def _month(day: date) -> date:
    return day.replace(day=1)


def _month_before(day: date, months: int) -> date:
    """The first of the month that lies so many months before the day's; a first exists in every month."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _ticks(scale: Scale) -> list[Tick]:
    months = (scale.end.year - scale.start.year) * 12 + scale.end.month - scale.start.month
    room = WIDTH / months
    every = next((step for step in TICK_EVERY_MONTHS if step * room >= TICK_ROOM), TICK_EVERY_MONTHS[-1])
    firsts = (add_months(scale.start, number) for number in range(0, months, every))
    return [Tick(scale.of_day(day), f"{day:%b %Y}") for day in firsts]


def _lane(lane: dict[str, Any], y: int, scale: Scale, today: date) -> Lane:
    title = TextLine(y + LINE, heading(lane))
    lines, y_now = _lines(interval_words(lane, today), y + LINE)
    rows: list[EntryRow] = []
    y_now += GAP // 2
    for entry in lane["entries"]:
        rows.append(_row(entry, y_now, scale, today))
        y_now = _bottom_of(rows[-1])
    clear_from = date_of(lane.get("clear_from"))
    clear_x = scale.of_day(clear_from) if clear_from and scale.shows(clear_from) else None
    return Lane(y, y_now - y, title, lines, rows, clear_x)


def _row(entry: dict[str, Any], y: int, scale: Scale, today: date) -> EntryRow:
    lines, bar_y = _lines(entry_words(entry, today), y)
    bar_y += GAP // 2
    latest, first = date_of(entry["latest"]), date_of(entry["first"])
    if latest is None or not scale.shows(latest):
        return EntryRow(y, lines, bar_y)
    mark = Mark(
        shape=entry["kind"] if entry["kind"] != "given" else _SHAPES.get(entry["origin"], "elsewhere"),
        x=scale.of_day(latest),
        from_x=scale.of_day(first or (latest if entry["is_exact"] else scale.start)),
        is_exact=entry["is_exact"],
    )
    return EntryRow(y, lines, bar_y, mark, _zones(entry, scale), _rest(entry, scale))


def _bottom_of(row: EntryRow) -> int:
    if row.mark is None:
        return row.bar_y + GAP
    return row.bar_y + BAR + (BRACKET if row.rest else 0) + GAP


def _zones(entry: dict[str, Any], scale: Scale) -> list[Zone]:
    found = []
    for kind, name, label in _ZONES:
        if zone := entry.get(name):
            x = scale.of_day(date.fromisoformat(zone["from"]))
            width = round(scale.of_day(date.fromisoformat(zone["until"])) - x, 2)
            taken = MARK_ROOM + 4 if kind == TOO_SOON else 8
            found.append(Zone(kind, x, width, label if width - taken >= len(label) * LETTER else ""))
    return found


def _rest(entry: dict[str, Any], scale: Scale) -> Bracket | None:
    rest = entry.get("rest")
    if not rest:
        return None
    x = scale.of_instant(datetime.fromisoformat(rest["from"]))
    width = scale.of_instant(datetime.fromisoformat(rest["until"])) - x
    return Bracket(x, round(max(width, LEAST_BRACKET), 2))


def _lines(text: str, y: int) -> tuple[list[TextLine], int]:
    """The text from `y` on, wrapped to the picture's width, and where it ends."""
    texts = wrap(text, int(WIDTH / LETTER))
    return [TextLine(y + LINE * number, one) for number, one in enumerate(texts, start=1)], y + LINE * len(texts)


def _spoken(lane: Lane) -> str:
    said = [
        " ".join(line.text for line in lane.lines),
        *(" ".join(line.text for line in row.lines) for row in lane.rows),
    ]
    return f"{lane.heading.text}: {'. '.join(one for one in said if one)}."
