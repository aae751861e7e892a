"""The timeline as a drawing: lanes become rows with positions and patterns; its words stand in `entry_words`.

Pure geometry, no markup. Lengths are in the drawing's own units; a day is `per_day` wide and begins at its left edge.
The picture shows what happened in the last 18 months and whatever still lies ahead; what is older stands in a strip of
its own at the left, before the days begin. Every entry has its mark and its words; nothing ends outside the picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from textwrap import wrap
from typing import Any
from zoneinfo import ZoneInfo

from injections.safety.dates import add_months
from injections.timeline.drawing import (
    BAR,
    LETTER,
    MARK_ROOM,
    REVIEW,
    TOO_SOON,
    WIDE,
    Bracket,
    EntryRow,
    Lane,
    Mark,
    Picture,
    TextLine,
    Tick,
    Zone,
)
from injections.timeline.entry_words import date_of, day_in_words, entry_words, heading, interval_words

EDGE, EARLIER = 10, 64
"""Where the days begin: right of half a mark, or of the strip for what is older."""
LINE, GAP, BRACKET = 18, 10, 14
TOP = 52
MONTHS_BACK, MONTHS_AROUND = 18, 2
TICK_EVERY_MONTHS = (1, 2, 3, 6, 12)
TICK_ROOM, TICK_DX = 72, 4
LEAST_BRACKET = 4

_ZONES = ((TOO_SOON, "too_soon", "too soon"), (REVIEW, "review", "review"))
_SHAPES = {"own": "given", "without-outcome": "given"}


@dataclass(frozen=True, slots=True)
class Scale:
    """Days to positions, from the first day shown, at `left`, to the day after the last, at `width`."""

    start: date
    end: date
    left: int
    width: int
    zone: ZoneInfo

    @property
    def per_day(self) -> float:
        return (self.width - self.left) / (self.end - self.start).days

    def of_day(self, day: date) -> float:
        """The left edge of a day, kept among the days of the picture."""
        return self._inside((day - self.start).days)

    def of_instant(self, instant: datetime) -> float:
        """A moment by the clinic's wall clock, kept among the days of the picture."""
        local = instant.astimezone(self.zone)
        seconds = local.hour * 3600 + local.minute * 60 + local.second
        days = (local.date() - self.start).days + seconds / 86_400
        return self._inside(days)

    def _inside(self, days: float) -> float:
        return round(min(max(self.left + days * self.per_day, self.left), self.width), 2)

    def shows(self, day: date) -> bool:
        return self.start <= day < self.end


def picture(
    lanes: Sequence[dict[str, Any]], *, today: date, zone: ZoneInfo, days: Iterable[date] = (), width: int = WIDE
) -> Picture | None:
    """The drawing of these lanes (see `timeline_lanes`), so wide; None when there is nothing to draw.

    It shows these `days` too, as far as the last 18 months reach.
    """
    if not lanes:
        return None
    scale = _scale(lanes, today, zone, days, width)
    drawn, y = [], TOP
    for lane in lanes:
        drawn.append(_lane(lane, y, scale, today))
        y = drawn[-1].bottom + GAP
    return Picture(
        width=width,
        height=y,
        today_x=scale.of_day(today),
        today_label=f"Today, {day_in_words(today)}",
        ticks=_ticks(scale),
        lanes=drawn,
        summary=" ".join(_spoken(lane) for lane in drawn),
        has_earlier=scale.left == EARLIER,
        first=scale.start,
        x_of=scale.of_instant,
    )


def _scale(lanes: Iterable[dict[str, Any]], today: date, zone: ZoneInfo, days: Iterable[date], width: int) -> Scale:
    """From the month of the first entry shown to the month after the last zone, today always with some room."""
    earliest = _month_before(today, MONTHS_BACK)
    starts, ends, left = [_month_before(today, MONTHS_AROUND)], [add_months(_month(today), MONTHS_AROUND)], EDGE
    starts += [day for day in days if day >= earliest]
    for lane in lanes:
        ends += [day for name in ("review_from", "clear_from") if (day := date_of(lane.get(name)))]
        for entry in lane["entries"]:
            latest = date_of(entry["latest"])
            if latest is None or latest < earliest:
                left = EARLIER
                continue
            starts.append(max(date_of(entry["first"]) or latest, earliest))
            ends.append(date_of(entry.get("review", {}).get("until")) or latest)
    return Scale(_month(min(starts)), add_months(_month(max(ends)), 1), left, width, zone)


def _month(day: date) -> date:
    return day.replace(day=1)


def _month_before(day: date, months: int) -> date:
    """The first of the month that lies so many months before the day's; a first exists in every month."""
    number = day.year * 12 + day.month - 1 - months
    return date(number // 12, number % 12 + 1, 1)


def _ticks(scale: Scale) -> list[Tick]:
    months = (scale.end.year - scale.start.year) * 12 + scale.end.month - scale.start.month
    room = (scale.width - scale.left) / months
    every = next((step for step in TICK_EVERY_MONTHS if step * room >= TICK_ROOM), TICK_EVERY_MONTHS[-1])
    firsts = (add_months(scale.start, number) for number in range(0, months, every))
    return [_tick(scale.of_day(day), f"{day:%b %Y}", scale.width) for day in firsts]


def _tick(x: float, label: str, width: int) -> Tick:
    """Without its words where they would end outside the picture."""
    return Tick(x, label if x + TICK_DX + len(label) * LETTER <= width else "")


def _lane(lane: dict[str, Any], y: int, scale: Scale, today: date) -> Lane:
    title = TextLine(y + LINE, heading(lane))
    lines, y_now = _lines(interval_words(lane, today), y + LINE, scale.width)
    rows: list[EntryRow] = []
    y_now += GAP // 2
    for entry in lane["entries"]:
        rows.append(_row(entry, y_now, scale, today))
        y_now = _bottom_of(rows[-1])
    clear_from = date_of(lane.get("clear_from"))
    clear_x = scale.of_day(clear_from) if clear_from and scale.shows(clear_from) else None
    return Lane(y, y_now - y, title, lines, rows, clear_x)


def _row(entry: dict[str, Any], y: int, scale: Scale, today: date) -> EntryRow:
    lines, bar_y = _lines(entry_words(entry, today), y, scale.width)
    bar_y += GAP // 2
    latest, first = date_of(entry["latest"]), date_of(entry["first"])
    shape = entry["kind"] if entry["kind"] != "given" else _SHAPES.get(entry["origin"], "elsewhere")
    zones = [zone for zone in _zones(entry, scale) if zone.width > 0]
    if latest is None or not scale.shows(latest):
        middle = EARLIER / 2
        return EntryRow(
            y, lines, bar_y, Mark(shape, middle, middle, entry["is_exact"], is_earlier=True), scale.width, zones
        )
    began = scale.of_day(first) if first and first >= scale.start else 0
    mark = Mark(
        shape=shape,
        x=scale.of_day(latest),
        from_x=scale.of_day(latest) if entry["is_exact"] else began,
        is_exact=entry["is_exact"],
    )
    return EntryRow(y, lines, bar_y, mark, scale.width, zones, _rest(entry, scale))


def _bottom_of(row: EntryRow) -> int:
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


def _lines(text: str, y: int, width: int) -> tuple[list[TextLine], int]:
    """The text from `y` on, wrapped to the picture's width, and where it ends."""
    texts = wrap(text, int(width / LETTER))
    return [TextLine(y + LINE * number, one) for number, one in enumerate(texts, start=1)], y + LINE * len(texts)


def _spoken(lane: Lane) -> str:
    said = [
        " ".join(line.text for line in lane.lines),
        *(" ".join(line.text for line in row.lines) for row in lane.rows),
    ]
    return f"{lane.heading.text}: {'. '.join(one for one in said if one)}."
