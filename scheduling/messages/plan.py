"""Which message goes out when, before a visit. Pure: frozen values in, frozen values out.

T is the start of the appointment. Hours are elapsed hours, days and wall times are the clinic's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from enum import Enum, auto
from typing import Final
from zoneinfo import ZoneInfo

from scheduling.availability.working_days import WorkingDays
from scheduling.messages import hours

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
REMINDERS: Final = frozenset({"reminder-week", "reminder-2-days"})
TOO_NEAR_TO_WAIT = 4 * HOUR
"""News that would come less than this before T if it waited for the morning goes out in the quiet hours."""
NO_REMINDER_WITHIN = 72 * HOUR
NO_WEEK_REMINDER_WITHIN = 48 * HOUR
"""The reminder of a week before is left out when another message about the visit is less than this away."""
APART = HOUR
"""What can wait comes this long after the last message about the visit, or later."""
_MID_MORNING = time(10)
_EARLY_MORNING = time(9)


TOGETHER: Final = frozenset({"series", "series-changed"})
"""The kinds of message that tell news of several visits at once; each of their visits has its own news in them."""


class Says(Enum):
    """What somebody who was told it believes of the visit."""

    STANDS = auto()
    WAITS = auto()
    IS_OFF = auto()
    IS_OVER = auto()


@dataclass(frozen=True, slots=True)
class NewsKind:
    """Something that may have happened to an appointment, by the message that says so.

    `expires` is counted from T. Where it `answers_a_request` it is told at once when it comes with the request itself:
    the patient is on the telephone, or at the desk.
    """

    says: Says
    expires: timedelta = timedelta(0)
    answers_a_request: bool = False


NEWS: Final[dict[str, NewsKind]] = {
    "confirmed": NewsKind(Says.STANDS, answers_a_request=True),
    "provisional": NewsKind(Says.WAITS, expires=-2 * HOUR, answers_a_request=True),
    "moved": NewsKind(Says.STANDS),
    "cancelled": NewsKind(Says.IS_OFF, expires=DAY),
    "missed": NewsKind(Says.IS_OVER),
}


def says(kind: str) -> Says:
    """What a message of this kind says of its visit; a reminder says that it stands. KeyError for what is no news."""
    return Says.STANDS if kind in REMINDERS else NEWS[kind].says


def stands(kind: str) -> bool:
    """Whether the visit stands after this news, so that reminders follow."""
    return NEWS[kind].says is Says.STANDS


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
    kind: str, *, start: datetime, is_answer: bool, now: datetime, zone: ZoneInfo, working_days: WorkingDays
) -> Planned:
    """The message that says what has just happened.

    `is_answer`: the patient just did something and this answers it, so it goes out at any hour. A missed visit is
    written about on the next of the `working_days`.
    Boundary: in the quiet hours it waits for 08:00, unless that is less than 4 hours before T. KeyError for what is no
    news.
    """
    if kind == "missed":
        return _missed(now=now, zone=zone, working_days=working_days)
    # hours added to a time of the clinic's zone would be those of the clock on the wall
    start = start.astimezone(UTC)
    expires_at = start + NEWS[kind].expires
    opening = hours.next_open(now, zone)
    if is_answer or start - opening < TOO_NEAR_TO_WAIT:
        return Planned(kind, now, expires_at, keeps_quiet_hours=False)
    return Planned(kind, opening, expires_at)


def reminders(
    *, start: datetime, asked_at: datetime, now: datetime, zone: ZoneInfo, last_at: datetime | None = None
) -> list[Planned]:
    """The reminders of an appointment that stands; what would be due already is left out.

    `asked_at` is when it was booked or last moved; `last_at` when the last message about it goes out, or went, None
    where there is none. Boundary: the reminder of 2 days before is left out when it was asked for less than 72 hours
    before T, that of a week before when `last_at` is less than 48 hours before it. No reminder comes within an hour of
    `last_at`.
    """
    start, asked_at = start.astimezone(UTC), asked_at.astimezone(UTC)  # as in `news`
    planned = []
    week = _week_before(start, zone)
    if last_at is None or week.due_at - last_at >= NO_WEEK_REMINDER_WITHIN:
        planned.append(week)
    if start - asked_at >= NO_REMINDER_WITHIN:
        planned.append(_two_days_before(start, zone))
    coming = [message for message in planned if message.due_at > now]
    apart = [message if last_at is None else not_before(message, last_at + APART, zone) for message in coming]
    return [message for message in apart if message.due_at < message.expires_at]


def not_before(message: Planned, earliest: datetime, zone: ZoneInfo) -> Planned:
    """The same message, due at this instant if it was due before it, or when the quiet hours after it are over."""
    if message.due_at >= earliest:
        return message
    return replace(message, due_at=hours.next_open(earliest, zone))


def _week_before(start: datetime, zone: ZoneInfo) -> Planned:
    day = start.astimezone(zone).date() - timedelta(days=7)
    return Planned("reminder-week", hours.at(day, _MID_MORNING, zone), start - 3 * DAY)


def _two_days_before(start: datetime, zone: ZoneInfo) -> Planned:
    return Planned("reminder-2-days", hours.next_open(start - 48 * HOUR, zone), start - 2 * HOUR)


def _missed(*, now: datetime, zone: ZoneInfo, working_days: WorkingDays) -> Planned:
    day = working_days.after(now.astimezone(zone).date())
    due_at = hours.at(day, _EARLY_MORNING, zone)
    return Planned("missed", due_at, due_at + 7 * DAY)
