"""Free times with who waits for one: whatever made them free, those who fit and are clear then, in order of waiting."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.cancel import cancel
from injections.booking.finder_forms import ChosenTime
from injections.booking.holds.hold import hold_to_book
from injections.booking.move import MoveRequest, move
from injections.booking.waiting_list.fill import fill
from injections.booking.waiting_list.fitting import FreeTime, WaitingRoom
from injections.booking.waiting_list.wished import NewWish
from injections.booking.waiting_list.wishes import put_on, take_off
from injections.booking.wish import Wish
from injections.models import WaitingWish
from scheduling.availability.hours_of_day import NOON, HoursOfDay
from scheduling.availability.shared_diary import SharedDiary
from scheduling.availability.slots import Search, Slot, free_slots
from scheduling.clinic.people_and_rooms import save_practitioner
from scheduling.clinic.schedules import save_schedule
from scheduling.diary.read import Places
from scheduling.kinds import KINDS
from scheduling.models import Appointment, Patient, Practitioner, Room
from tests.clinic import LONDON, Clinic, close, local

TUESDAY = "2026-03-10"
TEN = local(TUESDAY, "10:00")
LEFT = Wish(kind="injection", site="hamstring-origin", side="left")
pytestmark = pytest.mark.django_db


def wish(clinic: Clinic, patient: Patient, what: Wish = LEFT, **values: Any) -> WaitingWish:
    """Put somebody on the list, a minute after who was put there before."""
    made = put_on(NewWish(patient_id=patient.pk, what=what, **values), by=clinic.reception, now=clinic.now)
    clinic.now += timedelta(minutes=1)
    return made


def at_ten(clinic: Clinic) -> Appointment:
    """Dr Hale is there on this Tuesday alone, from 10:00 to 10:40 and from 17:00 to 17:40; the visit at 10:00."""
    opens = ((TUESDAY, "10:00", "10:40"), (TUESDAY, "17:00", "17:40"))
    since = clinic.now - timedelta(days=1)
    for day, first, last in opens:
        _away(clinic, since, local(day, first))
        since = local(day, last)
    _away(clinic, since, since + timedelta(days=300))
    found = clinic.book(clinic.fit_patient("Full"), TEN).appointment
    assert found is not None
    return found


def _away(clinic: Clinic, starts_at: datetime, ends_at: datetime) -> None:
    whose = {"practitioner_id": clinic.practitioner.pk}
    close(starts_at=starts_at, ends_at=ends_at, by=clinic.manager, now=clinic.now, **whose)


def free(clinic: Clinic, **values: Any) -> list[FreeTime]:
    return WaitingRoom(now=clinic.now, **values).free_times()


def names(times: list[FreeTime]) -> list[tuple[str, list[str]]]:
    return [
        (f"{one.slot.start.astimezone(LONDON):%a %H:%M}", [each.patient.family_name for each in one.who])
        for one in times
    ]


def stop(clinic: Clinic, visit: Appointment) -> None:
    cancel(visit.pk, reason="Cannot come", by=clinic.reception, now=clinic.now)


def test_a_cancelled_time_is_shown_with_those_who_fit_in_order_of_waiting(clinic: Clinic) -> None:
    """Nothing while the day is full; then both, who came first first."""
    booked = at_ten(clinic)
    wish(clinic, clinic.fit_patient("Ash"), before=NOON)
    wish(clinic, clinic.fit_patient("Elm"), before=NOON)
    assert free(clinic) == []
    stop(clinic, booked)
    assert names(free(clinic)) == [("Tue 10:00", ["Ash", "Elm"])]


def test_whoever_is_not_clear_then_by_the_whole_check_is_not_among_them(clinic: Clinic) -> None:
    """One needs review, one is blocked, of one nothing is known."""
    booked = at_ten(clinic)
    too_soon, red_flag = clinic.fit_patient("Soon"), clinic.fit_patient("Fever")
    clinic.earlier_injection(too_soon, "2025-11-20")
    clinic.answer(red_flag, {"fever": "yes"})
    for patient in (too_soon, red_flag, clinic.patient("Unknown"), clinic.fit_patient("Ash")):
        wish(clinic, patient, before=NOON)
    stop(clinic, booked)
    assert names(free(clinic)) == [("Tue 10:00", ["Ash"])]


def test_a_moved_visit_a_hold_that_lapsed_and_a_new_session_free_a_time_too(clinic: Clinic) -> None:
    booked = at_ten(clinic)
    wish(clinic, clinic.fit_patient("Ash"), before=NOON)
    assert free(clinic) == []
    move(booked.pk, MoveRequest(start=local(TUESDAY, "17:00")), by=clinic.reception, now=clinic.now)
    assert names(free(clinic)) == [("Tue 10:00", ["Ash"])]
    other = clinic.fit_patient("Elm")
    hold_to_book(clinic.ask(other, TEN), by=clinic.reception, now=clinic.now)
    assert free(clinic) == []
    clinic.now += timedelta(minutes=5)
    assert names(free(clinic)) == [("Tue 10:00", ["Ash"])]
    clinic.book(other, TEN)
    assert free(clinic) == []
    day = date(2026, 3, 18)
    hours = {"weekday": 2, "opens": time(9), "closes": time(12), "valid_from": day, "valid_to": day, "every_weeks": 1}
    where = {"practitioner_id": second_doctor(clinic).pk, "room_id": clinic.room.pk}
    save_schedule(None, hours | where, by=clinic.manager, now=clinic.now)
    assert names(free(clinic)) == [("Wed 09:00", ["Ash"])]


def second_doctor(clinic: Clinic) -> Practitioner:
    return save_practitioner(None, {"name": "Dr Eve Moss", "kinds": ["injection"]}, by=clinic.manager, now=clinic.now)


@pytest.mark.parametrize(
    ("wished", "fits"),
    [
        ({"weekdays": frozenset({1})}, ["Tue 10:00"]),
        ({"weekdays": frozenset({0, 2})}, []),
        ({"before": time(12)}, ["Tue 10:00"]),
        ({"after": time(12)}, ["Tue 17:00"]),
        ({"after": time(10)}, ["Tue 10:00"]),
        ({"after": time(10, 5)}, ["Tue 10:05"]),
        ({"after": time(10, 11)}, ["Tue 17:00"]),
        ({"before": time(10)}, []),
        ({"before": time(10, 1)}, ["Tue 10:00"]),
        ({"after": time(10, 10), "before": time(17)}, ["Tue 10:10"]),
        ({"after": time(10, 15), "before": time(17)}, []),
        ({"from_on": date(2026, 3, 10)}, ["Tue 10:00"]),
        ({"from_on": date(2026, 3, 11)}, []),
        ({"to_on": date(2026, 3, 10)}, ["Tue 10:00"]),
        ({"to_on": date(2026, 3, 9)}, []),
        ({"from_on": date(2026, 3, 10), "to_on": date(2026, 3, 10)}, ["Tue 10:00"]),
        ({"notice_hours": 0}, ["Tue 10:00"]),
        ({"notice_hours": 168}, ["Tue 10:00"]),
    ],
)
def test_a_time_fits_by_its_weekday_its_hour_and_the_days_wished(
    clinic: Clinic, wished: dict[str, Any], fits: list[str]
) -> None:
    """Boundaries: both days and the hour from which on are included, the hour before which is not."""
    booked = at_ten(clinic)
    wish(clinic, clinic.fit_patient("Ash"), **wished)
    stop(clinic, booked)
    assert [when for when, _ in names(free(clinic))] == fits


def test_the_notice_is_counted_to_the_minute(clinic: Clinic) -> None:
    """Boundary: a time that lies exactly the notice ahead still fits."""
    booked = at_ten(clinic)
    wish(clinic, clinic.fit_patient("Ash"), notice_hours=4)
    stop(clinic, booked)
    clinic.now = local(TUESDAY, "06:00")
    assert names(free(clinic)) == [("Tue 10:00", ["Ash"])]
    clinic.now += timedelta(minutes=5)
    assert names(free(clinic)) == [("Tue 10:05", ["Ash"])]
    clinic.now += timedelta(minutes=6)
    assert names(free(clinic)) == [("Tue 17:00", ["Ash"])]


def test_a_wish_that_names_a_later_visit_fits_earlier_times_alone_and_that_visit_judges_none(clinic: Clinic) -> None:
    """The visit at 17:00 would make 10:00 too soon; as it moves, it does not."""
    booked, ash = at_ten(clinic), clinic.fit_patient("Ash")
    later = clinic.book(ash, local(TUESDAY, "17:00")).appointment
    assert later is not None
    wish(clinic, ash, replaces=later.pk)
    stop(clinic, booked)
    assert names(free(clinic)) == [("Tue 10:00", ["Ash"])]
    move(later.pk, MoveRequest(start=TEN), by=clinic.reception, now=clinic.now)
    assert free(clinic) == [], "17:00 is later than what they have now"


def test_a_wish_whose_visit_was_cancelled_is_for_a_new_one_and_ends_with_one_that_took_place(clinic: Clinic) -> None:
    booked, ash = at_ten(clinic), clinic.fit_patient("Ash")
    later = clinic.book(ash, local(TUESDAY, "17:00")).appointment
    assert later is not None
    wish(clinic, ash, replaces=later.pk)
    stop(clinic, later)
    assert names(free(clinic)) == [("Tue 17:00", ["Ash"])]
    stop(clinic, booked)
    Appointment.objects.filter(pk=later.pk).update(status="fulfilled")
    assert free(clinic) == []


def test_the_person_wished_and_the_kind_decide_who_fits(clinic: Clinic) -> None:
    ash = clinic.fit_patient("Ash")
    wish(clinic, ash, Wish(kind="physiotherapy"), practitioner_id=clinic.physiotherapist.pk)
    [first, *_] = free(clinic)
    assert (first.practitioner, first.who[0].patient) == (clinic.physiotherapist, ash)
    assert {one.practitioner for one in free(clinic)} == {clinic.physiotherapist}


CLASS = Wish(kind="exercise-class")
NINE = local(TUESDAY, "09:00")


def full_gym(clinic: Clinic, *, left: int) -> None:
    """The physiotherapist is there on this Tuesday alone, from 09:00 to 10:00, with one class that has places left."""
    since = clinic.now - timedelta(days=1)
    for starts_at, ends_at in ((since, NINE), (NINE + timedelta(hours=1), NINE + timedelta(days=300))):
        who = {"practitioner_id": clinic.physiotherapist.pk}
        close(starts_at=starts_at, ends_at=ends_at, by=clinic.manager, now=clinic.now, **who)
    for number in range(KINDS["exercise-class"].seats - left):
        assert clinic.book(clinic.patient(f"Fellow{number}"), NINE, kind="exercise-class").appointment


def test_a_place_in_a_running_class_is_a_free_time_for_who_waits_for_one(clinic: Clinic) -> None:
    """With its last place taken it is none; whoever leaves sets one free."""
    full_gym(clinic, left=1)
    ash = wish(clinic, clinic.patient("Ash"), CLASS)
    wish(clinic, clinic.patient("Elm"), Wish(kind="physiotherapy"))
    [found] = free(clinic)
    assert names([found]) == [("Tue 09:00", ["Ash"])]
    assert (found.slot.places, found.room) == (Places(taken=7, of=8), clinic.gym)
    wish(clinic, clinic.patient("Oak"), CLASS)
    assert names(free(clinic)) == [("Tue 09:00", ["Ash", "Oak"])]
    there = ChosenTime(NINE, clinic.physiotherapist.pk, clinic.gym.pk)
    visit = fill(ash.pk, there, by=clinic.reception, now=clinic.now)
    assert (visit.group_id is not None, free(clinic)) == (True, [])
    stop(clinic, visit)
    assert names(free(clinic)) == [("Tue 09:00", ["Oak"])]
    assert names(WaitingRoom(now=clinic.now).at(visit)) == [("Tue 09:00", ["Oak"])]


def test_a_class_that_is_closed_or_that_the_patient_takes_part_in_is_no_free_time(clinic: Clinic) -> None:
    full_gym(clinic, left=3)
    ash = clinic.patient("Ash")
    wish(clinic, ash, CLASS)
    assert names(free(clinic)) == [("Tue 09:00", ["Ash"])]
    clinic.book(ash, NINE, kind="exercise-class")
    assert free(clinic) == []
    wish(clinic, clinic.patient("Elm"), CLASS)
    assert names(free(clinic)) == [("Tue 09:00", ["Elm"])]
    shut = {"starts_at": NINE, "ends_at": NINE + timedelta(hours=1), "room_id": clinic.gym.pk}
    close(**shut, confirm=True, by=clinic.manager, now=clinic.now)
    assert free(clinic) == []


def test_whoever_was_taken_off_or_has_died_waits_no_more(clinic: Clinic) -> None:
    booked = at_ten(clinic)
    off, dead = wish(clinic, clinic.fit_patient("Off")), clinic.fit_patient("Dead")
    wish(clinic, dead)
    stop(clinic, booked)
    take_off(off.pk, reason="Went elsewhere", by=clinic.reception, now=clinic.now)
    assert names(free(clinic)) == [("Tue 10:00", ["Dead"])]
    clinic.death(dead, now=clinic.now)
    assert free(clinic) == []


def test_at_a_cancelled_visit_stand_those_who_fit_its_place(clinic: Clinic) -> None:
    booked = at_ten(clinic)
    wish(clinic, clinic.fit_patient("Ash"))
    wish(clinic, clinic.fit_patient("Elm"), after=NOON)
    stop(clinic, booked)
    found = WaitingRoom(now=clinic.now).at(booked)
    assert names(found) == [("Tue 10:00", ["Ash"])]


def test_the_look_takes_as_many_queries_for_many_who_wait_as_for_one(clinic: Clinic, in_a_request: None) -> None:
    wish(clinic, clinic.fit_patient("Ash"))
    with CaptureQueriesContext(connection) as one:
        free(clinic)
    for name in ("Elm", "Oak", "Yew"):
        wish(clinic, clinic.fit_patient(name))
    with CaptureQueriesContext(connection) as four:
        free(clinic)
    assert len(one) == len(four) <= 6


def test_a_shared_diary_finds_the_very_times_that_a_search_of_one_kind_finds(clinic: Clinic) -> None:
    """With visits, a closure, a hold, a class with places left and every kind."""
    at_ten(clinic)
    ash = clinic.fit_patient("Ash")
    hold_to_book(clinic.ask(ash, local(TUESDAY, "17:00")), by=clinic.reception, now=clinic.now)
    shut = {"starts_at": local("2026-03-11", "13:00"), "ends_at": local("2026-03-11", "14:10")}
    close(**shut, by=clinic.manager, now=clinic.now)
    days = {"from_on": date(2026, 3, 9), "to_on": date(2026, 3, 12)}
    clinic.book(clinic.patient("Fellow"), local("2026-03-11", "09:30"), kind="exercise-class")
    read = {"days": tuple(days.values()), "now": clinic.now}
    shared = SharedDiary(list(Practitioner.objects.all()), list(Room.objects.all()), **read)
    for kind in KINDS.values():
        for hours in (HoursOfDay(), HoursOfDay(before=NOON), HoursOfDay(time(9, 5), time(14))):
            search = Search(kind, **days, hours=hours, weekdays=frozenset({1, 2}))
            found: list[Slot] = list(free_slots(search, reads=shared, now=clinic.now))
            assert found == list(free_slots(search, now=clinic.now))
            assert all(shared.is_free(kind, slot) for slot in found)
