"""When mails may go out, on the clinic's wall clock: the quiet hours, the next working day. Pure.

Times are aware instants, answers are UTC. Hours between instants are elapsed hours.
"""

from __future__ import annotations

from collections.abc import Container
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pht_clinic.periods import wall_to_utc

OPENS = time(8)
CLOSES = time(20)
SATURDAY = 5


def is_open(instant: datetime, zone: ZoneInfo) -> bool:
    """Whether mails that keep the quiet hours may go out. Boundary: from 08:00 on, and until just before 20:00."""
    return OPENS <= instant.astimezone(zone).time() < CLOSES


def next_open(instant: datetime, zone: ZoneInfo) -> datetime:
    """`instant` itself when the quiet hours are over, else the 08:00 that follows it."""
    return instant.astimezone(UTC) if is_open(instant, zone) else next_at(instant, OPENS, zone)


def next_at(instant: datetime, wall: time, zone: ZoneInfo) -> datetime:
    """The first moment that shows `wall` on the clinic's clock, at `instant` or after it."""
    day = instant.astimezone(zone).date()
    today = at(day, wall, zone)
    return today if today >= instant else at(day + timedelta(days=1), wall, zone)


def at(day: date, wall: time, zone: ZoneInfo) -> datetime:
    """The instant of a wall time on a local day; the first one where the clock shows it twice."""
    return wall_to_utc(day, wall, zone, fold=0).astimezone(UTC)


def next_working_day(day: date, *, bank_holidays: Container[date]) -> date:
    """The first day after `day` that is neither a Saturday nor a Sunday nor one of these bank holidays."""
    following = day + timedelta(days=1)
    while following.weekday() >= SATURDAY or following in bank_holidays:
        following += timedelta(days=1)
    return following


def working_day_after(day: date, count: int, *, bank_holidays: Container[date]) -> date:
    """The `count`-th working day after `day`; `day` itself for 0."""
    for _ in range(count):
        day = next_working_day(day, bank_holidays=bank_holidays)
    return day
