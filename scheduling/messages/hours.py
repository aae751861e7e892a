"""When mails may go out, on the clinic's wall clock: the quiet hours. Pure.

Times are aware instants, answers are UTC. Hours between instants are elapsed hours.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pht_clinic.periods import wall_to_utc

OPENS = time(8)
CLOSES = time(20)


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
