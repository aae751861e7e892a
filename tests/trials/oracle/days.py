"""Days, months and the clinic's clock, counted the slow way for the second implementation of the rules.

No calendar library is used but `datetime.date` itself: the last day of a month is found by walking to it, and
British Summer Time is worked out from its two Sundays. All instants are aware; hours are elapsed hours.
"""

from datetime import UTC, date, datetime, timedelta

ONE_DAY = timedelta(days=1)
NEVER = date(9999, 12, 31)


def instant(text: str) -> datetime:
    """An ISO 8601 instant with an offset, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def last_sunday(year: int, month: int) -> date:
    day = date(year, month, 31)
    while day.weekday() != 6:
        day -= ONE_DAY
    return day


def is_summer_time(at: datetime) -> bool:
    """Whether London's clocks are an hour ahead at this instant: from the last Sunday of March, 01:00 UTC,
    until the last Sunday of October, 01:00 UTC (the rule in force since 1996)."""
    first = last_sunday(at.year, 3)
    last = last_sunday(at.year, 10)
    begins = datetime(first.year, 3, first.day, 1, 0, tzinfo=UTC)
    ends = datetime(last.year, 10, last.day, 1, 0, tzinfo=UTC)
    return begins <= at < ends


def local_day(at: datetime) -> date:
    """The date on the clinic's wall at this instant."""
    if is_summer_time(at):
        return (at + timedelta(hours=1)).date()
    return at.date()


def midnight_after(day: date) -> datetime:
    """The instant at which this local day ends."""
    next_day = day + ONE_DAY
    at = datetime(next_day.year, next_day.month, next_day.day, tzinfo=UTC)
    if is_summer_time(at - timedelta(hours=1)):
        return at - timedelta(hours=1)
    return at


def add_months(day: date, months: int) -> date:
    """The same day so many months later; one that does not exist becomes the 1st of the next month."""
    year, month = day.year, day.month
    for _ in range(months):
        month += 1
        if month == 13:
            year, month = year + 1, 1
    try:
        return date(year, month, day.day)
    except ValueError:
        return date(year, month, 28) + first_of_next_month(date(year, month, 28))


def first_of_next_month(day: date) -> timedelta:
    """How far it is from this day to the 1st of the next month."""
    step = ONE_DAY
    while (day + step).day != 1:
        step += ONE_DAY
    return step


def last_possible_day(text: str) -> date:
    """The last day that "2026", "2026-08" or "2026-08-14" could mean."""
    if len(text) == 4:
        return date(int(text), 12, 31)
    if len(text) == 7:
        first = date(int(text[:4]), int(text[5:]), 1)
        return first + first_of_next_month(first) - ONE_DAY
    return date.fromisoformat(text)


def first_possible_day(text: str) -> date:
    """The first day that "2026", "2026-08" or "2026-08-14" could mean."""
    if len(text) == 4:
        return date(int(text), 1, 1)
    if len(text) == 7:
        return date(int(text[:4]), int(text[5:]), 1)
    return date.fromisoformat(text)


def counts_as(injection: dict, judged: date) -> date:
    """The date an earlier injection counts as when `judged` is the date being judged.

    An exact date is itself. An approximate one is its last possible day, an unknown one the day it was
    recorded (or no limit); neither is ever later than the day it was recorded, nor than the judged date.
    """
    given = injection.get("given")
    recorded_on = injection.get("recorded_on")
    if given is not None and len(given) == 10:
        return date.fromisoformat(given)
    day = NEVER if given is None else last_possible_day(given)
    if recorded_on is not None and date.fromisoformat(recorded_on) < day:
        day = date.fromisoformat(recorded_on)
    return min(day, judged)
