"""Which message goes out when, before a visit. Pure: frozen values in, frozen values out.

T is the start of the appointment. Hours are elapsed hours, days and wall times are the clinic's.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from scheduling.messages import hours

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REMINDED = frozenset({"confirmed", "moved"})
"""News after which the appointment stands, so that reminders follow."""

TOO_NEAR_TO_WAIT = 4 * HOUR
"""News that would come less than this before T if it waited for the morning goes out in the quiet hours."""
NO_REMINDER_WITHIN = 72 * HOUR
_MID_MORNING = time(10)
_EARLY_MORNING = time(9)


@dataclass(frozen=True, slots=True)
class NewsKind:
    """Something that may have happened to an appointment, by the message that says so.

    `expires` is counted from T. Where it `answers_a_request` it is told at once when it comes with the request itself:
    the patient is on the telephone, or at the desk.
    """

    expires: timedelta = timedelta(0)
    answers_a_request: bool = False


NEWS: Final[dict[str, NewsKind]] = {
    "confirmed": NewsKind(answers_a_request=True),
    "provisional": NewsKind(expires=-2 * HOUR, answers_a_request=True),
    "moved": NewsKind(),
    "cancelled": NewsKind(expires=DAY),
    "missed": NewsKind(),
}


def register_news(news: Mapping[str, NewsKind]) -> None:
    """Make news known; registering one again replaces it. Other apps add theirs from `ready()`."""
    NEWS.update(news)


@dataclass(frozen=True, slots=True)
class Planned:
    """One message to come: tried from `due_at` on, and never at or after `expires_at`."""

    kind: str
    due_at: datetime
    expires_at: datetime
    keeps_quiet_hours: bool = True


def news(
    kind: str, *, start: datetime, is_answer: bool, now: datetime, zone: ZoneInfo, bank_holidays: Container[date] = ()
) -> Planned:
    """The message that says what has just happened.

    `is_answer`: the patient just did something and this answers it, so it goes out at any hour. A missed visit is
    written about on the next day that is neither at the weekend nor one of the `bank_holidays`.
    Boundary: in the quiet hours it waits for 08:00, unless that is less than 4 hours before T. KeyError for what is no
    news.
    """
    if kind == "missed":
        return _missed(now=now, zone=zone, bank_holidays=bank_holidays)
    # hours added to a time of the clinic's zone would be those of the clock on the wall
    start = start.astimezone(UTC)
    expires_at = start + NEWS[kind].expires
    opening = hours.next_open(now, zone)
    if is_answer or start - opening < TOO_NEAR_TO_WAIT:
        return Planned(kind, now, expires_at, keeps_quiet_hours=False)
    return Planned(kind, opening, expires_at)


def reminders(*, start: datetime, asked_at: datetime, now: datetime, zone: ZoneInfo) -> list[Planned]:
    """The reminders of an appointment that stands; what would be due already is left out.

    `asked_at` is when it was booked or last moved. Boundary: a reminder of 2 days before is left out when that
    was less than 72 hours before T.
    """
    start, asked_at = start.astimezone(UTC), asked_at.astimezone(UTC)  # as in `news`
    planned = [_week_before(start, zone)]
    if start - asked_at >= NO_REMINDER_WITHIN:
        planned.append(_two_days_before(start, zone))
    return [message for message in planned if message.due_at > now and message.due_at < message.expires_at]


def _week_before(start: datetime, zone: ZoneInfo) -> Planned:
    day = start.astimezone(zone).date() - timedelta(days=7)
    return Planned("reminder-week", hours.at(day, _MID_MORNING, zone), start - 3 * DAY)


def _two_days_before(start: datetime, zone: ZoneInfo) -> Planned:
    return Planned("reminder-2-days", hours.next_open(start - 48 * HOUR, zone), start - 2 * HOUR)


def _missed(*, now: datetime, zone: ZoneInfo, bank_holidays: Container[date]) -> Planned:
    day = hours.next_working_day(now.astimezone(zone).date(), bank_holidays=bank_holidays)
    due_at = hours.at(day, _EARLY_MORNING, zone)
    return Planned("missed", due_at, due_at + 7 * DAY)
