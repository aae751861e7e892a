"""The only reader of time for rules and due dates.

Leases and the expiry of tokens use the database's own clock instead.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from zoneinfo import ZoneInfo

from django.conf import settings

_HELD: ContextVar[dt.datetime | None] = ContextVar("_HELD", default=None)


def now() -> dt.datetime:
    """The present instant, aware, in UTC; shifted by the seconds in `CLOCK_OFFSET_FILE` when one is set.

    The file is read at every call, so that web, worker and beat move together. A missing or empty file
    means no shift. Within `held()`, as in every request, it is the same instant each time.

    Raises: ValueError (the file holds something that is not a number of seconds).
    """
    return _HELD.get() or dt.datetime.now(dt.UTC) + shift()


@contextmanager
def held() -> Iterator[None]:
    """Read the clock once, and keep to it: what a request judges, stores and shows is of one instant."""
    token = _HELD.set(now())
    try:
        yield
    finally:
        _HELD.reset(token)


def shift() -> dt.timedelta:
    """By how much `now()` is shifted against real time: none, but in tests and the demo.

    For what is compared with the database's own clock and must move with the demo's. Raises: ValueError (as `now`).
    """
    if not settings.CLOCK_OFFSET_FILE:
        return dt.timedelta(0)
    return dt.timedelta(seconds=_offset_seconds(Path(settings.CLOCK_OFFSET_FILE)))


def zone() -> ZoneInfo:
    """The clinic's zone, in which calendar days, opening hours and months are counted."""
    return ZoneInfo(settings.CLINIC_TIME_ZONE)


def local_date(instant: dt.datetime) -> dt.date:
    """The clinic-local date of an aware instant."""
    return instant.astimezone(zone()).date()


def today() -> dt.date:
    """The clinic-local date of `now()`."""
    return local_date(now())


def _offset_seconds(path: Path) -> float:
    try:
        text = path.read_text(encoding="ascii").strip()
    except FileNotFoundError:
        return 0.0
    return float(text) if text else 0.0
