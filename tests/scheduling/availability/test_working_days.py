"""Which days are working days is a setting: the weekend is not everywhere Saturday and Sunday."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from injections.calendar.columns import Clinic as Bookable
from injections.calendar.columns import week_of
from injections.review.queue import answers_overdue_from
from injections.visit.arrival import no_show
from injections.worklists.next_day import due_on
from scheduling.availability.working_days import NoWorkingDays, WorkingDays, read_weekdays
from scheduling.models import Message, Schedule
from tests.clinic import Clinic, local, open_clinic

MONDAY_TO_FRIDAY = WorkingDays(read_weekdays("mon,tue,wed,thu,fri"))
SUNDAY_TO_THURSDAY = "sun,mon,tue,wed,thu"
EASTER = frozenset({date(2026, 4, 3), date(2026, 4, 6)})


@pytest.fixture
def abroad(db: None, settings: Any) -> Clinic:
    """A clinic that works from Sunday to Thursday. 12 March 2026 is a Thursday."""
    settings.WORKING_DAYS, settings.BANK_HOLIDAYS = SUNDAY_TO_THURSDAY, ""
    return open_clinic()


@pytest.mark.parametrize(("day", "following"), [(12, 13), (13, 16), (14, 16), (15, 16), (16, 17)])
def test_the_next_working_day_is_never_at_the_weekend(day: int, following: int) -> None:
    assert MONDAY_TO_FRIDAY.after(date(2026, 3, day)) == date(2026, 3, following)


@pytest.mark.parametrize(("day", "following"), [(11, 12), (12, 15), (13, 15), (14, 15), (15, 16)])
def test_from_sunday_to_thursday_the_weekend_is_friday_and_saturday(day: int, following: int) -> None:
    assert WorkingDays(read_weekdays(SUNDAY_TO_THURSDAY)).after(date(2026, 3, day)) == date(2026, 3, following)


@pytest.mark.parametrize(("day", "following"), [(1, 2), (2, 7), (3, 7), (5, 7), (6, 7), (7, 8)])
def test_the_next_working_day_is_never_a_bank_holiday(day: int, following: int) -> None:
    assert WorkingDays(MONDAY_TO_FRIDAY.weekdays, EASTER).after(date(2026, 4, day)) == date(2026, 4, following)


def test_a_clinic_of_one_day_waits_a_week() -> None:
    assert WorkingDays(read_weekdays("Sat")).after(date(2026, 3, 14)) == date(2026, 3, 21)


@pytest.mark.parametrize("text", ["", "mon-fri", "mon,,tue", "mon,mon"])
def test_what_names_no_days_is_refused(text: str) -> None:
    with pytest.raises(NoWorkingDays):
        read_weekdays(text)


def test_a_visit_missed_on_thursday_is_written_about_on_sunday(abroad: Clinic) -> None:
    visit = abroad.book(abroad.patient(), local("2026-03-12", "14:00"), kind="follow-up").appointment
    assert visit is not None
    no_show(visit.pk, by=abroad.reception, now=local("2026-03-12", "15:00"))
    due_at = Message.objects.values_list("due_at", flat=True).get(kind="missed")
    assert due_at == local("2026-03-15", "09:00")


def test_answers_are_overdue_and_calls_are_due_by_the_clinics_own_days(abroad: Clinic) -> None:
    assert answers_overdue_from(local("2026-03-11")) == date(2026, 3, 16)
    assert due_on(date(2026, 3, 12)) == date(2026, 3, 15)


def test_the_week_shows_the_days_on_which_the_clinic_works(abroad: Clinic) -> None:
    Schedule.objects.all().delete()
    week = week_of(
        date(2026, 3, 9),
        Bookable.read(date(2026, 3, 9), date(2026, 3, 15), now=abroad.now),
        kind="injection",
        now=abroad.now,
    )
    assert [column.title for column in week] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Sunday"]
