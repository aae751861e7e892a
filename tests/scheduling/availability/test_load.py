"""How full the next days are: booked of bookable time of the small clinic, which is open 08:00 to 18:00 every day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.cancel import cancel
from scheduling.availability.load import DayLoad, Opening, load_of
from scheduling.models import Appointment, Closure, Practitioner, Schedule
from tests.clinic import NOW, Clinic, close, local, open_clinic

HOUR, HALF = timedelta(hours=1), timedelta(minutes=30)
TUESDAY, WEDNESDAY = date(2026, 3, 10), date(2026, 3, 11)


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def load(first: date, last: date, *, now: datetime = NOW) -> list[DayLoad]:
    return load_of(Opening.read(first, last), first, last, now=now)


def on(day: date) -> DayLoad:
    [found] = load(day, day)
    return found


def booked(clinic: Clinic, name: str, at: str, **values: Any) -> Appointment:
    visit = clinic.book(clinic.fit_patient(name), local("2026-03-10", at), **values).appointment
    assert visit is not None
    return visit


def test_visits_of_everybody_are_counted_of_the_sessions_of_everybody(clinic: Clinic) -> None:
    """Two people for ten hours; an injection keeps its practitioner for 30 minutes, cleaning only the room."""
    booked(clinic, "Ash", "10:00")
    booked(clinic, "Birch", "17:30", kind="physiotherapy")
    assert on(TUESDAY) == DayLoad(TUESDAY, has_session=True, bookable=20 * HOUR, booked=2 * HALF)
    assert on(TUESDAY).percent == 5
    assert on(WEDNESDAY).booked == timedelta(0)


def test_a_class_counts_once_and_what_was_cancelled_not_at_all(clinic: Clinic) -> None:
    for name in ("Ash", "Birch", "Cole"):
        booked(clinic, name, "09:00", kind="exercise-class")
    gone = booked(clinic, "Dale", "12:00")
    cancel(gone.pk, reason="test", tell_patient=False, by=clinic.reception, now=NOW)
    assert on(TUESDAY).booked == HOUR


def test_what_is_closed_is_not_bookable_and_a_visit_in_it_takes_nothing_of_the_rest(clinic: Clinic) -> None:
    booked(clinic, "Ash", "10:00")
    away = {"starts_at": local("2026-03-10", "10:15"), "ends_at": local("2026-03-10", "14:15")}
    close(**away, practitioner_id=clinic.practitioner.pk, confirm=True, by=clinic.manager, now=NOW)
    found = on(TUESDAY)
    assert found.bookable == 16 * HOUR
    assert found.booked == timedelta(minutes=15)


@pytest.mark.parametrize(
    ("whose", "reason", "said"),
    [
        ("clinic", "Stocktaking", "Closed: Stocktaking"),
        ("clinic", "", "Closed"),
        ("all", "Ill", "Nobody can be booked"),
    ],
    ids=["clinic-with-a-reason", "clinic-without-one", "everybody-away"],
)
def test_a_day_on_which_nothing_is_bookable_says_why(clinic: Clinic, whose: str, reason: str, said: str) -> None:
    for person in (None,) if whose == "clinic" else (clinic.practitioner.pk, clinic.physiotherapist.pk):
        during = {"starts_at": local("2026-03-10", "00:00"), "ends_at": local("2026-03-11", "00:00")}
        Closure.objects.create(**during, practitioner_id=person, reason=reason)
    found = on(TUESDAY)
    assert (found.bookable, found.percent, found.named, found.has_session) == (timedelta(0), None, said, True)
    assert on(WEDNESDAY).named == ""
    assert on(date(2026, 3, 9)).named == ""


def test_bank_holidays_over_new_year_are_named_and_weekends_without_sessions_left_out(clinic: Clinic) -> None:
    """30 December 2026 is a Wednesday; Friday is New Year's Day."""
    Schedule.objects.filter(weekday__in=(5, 6)).delete()
    found = load(date(2026, 12, 30), date(2027, 1, 5))
    assert [(day.on.day, day.named) for day in found] == [(30, ""), (31, ""), (1, "New Year's Day"), (4, ""), (5, "")]


def test_an_extra_session_on_a_bank_holiday_is_bookable_and_the_day_keeps_its_name(clinic: Clinic) -> None:
    new_year = date(2027, 1, 1)
    session = {"weekday": 4, "opens": time(9), "closes": time(11), "valid_from": new_year, "valid_to": new_year}
    Schedule.objects.create(practitioner=clinic.practitioner, room=clinic.room, **session)
    assert on(new_year) == DayLoad(
        new_year, has_session=True, bookable=2 * HOUR, booked=timedelta(0), named="New Year's Day"
    )


def test_a_clinic_that_works_on_sunday_and_not_on_friday_is_shown_so(clinic: Clinic, settings: Any) -> None:
    settings.WORKING_DAYS = "sun,mon,tue,wed,thu"
    Schedule.objects.filter(weekday__in=(4, 5, 6)).delete()
    found = load(date(2026, 3, 5), date(2026, 3, 9))
    assert [(f"{day.on:%a}", day.named) for day in found] == [("Thu", ""), ("Sun", "No session"), ("Mon", "")]


def test_a_night_session_over_the_clocks_change_is_as_long_as_it_lasts(clinic: Clinic) -> None:
    """On 29 March 2026 the hour from 01:00 is left out."""
    Schedule.objects.all().delete()
    for day in (date(2026, 3, 28), date(2026, 3, 29)):
        hours = {"weekday": day.weekday(), "opens": time(0), "closes": time(6), "valid_from": day, "valid_to": day}
        Schedule.objects.create(practitioner=clinic.practitioner, room=clinic.room, **hours)
    assert [day.bookable for day in load(date(2026, 3, 28), date(2026, 3, 29))] == [6 * HOUR, 5 * HOUR]


def test_who_left_and_a_room_out_of_use_have_nothing_to_book(clinic: Clinic) -> None:
    Practitioner.objects.filter(pk=clinic.practitioner.pk).update(active=False)
    clinic.gym.active = False
    clinic.gym.save()
    assert on(TUESDAY) == DayLoad(TUESDAY, False, timedelta(0), timedelta(0), "No session")


def test_ninety_nine_percent_is_not_full(clinic: Clinic) -> None:
    """The percentage is rounded down."""
    assert DayLoad(TUESDAY, True, timedelta(minutes=600), timedelta(minutes=595)).percent == 99
    assert DayLoad(TUESDAY, True, timedelta(minutes=600), timedelta(minutes=600)).percent == 100


def test_a_week_takes_two_queries_however_full_it_is(clinic: Clinic) -> None:
    counts = []
    for number in range(2):
        booked(clinic, f"Ash{number}", f"{10 + number}:00")
        with CaptureQueriesContext(connection) as queries:
            load(TUESDAY, date(2026, 3, 16))
        counts.append(len(queries))
    assert counts == [2, 2]
