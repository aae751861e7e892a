"""Weekly opening hours: which sessions are open on which day. Pure."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from pht_clinic.periods import Period, wall_to_utc


@dataclass(frozen=True, slots=True)
class Weekly:
    """A weekly session: who, the default room, and when, in clinic-local wall time (see models.Schedule)."""

    practitioner_id: int
    room_id: int
    weekday: int
    opens: time
    closes: time
    valid_from: date
    valid_to: date | None
    every_weeks: int


@dataclass(frozen=True, slots=True, order=True)
class Session:
    """One opening of a practitioner's diary on one day."""

    period: Period
    practitioner_id: int
    room_id: int


def holds_on(weekly: Weekly, day: date, *, bank_holidays: Container[date] = ()) -> bool:
    """Whether the session takes place on that local date; weeks are counted from the Monday of `valid_from`'s week.

    On a bank holiday only an extra session (valid on that one day) does.
    """
    if day in bank_holidays and weekly.valid_from != weekly.valid_to:
        return False
    if day.weekday() != weekly.weekday or day < weekly.valid_from:
        return False
    if weekly.valid_to is not None and day > weekly.valid_to:
        return False
    first_monday = weekly.valid_from - timedelta(days=weekly.valid_from.weekday())
    return ((day - first_monday).days // 7) % weekly.every_weeks == 0


def sessions(
    weeklies: Iterable[Weekly], *, from_on: date, to_on: date, zone: ZoneInfo, bank_holidays: Container[date] = ()
) -> Iterator[Session]:
    """Every session from `from_on` to `to_on`, both included, day by day."""
    by_weekday: dict[int, list[Weekly]] = {}
    for weekly in weeklies:
        by_weekday.setdefault(weekly.weekday, []).append(weekly)
    day = from_on
    while day <= to_on:
        for weekly in by_weekday.get(day.weekday(), ()):
            if holds_on(weekly, day, bank_holidays=bank_holidays):
                period = Period(
                    wall_to_utc(day, weekly.opens, zone, fold=0), wall_to_utc(day, weekly.closes, zone, fold=1)
                )
                if period.start < period.end:
                    yield Session(period, weekly.practitioner_id, weekly.room_id)
        day += timedelta(days=1)


def joined(found: Iterable[Session]) -> list[Session]:
    """Sessions of one practitioner in one room that touch or overlap count as one, so that no time is offered twice and
    a visit may cross the seam between two. In order; Boundary: what begins exactly when another ends touches it.
    """
    kept: dict[tuple[int, int], list[Period]] = {}
    for session in sorted(found, key=_order):
        periods = kept.setdefault((session.practitioner_id, session.room_id), [])
        if periods and session.period.start <= periods[-1].end:
            periods[-1] = Period(periods[-1].start, max(periods[-1].end, session.period.end))
        else:
            periods.append(session.period)
    whole = (Session(period, *whose) for whose, periods in kept.items() for period in periods)
    return sorted(whole, key=_order)


def _order(session: Session) -> tuple[datetime, datetime, int, int]:
    """That of sessions themselves; a search for a far day sorts thousands, and comparing tuples is quicker."""
    return session.period.start, session.period.end, session.practitioner_id, session.room_id


def without(period: Period, busy: Iterable[Period]) -> list[Period]:
    """What is left of `period` once every busy stretch (sorted by start) is taken out."""
    free, start = [], period.start
    for stretch in busy:
        if stretch.end <= start or stretch.start >= period.end:
            continue
        if stretch.start > start:
            free.append(Period(start, stretch.start))
        start = max(start, stretch.end)
    if start < period.end:
        free.append(Period(start, period.end))
    return free


def on_grid(instant: datetime, minutes: int) -> datetime:
    """The first instant at or after `instant` on the grid of `minutes`, counted from the full hour."""
    floor = instant.replace(minute=instant.minute - instant.minute % minutes, second=0, microsecond=0)
    return floor if floor == instant else floor + timedelta(minutes=minutes)
