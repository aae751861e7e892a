"""Which message goes out when before a visit: both sides of every boundary, and both clock changes."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduling.availability.working_days import WorkingDays, read_weekdays
from scheduling.messages import hours, plan

LONDON = ZoneInfo("Europe/London")
MONDAY_TO_FRIDAY = WorkingDays(read_weekdays("mon,tue,wed,thu,fri"))


def at(text: str) -> datetime:
    """A London wall time as an instant: at("2026-03-24 09:20")."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def news_of(
    kind: str, *, start: str, now: str, is_answer: bool = False, working_days: WorkingDays = MONDAY_TO_FRIDAY
) -> plan.Planned:
    return plan.news(kind, start=at(start), is_answer=is_answer, now=at(now), zone=LONDON, working_days=working_days)


def local(instant: datetime) -> str:
    return f"{instant.astimezone(LONDON):%Y-%m-%d %H:%M}"


@pytest.mark.parametrize(
    ("instant", "is_open", "opens"),
    [
        ("2026-03-12 07:59", False, "2026-03-12 08:00"),
        ("2026-03-12 08:00", True, "2026-03-12 08:00"),
        ("2026-03-12 19:59", True, "2026-03-12 19:59"),
        ("2026-03-12 20:00", False, "2026-03-13 08:00"),
        # the clocks go forward on 29 March 2026 and back on 25 October 2026
        ("2026-03-28 21:00", False, "2026-03-29 08:00"),
        ("2026-10-24 23:00", False, "2026-10-25 08:00"),
    ],
)
def test_the_quiet_hours_end_at_eight_on_the_clinics_clock(instant: str, is_open: bool, opens: str) -> None:
    assert hours.is_open(at(instant), LONDON) is is_open
    assert local(hours.next_open(at(instant), LONDON)) == opens


def test_the_next_wall_time_is_now_when_it_is_that_time() -> None:
    assert local(hours.next_at(at("2026-03-12 09:00"), time(9), LONDON)) == "2026-03-12 09:00"
    assert local(hours.next_at(at("2026-03-12 09:01"), time(9), LONDON)) == "2026-03-13 09:00"


EASTER = WorkingDays(MONDAY_TO_FRIDAY.weekdays, frozenset({date(2026, 4, 3), date(2026, 4, 6)}))


@pytest.mark.parametrize(
    ("kind", "expires"),
    [
        ("confirmed", "2026-03-24 09:20"),
        ("moved", "2026-03-24 09:20"),
        ("provisional", "2026-03-24 07:20"),
        ("cancelled", "2026-03-25 09:20"),
    ],
)
def test_news_goes_out_at_once_by_day_and_expires_as_the_table_says(kind: str, expires: str) -> None:
    now = at("2026-03-12 11:00")
    news = news_of(kind, start="2026-03-24 09:20", now="2026-03-12 11:00")
    assert (news.kind, news.due_at, local(news.expires_at)) == (kind, now, expires)
    assert news.keeps_quiet_hours


@pytest.mark.parametrize(
    ("now", "start", "due", "keeps_quiet_hours"),
    [
        ("2026-03-12 20:00", "2026-03-24 09:20", "2026-03-13 08:00", True),
        ("2026-03-12 19:59", "2026-03-24 09:20", "2026-03-12 19:59", True),
        # waiting for the morning would leave less than 4 hours
        ("2026-03-23 21:30", "2026-03-24 11:59", "2026-03-23 21:30", False),
        ("2026-03-23 21:30", "2026-03-24 12:00", "2026-03-24 08:00", True),
    ],
)
def test_news_waits_for_the_morning_unless_the_visit_is_near(
    now: str, start: str, due: str, keeps_quiet_hours: bool
) -> None:
    news = news_of("cancelled", start=start, now=now)
    assert (local(news.due_at), news.keeps_quiet_hours) == (due, keeps_quiet_hours)


def test_an_answer_to_what_the_patient_just_did_goes_out_at_any_hour() -> None:
    now = at("2026-03-12 23:10")
    news = news_of("confirmed", start="2026-03-24 09:20", now="2026-03-12 23:10", is_answer=True)
    assert (news.due_at, news.keeps_quiet_hours) == (now, False)


@pytest.mark.parametrize(
    ("now", "due"), [("2026-03-12 15:00", "2026-03-13 09:00"), ("2026-03-13 15:00", "2026-03-16 09:00")]
)
def test_a_missed_visit_is_written_about_on_the_next_working_day(now: str, due: str) -> None:
    news = news_of("missed", start="2026-03-12 14:00", now=now)
    assert local(news.due_at) == due
    assert news.expires_at - news.due_at == timedelta(days=7)


def test_a_visit_missed_before_easter_is_written_about_after_it() -> None:
    news = news_of("missed", start="2026-04-02 14:00", now="2026-04-02 15:00", working_days=EASTER)
    assert (local(news.due_at), local(news.expires_at)) == ("2026-04-07 09:00", "2026-04-14 09:00")


def reminders(*, start: str, asked: str, now: str | None = None) -> dict[str, str]:
    planned = plan.reminders(start=at(start), asked_at=at(asked), now=at(now or asked), zone=LONDON)
    return {message.kind: local(message.due_at) for message in planned}


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-03-24 09:20", "2026-03-22 09:20"),
        ("2026-03-24 07:30", "2026-03-22 08:00"),
        ("2026-03-24 20:15", "2026-03-23 08:00"),
        # 48 elapsed hours: an hour off on the wall clock across a clock change
        ("2026-03-30 15:00", "2026-03-28 14:00"),
        ("2026-03-30 08:30", "2026-03-28 08:00"),
        ("2026-10-26 13:00", "2026-10-24 14:00"),
    ],
)
def test_the_last_reminder_goes_out_48_elapsed_hours_before(start: str, due: str) -> None:
    assert reminders(start=start, asked="2026-02-02 10:00")["reminder-2-days"] == due


@pytest.mark.parametrize(
    ("asked", "is_reminded"), [("2026-03-21 09:19", True), ("2026-03-21 09:20", True), ("2026-03-21 09:21", False)]
)
def test_no_reminder_of_what_was_booked_or_moved_within_72_hours(asked: str, is_reminded: bool) -> None:
    assert ("reminder-2-days" in reminders(start="2026-03-24 09:20", asked=asked)) is is_reminded


@pytest.mark.parametrize(
    ("now", "is_reminded"), [("2026-03-17 09:59", True), ("2026-03-17 10:00", False), ("2026-03-17 10:01", False)]
)
def test_the_week_reminder_is_left_out_once_its_time_has_come(now: str, is_reminded: bool) -> None:
    found = reminders(start="2026-03-24 09:20", asked="2026-02-02 10:00", now=now)
    assert found.get("reminder-week") == ("2026-03-17 10:00" if is_reminded else None)


def test_reminders_expire_three_days_and_two_hours_before() -> None:
    start = at("2026-03-24 09:20")
    planned = plan.reminders(start=start, asked_at=at("2026-02-02 10:00"), now=at("2026-02-02 10:00"), zone=LONDON)
    assert {message.kind: start - message.expires_at for message in planned} == {
        "reminder-week": timedelta(days=3),
        "reminder-2-days": timedelta(hours=2),
    }


@pytest.mark.parametrize("first", [date(2026, 3, 16), date(2026, 10, 12)])
def test_nothing_is_planned_between_one_and_three_at_night(first: date) -> None:
    start = datetime.combine(first, time(0), tzinfo=UTC)
    for quarter in range(4 * 24 * 28):
        visit = start + timedelta(minutes=15 * quarter)
        asked_at = visit - timedelta(days=20)
        for message in plan.reminders(start=visit, asked_at=asked_at, now=asked_at, zone=LONDON):
            assert hours.is_open(message.due_at, LONDON), (visit, message)
            assert message.due_at < message.expires_at
