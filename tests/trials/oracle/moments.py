"""Where the random histories fall in time: awkward days of the month, clock changes, months before a day."""

from datetime import UTC, date, datetime, timedelta
from random import Random

from tests.trials.oracle.days import add_months, is_summer_time, last_sunday

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
AWKWARD_DAYS = [
    (1, 31),
    (2, 28),
    (3, 1),
    (3, 31),
    (5, 1),
    (5, 31),
    (7, 1),
    (8, 31),
    (10, 1),
    (10, 31),
    (11, 30),
    (12, 1),
]


def random_start(rng: Random) -> datetime:
    """A start on or beside an awkward day of the month or a clock change, or anywhere; some near midnight."""
    year = rng.randint(2024, 2028)
    kind = rng.random()
    if kind < 0.45:
        month, day_of_month = rng.choice(AWKWARD_DAYS)
        day = date(year, month, day_of_month)
    elif kind < 0.7:
        day = last_sunday(year, rng.choice([3, 10]))
    else:
        day = date(year, 1, 1) + rng.randint(0, 364) * DAY
    day += rng.choice([-3, -2, -1, -1, 0, 0, 0, 1, 1, 2, 3]) * DAY
    at = datetime(day.year, day.month, day.day, 9, 0, tzinfo=UTC) + rng.randint(0, 96) * 5 * MINUTE
    if rng.random() < 0.2:
        at = at.replace(hour=rng.choice([0, 22, 23]), minute=rng.choice([0, 30, 59]))
    return at


def written(rng: Random, at: datetime) -> str:
    """The instant as text, in UTC or on London's clock."""
    if rng.random() < 0.5:
        return at.isoformat()
    shifted = (at + HOUR if is_summer_time(at) else at).replace(tzinfo=None)
    return shifted.isoformat() + ("+01:00" if is_summer_time(at) else "+00:00")


def around_a_fortnight(rng: Random) -> timedelta:
    """14 times 24 hours, or a minute beside."""
    return 14 * DAY + rng.choice([-1, 0, 0, 1]) * MINUTE


def months_before(rng: Random, day: date, months: int) -> date:
    """A day that, so many months later, falls on this day or one or two beside it."""
    found = day - months * 30 * DAY
    while add_months(found, months) < day:
        found += DAY
    while add_months(found, months) >= day:
        found -= DAY
    return found + rng.choice([-1, 0, 1, 1, 1, 2, 3]) * DAY
