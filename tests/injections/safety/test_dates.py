"""Months, partial dates, local days and elapsed time."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from injections.safety.dates import (
    PastDate,
    add_months,
    end_of_day,
    in_words,
    local_date,
    partial_in_words,
    past_date,
    span_of,
    utc,
    when_in_words,
)

LONDON = ZoneInfo("Europe/London")
DAYS = st.dates(date(1950, 1, 1), date(2150, 12, 31))
MONTHS = st.integers(0, 240)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        ("2026-08-31", 3, "2026-12-01"),
        ("2025-11-30", 3, "2026-03-01"),
        ("2023-11-29", 3, "2024-02-29"),
        ("2023-11-30", 3, "2024-03-01"),
        ("2025-11-29", 3, "2026-03-01"),
        ("2025-11-28", 3, "2026-02-28"),
        ("2025-10-31", 4, "2026-03-01"),
        ("2026-01-31", 1, "2026-03-01"),
        ("2025-11-30", 4, "2026-03-30"),
        ("2026-02-28", 3, "2026-05-28"),
        ("2026-10-31", 1, "2026-12-01"),
        ("2026-12-31", 0, "2026-12-31"),
        ("2026-12-31", 1, "2027-01-31"),
        ("2026-12-01", 12, "2027-12-01"),
        ("2024-02-29", 12, "2025-03-01"),
        ("2024-02-29", 48, "2028-02-29"),
        ("2008-02-29", 216, "2026-03-01"),
        ("2026-03-30", 11, "2027-03-01"),
        ("2026-01-01", 12, "2027-01-01"),
    ],
)
def test_months_are_added_and_dates_that_do_not_exist_move_forward(day: str, months: int, expected: str) -> None:
    """CDSi's CALCDT-5, at the ends of months and years."""
    assert add_months(date.fromisoformat(day), months) == date.fromisoformat(expected)


def test_months_are_only_added_forward() -> None:
    """Nobody needs to go back, and forward and back would not meet."""
    with pytest.raises(ValueError, match="forward"):
        add_months(date(2026, 3, 31), -1)


def test_clamping_back_would_be_a_day_early_on_19_dates_in_four_years() -> None:
    """The reason for this function: three months after 19 dates of 2023 to 2026 do not exist."""
    days = [date(2023, 1, 1) + timedelta(days=number) for number in range(4 * 365 + 1)]
    assert sum(add_months(day, 3).day != day.day for day in days) == 19


@given(DAYS, MONTHS)
def test_the_day_of_the_month_stays_or_becomes_the_first(day: date, months: int) -> None:
    """Whatever the date, and the month is the one meant or, after moving forward, the next one."""
    moved = add_months(day, months)
    passed = (moved.year - day.year) * 12 + moved.month - day.month
    assert (moved.day, passed) in ((day.day, months), (1, months + 1))


@given(DAYS, st.integers(0, 40), MONTHS)
def test_a_later_day_never_ends_earlier(day: date, later: int, months: int) -> None:
    """Adding months keeps the order of days."""
    assert add_months(day, months) <= add_months(day + timedelta(days=later), months)


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026", "2026-01-01", "2026-12-31"),
        ("2026-08", "2026-08-01", "2026-08-31"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2026-02", "2026-02-01", "2026-02-28"),
        ("2026-12", "2026-12-01", "2026-12-31"),
        ("2026-08-14", "2026-08-14", "2026-08-14"),
    ],
)
def test_a_partial_date_spans_all_it_can_mean(text: str, first: str, last: str) -> None:
    """A year, a month or a day."""
    span = span_of(text)
    assert (span.first.isoformat(), span.last.isoformat()) == (first, last)
    assert span.is_exact == (len(text) == 10)


@pytest.mark.parametrize(
    "text", ["", "26", "2026-8", "2026-13", "2026-02-30", "2026-08-14T10:00", "0000", "٢٠٢٦", "2026-", " 2026"]
)
def test_anything_else_is_no_partial_date(text: str) -> None:
    """Strictly ISO, in ASCII digits."""
    with pytest.raises(ValueError, match=r"."):
        span_of(text)


@pytest.mark.parametrize(
    ("given_", "recorded_on", "judged_on", "expected"),
    [
        ("2026-08-14", None, "2026-08-20", "2026-08-14"),
        ("2026-08-14", "2026-08-01", "2026-08-10", "2026-08-14"),
        ("2026-08", None, "2027-01-01", "2026-08-31"),
        ("2026-08", None, "2026-08-31", "2026-08-31"),
        ("2026-08", None, "2026-08-30", "2026-08-30"),
        ("2026-08", "2026-08-15", "2027-01-01", "2026-08-15"),
        ("2026-08", "2026-08-31", "2027-01-01", "2026-08-31"),
        ("2026-08", "2026-09-01", "2027-01-01", "2026-08-31"),
        ("2026-08", "2026-08-15", "2026-08-10", "2026-08-10"),
        ("2025", None, "2026-03-01", "2025-12-31"),
        ("2026", None, "2026-03-01", "2026-03-01"),
        (None, "2026-02-01", "2026-03-01", "2026-02-01"),
        (None, "2026-02-01", "2026-01-15", "2026-01-15"),
        (None, None, "2026-03-01", "2026-03-01"),
    ],
)
def test_an_approximate_date_counts_as_its_last_possible_day(
    given_: str | None, recorded_on: str | None, judged_on: str, expected: str
) -> None:
    """Never later than the day of recording nor than the date judged; an exact date stands."""
    recorded = date.fromisoformat(recorded_on) if recorded_on else None
    assert past_date(given_, recorded).counted_on(date.fromisoformat(judged_on)) == date.fromisoformat(expected)


def test_what_is_known_of_a_past_date() -> None:
    """Its latest day, and whether it is exact; no limit without date and day of recording."""
    assert past_date(None, None) == PastDate(None, False)
    assert past_date("2026-08-14", date(2026, 8, 1)) == PastDate(date(2026, 8, 14), True)
    assert past_date("2026-08", date(2026, 8, 1)) == PastDate(date(2026, 8, 1), False)


def test_a_late_evening_in_utc_is_the_next_day_in_london() -> None:
    """2026-06-30T23:30Z is on 1 July; a minute before 23:00Z is still 30 June."""
    assert local_date(datetime(2026, 6, 30, 23, 30, tzinfo=UTC), LONDON) == date(2026, 7, 1)
    assert local_date(datetime(2026, 6, 30, 22, 59, tzinfo=UTC), LONDON) == date(2026, 6, 30)
    assert local_date(datetime(2026, 12, 31, 23, 30, tzinfo=UTC), LONDON) == date(2026, 12, 31)


def test_a_day_ends_at_its_local_midnight() -> None:
    """In summer an hour before midnight UTC, also on the days the clocks change."""
    assert end_of_day(date(2026, 6, 30), LONDON) == datetime(2026, 6, 30, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 12, 31), LONDON) == datetime(2027, 1, 1, tzinfo=UTC)
    assert end_of_day(date(2026, 3, 29), LONDON) == datetime(2026, 3, 29, 23, tzinfo=UTC)
    assert end_of_day(date(2026, 10, 25), LONDON) == datetime(2026, 10, 26, tzinfo=UTC)
    assert end_of_day(date(2026, 6, 30), LONDON).tzinfo is UTC


@pytest.mark.parametrize(
    ("since", "until", "hours"),
    [
        (datetime(2026, 3, 28, 14, tzinfo=LONDON), datetime(2026, 3, 30, 15, tzinfo=LONDON), 48),
        (datetime(2026, 10, 24, 14, tzinfo=LONDON), datetime(2026, 10, 26, 13, tzinfo=LONDON), 48),
        (datetime(2026, 7, 1, 14, tzinfo=LONDON), datetime(2026, 7, 3, 14, tzinfo=LONDON), 48),
        (datetime(2026, 7, 1, 14, tzinfo=LONDON), datetime(2026, 7, 1, 13, tzinfo=UTC), 0),
    ],
)
def test_hours_are_elapsed_hours(since: datetime, until: datetime, hours: int) -> None:
    """Across both clock changes, although Python would subtract wall clocks."""
    assert utc(until) - utc(since) == timedelta(hours=hours)


def test_an_instant_without_offset_is_refused() -> None:
    """It could mean two times."""
    with pytest.raises(ValueError, match="offset"):
        utc(datetime(2026, 3, 28, 14))  # noqa: DTZ001 - the naive time is the case
    assert utc(datetime(2026, 7, 1, 14, tzinfo=LONDON)).tzinfo is UTC


def test_dates_in_words() -> None:
    """As the pages print them."""
    assert in_words(date(2026, 3, 12)) == "12 March 2026"
    for day in (date(2026, month, 1) for month in range(1, 13)):
        assert in_words(day) == f"1 {day:%B %Y}"
    assert partial_in_words("2026-08-14") == "14 August 2026"
    assert partial_in_words("2026-08") == "August 2026"
    assert partial_in_words("2026") == "2026"
    assert partial_in_words(None) == "an unknown date"


@pytest.mark.parametrize(
    ("said", "counted_on", "words"),
    [
        ("2026-08-14", "2026-08-14", "on 14 August 2026"),
        ("2026-08", "2026-08-31", "some time in August 2026, counted as 31 August"),
        ("2025", "2025-12-31", "some time in 2025, counted as 31 December"),
        ("2026", "2026-06-30", "some time in 2026, counted as 30 June"),
        ("2026", "2025-12-31", "some time in 2026, counted as 31 December 2025"),
        (None, "2026-03-02", "on an unknown date, counted as 2 March 2026"),
    ],
)
def test_a_date_is_said_as_it_was_said(said: str | None, counted_on: str, words: str) -> None:
    """The day it counts as stands beside it, never in its place."""
    assert when_in_words(said, date.fromisoformat(counted_on)) == words
