"""Sessions: wall time as UTC over both clock changes, every n weeks, bank holidays, what is left between bookings."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from pht_clinic.periods import Period, wall_to_utc
from scheduling.availability.weekly import Session, Weekly, holds_on, joined, on_grid, sessions, without

LONDON = ZoneInfo("Europe/London")


def weekly(**values: object) -> Weekly:
    """Mondays 09:00 to 17:00 from Monday 5 January 2026."""
    usual = {
        "practitioner_id": 1,
        "room_id": 1,
        "weekday": 0,
        "opens": time(9),
        "closes": time(17),
        "valid_from": date(2026, 1, 5),
        "valid_to": None,
        "every_weeks": 1,
    }
    return Weekly(**usual | values)  # type: ignore[arg-type]


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("values", "day", "holds"),
    [
        ({}, date(2026, 1, 4), False),
        ({}, date(2026, 1, 5), True),
        ({}, date(2026, 1, 6), False),
        ({"valid_from": date(2026, 1, 6)}, date(2026, 1, 5), False),
        ({"valid_to": date(2026, 1, 12)}, date(2026, 1, 12), True),
        ({"valid_to": date(2026, 1, 11)}, date(2026, 1, 12), False),
        ({"every_weeks": 2}, date(2026, 1, 12), False),
        ({"every_weeks": 2}, date(2026, 1, 19), True),
        # weeks are counted from the Monday of the first week, though the session began on its Wednesday
        ({"every_weeks": 2, "valid_from": date(2026, 1, 7)}, date(2026, 1, 12), False),
        ({"every_weeks": 2, "valid_from": date(2026, 1, 7)}, date(2026, 1, 19), True),
    ],
)
def test_a_weekly_session_holds_on_its_days_only(values: dict, day: date, holds: bool) -> None:
    """Both ends of its validity included."""
    assert holds_on(weekly(**values), day) is holds


def test_a_bank_holiday_closes_the_weekly_session_and_not_the_extra_one() -> None:
    """Easter Monday 2026 is 6 April."""
    easter_monday = date(2026, 4, 6)
    extra = weekly(valid_from=easter_monday, valid_to=easter_monday)
    assert not holds_on(weekly(), easter_monday, bank_holidays={easter_monday})
    assert holds_on(extra, easter_monday, bank_holidays={easter_monday})


@pytest.mark.parametrize(
    ("weekday", "day", "start", "end"),
    [
        (6, date(2026, 3, 22), utc(2026, 3, 22, 9), utc(2026, 3, 22, 17)),
        (6, date(2026, 3, 29), utc(2026, 3, 29, 8), utc(2026, 3, 29, 16)),
        (6, date(2026, 10, 18), utc(2026, 10, 18, 8), utc(2026, 10, 18, 16)),
        (6, date(2026, 10, 25), utc(2026, 10, 25, 9), utc(2026, 10, 25, 17)),
    ],
)
def test_wall_time_stays_when_the_clocks_change(weekday: int, day: date, start: datetime, end: datetime) -> None:
    """9 o'clock on the wall is 9 o'clock on the wall, an hour earlier or later in UTC."""
    found = list(sessions([weekly(weekday=weekday)], from_on=day, to_on=day, zone=LONDON))
    assert [session.period for session in found] == [Period(start, end)]


def test_a_repeated_hour_counts_whole_and_a_skipped_one_not_at_all() -> None:
    """01:30 on 25 October comes twice, 01:30 on 29 March never."""
    assert wall_to_utc(date(2026, 10, 25), time(1, 30), LONDON, fold=0) == utc(2026, 10, 25, 0, 30)
    assert wall_to_utc(date(2026, 10, 25), time(1, 30), LONDON, fold=1) == utc(2026, 10, 25, 1, 30)
    assert wall_to_utc(date(2026, 3, 29), time(1, 30), LONDON, fold=0) == utc(2026, 3, 29, 1, 30)
    assert wall_to_utc(date(2026, 3, 29), time(1, 30), LONDON, fold=1) == utc(2026, 3, 29, 0, 30)


def test_every_session_of_two_years_has_the_length_the_wall_clock_shows() -> None:
    """Around both clock changes too, for a session that spans none of the changed hours."""
    found = list(sessions([weekly(weekday=6)], from_on=date(2026, 1, 1), to_on=date(2027, 12, 31), zone=LONDON))
    assert len(found) == 103
    assert {session.period.end - session.period.start for session in found} == {timedelta(hours=8)}


def period(start: int, end: int) -> Period:
    return Period(utc(2026, 3, 2, start), utc(2026, 3, 2, end))


@pytest.mark.parametrize(
    ("busy", "left"),
    [
        ([], [(9, 17)]),
        ([(9, 17)], []),
        ([(8, 9)], [(9, 17)]),
        ([(17, 18)], [(9, 17)]),
        ([(9, 10)], [(10, 17)]),
        ([(16, 17)], [(9, 16)]),
        ([(10, 11), (12, 13)], [(9, 10), (11, 12), (13, 17)]),
        ([(10, 13), (11, 12)], [(9, 10), (13, 17)]),
        ([(8, 18)], []),
    ],
)
def test_what_is_left_between_bookings(busy: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    """Half-open on both sides, overlapping and nested stretches included."""
    assert without(period(9, 17), [period(*one) for one in busy]) == [period(*one) for one in left]


def test_the_grid_rounds_up_and_leaves_what_lies_on_it() -> None:
    """A second past the grid is the next point of it."""
    assert on_grid(utc(2026, 3, 2, 9, 5), 5) == utc(2026, 3, 2, 9, 5)
    assert on_grid(utc(2026, 3, 2, 9, 5, 1), 5) == utc(2026, 3, 2, 9, 10)
    assert on_grid(utc(2026, 3, 2, 9, 58), 5) == utc(2026, 3, 2, 10)


def at_hours(opens: int, closes: int, *, practitioner_id: int = 1, room_id: int = 1) -> Session:
    return Session(Period(utc(2026, 3, 10, opens), utc(2026, 3, 10, closes)), practitioner_id, room_id)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([at_hours(9, 12), at_hours(12, 15)], [at_hours(9, 15)]),
        ([at_hours(10, 13), at_hours(9, 12)], [at_hours(9, 13)]),
        ([at_hours(9, 17), at_hours(10, 11), at_hours(9, 17)], [at_hours(9, 17)]),
        ([at_hours(9, 12), at_hours(13, 15)], [at_hours(9, 12), at_hours(13, 15)]),
        ([at_hours(9, 12), at_hours(12, 15, room_id=2)], [at_hours(9, 12), at_hours(12, 15, room_id=2)]),
        ([at_hours(9, 12), at_hours(9, 12, practitioner_id=2)], [at_hours(9, 12), at_hours(9, 12, practitioner_id=2)]),
    ],
)
def test_sessions_of_one_person_in_one_room_are_one_where_they_touch_or_overlap(
    found: list[Session], expected: list[Session]
) -> None:
    """Another room, another person or a gap keeps them apart."""
    assert joined(found) == expected
