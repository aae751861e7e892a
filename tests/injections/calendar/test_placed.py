"""Where entries stand in the time grid."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from injections.calendar.placed import (
    GridEntry,
    What,
    after_cleaning,
    gaps,
    hours_of,
    in_order,
    minutes_of,
    side_by_side,
    within,
)
from pht_clinic.periods import Period

LONDON = ZoneInfo("Europe/London")


def visit(starts: str, ends: str) -> GridEntry:
    return GridEntry(What.VISIT, minute(starts), minute(ends))


def minute(at: str) -> int:
    hours, _, minutes = at.partition(":")
    return int(hours) * 60 + int(minutes)


@pytest.mark.parametrize(
    ("starts", "ends", "place"),
    [
        ("09:35", "10:20", "h9 m35 to-h10 to-m20 lane-1 wide"),
        ("08:00", "08:05", "h8 m0 to-h8 to-m5 lane-1 wide"),
        ("09:37", "10:21", "h9 m35 to-h10 to-m25 lane-1 wide"),
        ("09:00", "09:00", "h9 m0 to-h9 to-m5 lane-1 wide"),
        ("23:30", "24:00", "h23 m30 to-h24 to-m0 lane-1 wide"),
    ],
)
def test_a_place_is_said_in_classes_of_hours_and_steps(starts: str, ends: str, place: str) -> None:
    assert visit(starts, ends).place == place


def test_what_overlaps_stands_side_by_side_and_what_begins_as_another_ends_below_it() -> None:
    first, beside, below = visit("09:00", "09:30"), visit("09:10", "09:40"), visit("09:40", "10:00")
    assert side_by_side([first, beside, below]) == 2
    assert [(one.lane, one.is_last_lane) for one in (first, beside, below)] == [(1, False), (2, True), (1, True)]


def test_a_lane_is_used_again_and_nothing_ever_covers_anything() -> None:
    """Of a long one and two short ones beside it the short ones share a lane."""
    long, early, late = visit("09:00", "11:00"), visit("09:00", "09:30"), visit("09:30", "10:00")
    assert side_by_side([long, early, late]) == 2
    assert (long.lane, early.lane, late.lane) == (1, 2, 2)
    assert not long.is_last_lane
    many = [visit("09:00", "09:30") for _ in range(5)]
    assert side_by_side(many) == 5
    assert sorted(one.lane for one in many) == [1, 2, 3, 4, 5]


def test_what_lies_behind_takes_no_lane() -> None:
    entries = [
        GridEntry(What.OPEN, 480, 720),
        GridEntry(What.PAST, 480, 600),
        GridEntry(What.NOW, 600, 601),
        visit("09:00", "9:30"),
    ]
    assert side_by_side(entries) == 1


def test_hours_are_whole_and_a_closure_makes_no_day_longer() -> None:
    closed = GridEntry(What.CLOSED, 0, 24 * 60)
    assert hours_of([visit("08:40", "09:10"), GridEntry(What.OPEN, minute("09:00"), minute("17:30")), closed]) == (
        8,
        18,
    )
    assert hours_of([closed]) == (8, 18)
    assert hours_of([visit("07:00", "19:00"), GridEntry(What.CLEANING, minute("19:00"), minute("19:10"))]) == (7, 19)


def test_what_reaches_over_the_hours_is_cut_and_what_lies_outside_left_out() -> None:
    whole, outside = GridEntry(What.CLOSED, 0, 24 * 60), GridEntry(What.CLOSED, 0, minute("08:00"))
    [kept] = within([whole, outside], (8, 18))
    assert (kept.top, kept.bottom) == (minute("08:00"), minute("18:00"))
    assert kept.hours == "All day"
    assert kept.place == "h8 m0 to-h18 to-m0 lane-1 wide"


def test_entries_are_read_out_as_the_day_goes_by() -> None:
    entries = [
        visit("10:00", "10:30"),
        GridEntry(What.NOW, 600, 601),
        visit("09:00", "09:30"),
        GridEntry(What.OPEN, 540, 720),
    ]
    assert [one.what for one in in_order(entries)] == [What.OPEN, What.VISIT, What.NOW, What.VISIT]


def test_gaps_are_between_openings_and_overlapping_ones_have_none() -> None:
    assert gaps([(540, 750), (810, 1020)]) == [(750, 810)]
    assert gaps([(540, 750), (700, 1020), (600, 640)]) == []
    assert gaps([]) == []


def test_minutes_are_of_the_wall_clock_and_end_with_their_day() -> None:
    """A closure over days fills the day; in summer 08:00 UTC is 09:00 here."""
    day = date(2026, 7, 1)
    over = Period(datetime(2026, 6, 30, 8, tzinfo=UTC), datetime(2026, 7, 2, 8, tzinfo=UTC))
    assert minutes_of(over, day, LONDON) == (0, 24 * 60)
    assert minutes_of(Period(datetime(2026, 7, 1, 8, tzinfo=UTC), over.end), day, LONDON) == (540, 24 * 60)


def test_a_pause_is_drawn_from_the_end_of_the_cleaning_that_reaches_into_it_and_keeps_its_words() -> None:
    lunch, cleaning = GridEntry(What.CLOSED, 750, 810, says="Lunch"), GridEntry(What.CLEANING, 745, 760)
    after_cleaning([lunch, cleaning])
    assert side_by_side([lunch, cleaning]) == 1
    assert lunch.place == "h12 m40 to-h13 to-m30 lane-1 wide"
    assert lunch.hours == "12:30 to 13:30"
