"""Where entries stand in the time grid: from which minute of the day to which, and beside what. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from pht_clinic.periods import Period

STEP_MINUTES: Final = 5
"""A row of the grid; what starts or ends between two rows is drawn as all of the row."""
DAY_MINUTES: Final = 24 * 60
MOST_LANES: Final = 12
"""So many entries stand side by side at most; the stylesheet has as many classes."""
USUAL_HOURS: Final = (8, 18)
"""Of a grid in which nothing is to be seen, in whole clinic-local hours."""


class What(StrEnum):
    """What an entry of the grid is."""

    VISIT = "visit"
    HELD = "held"
    FREE = "free"
    CLEANING = "cleaning"
    CLOSED = "closed"
    OPEN = "open"
    PAST = "past"
    NOW = "now"


BACKDROP: Final = (What.OPEN, What.PAST, What.NOW)
"""What lies behind or across the others and takes no lane."""
_ORDER: Final = {what: number for number, what in enumerate((What.OPEN, What.PAST, What.CLOSED, What.NOW))}


@dataclass(slots=True)
class GridEntry:
    """One entry of a column. Minutes of the clinic's wall clock since midnight of its day, half-open.

    `of` is the visit, the time being booked or the free time that it shows, `says` its words if it is none of these.
    `lane` is its place beside what it overlaps, from 1 on; `is_last_lane` where nothing stands to the right of it. It
    is drawn from `top` to `bottom`: all of it, unless it reaches over what is shown.
    """

    what: What
    starts: int
    ends: int
    of: Any = None
    says: str = ""
    lane: int = 1
    is_last_lane: bool = True
    top: int = -1
    bottom: int = -1

    def __post_init__(self) -> None:
        self.top, self.bottom = self.starts, self.ends

    @property
    def hours(self) -> str:
        """From when to when: "12:00 to 13:00"."""
        if (self.starts, self.ends) == (0, DAY_MINUTES):
            return "All day"
        return " to ".join(f"{one // 60:02}:{one % 60:02}" for one in (self.starts, self.ends))

    @property
    def place(self) -> str:
        """Its place as classes of the stylesheet: "h9 m35 to-h10 to-m5 lane-1 wide"."""
        first = self.top - self.top % STEP_MINUTES
        last = max(-(-self.bottom // STEP_MINUTES) * STEP_MINUTES, first + STEP_MINUTES)
        rows = f"h{first // 60} m{first % 60} to-h{last // 60} to-m{last % 60}"
        wide = " wide" if self.is_last_lane else ""
        return f"{rows} lane-{self.lane}{wide}"


def minutes_of(period: Period, day: date, zone: Any) -> tuple[int, int]:
    """From which minute of that local day to which; what reaches over it ends with it."""
    return _minute(period.start, day, zone), _minute(period.end, day, zone)


def _minute(instant: datetime, day: date, zone: Any) -> int:
    there = instant.astimezone(zone)
    if there.date() != day:
        return 0 if there.date() < day else DAY_MINUTES
    return there.hour * 60 + there.minute


def hours_of(entries: Iterable[GridEntry]) -> tuple[int, int]:
    """The first whole hour and the hour after the last in which something is open, booked or free. What is merely
    closed, or cleaned after the last visit, makes no grid longer.
    """
    shown = [one for one in entries if one.what in (What.VISIT, What.HELD, What.FREE, What.OPEN)]
    if not shown:
        return USUAL_HOURS
    return min(one.starts for one in shown) // 60, -(-max(one.ends for one in shown) // 60)


def within(entries: Iterable[GridEntry], hours: tuple[int, int]) -> list[GridEntry]:
    """The entries, cut to these hours; what lies wholly outside is left out."""
    first, last = hours[0] * 60, hours[1] * 60
    found = []
    for one in entries:
        one.top, one.bottom = max(one.starts, first), min(one.ends, last)
        if one.top < one.bottom:
            found.append(one)
    return found


def after_cleaning(entries: Sequence[GridEntry]) -> None:
    """Draw what is closed only from where a room is cleaned into it, instead of beside that."""
    cleaning = [one for one in entries if one.what == What.CLEANING]
    for one in entries:
        into = (other.bottom for other in cleaning if other.top <= one.top < other.bottom < one.bottom)
        if one.what == What.CLOSED:
            one.top = max(into, default=one.top)


def side_by_side(entries: Sequence[GridEntry]) -> int:
    """Give each entry its lane, so that none covers another; how many lanes there are, at least one.

    Boundary: what begins as another ends stands below it, not beside it.
    """
    lanes, cluster, until = 1, list[GridEntry](), 0
    for one in sorted(entries, key=lambda one: (one.top, -one.bottom)):
        if one.what in BACKDROP:
            continue
        if one.top >= until:
            lanes, cluster = max(lanes, _close(cluster)), []
        cluster.append(one)
        until = max(until, one.bottom)
        taken = {other.lane for other in cluster[:-1] if other.bottom > one.top}
        one.lane = next(lane for lane in range(1, len(cluster) + 1) if lane not in taken)
    return min(MOST_LANES, max(lanes, _close(cluster)))


def _close(cluster: Sequence[GridEntry]) -> int:
    """Which entries of those that overlap reach to the right edge, and in how many lanes they stand."""
    widest = max((one.lane for one in cluster), default=1)
    for one in cluster:
        overlapping = [other for other in cluster if other.top < one.bottom and one.top < other.bottom]
        one.is_last_lane = one.lane == max(other.lane for other in overlapping)
        one.lane = min(one.lane, MOST_LANES)
    return widest


def in_order(entries: Iterable[GridEntry]) -> list[GridEntry]:
    """As the day goes by, and as they are read out; of what starts together first what lies behind, then from left to
    right.
    """
    return sorted(entries, key=lambda one: (one.starts, _ORDER.get(one.what, len(_ORDER)), one.lane))


def gaps(open_ones: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches between these openings of one day in which none of them is open, in minutes."""
    found: list[tuple[int, int]] = []
    until = DAY_MINUTES
    for starts, ends in sorted(open_ones):
        if starts > until:
            found.append((until, starts))
        until = ends if until == DAY_MINUTES else max(until, ends)
    return found
