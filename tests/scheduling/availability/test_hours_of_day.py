"""Between which times of the day a visit starts, at both of its boundaries."""

from datetime import date, time

import pytest

from injections.booking.offers import SlotSearch, offers
from injections.booking.request import BookingRequest
from pht_clinic.errors import Invalid
from scheduling.availability.hours_of_day import AFTERNOON, ANY_HOURS, MORNING, HoursOfDay
from tests.clinic import LONDON, Clinic, local

TUESDAY, SUMMER = date(2026, 3, 10), date(2026, 4, 7)
pytestmark = pytest.mark.django_db


def starts(clinic: Clinic, hours: HoursOfDay, *, on: date = TUESDAY, kind: str = "follow-up") -> list[str]:
    search = SlotSearch(from_on=on, to_on=on, limit=200, hours=hours)
    found = offers(BookingRequest(kind=kind), search, now=clinic.now).results
    return [f"{offer.slot.start.astimezone(LONDON):%H:%M}" for offer in found]


@pytest.mark.parametrize(
    ("hours", "first", "last"),
    [
        (ANY_HOURS, "08:00", "17:40"),
        (HoursOfDay(after=time(13)), "13:00", "17:40"),
        (HoursOfDay(after=time(13, 2)), "13:05", "17:25"),
        (HoursOfDay(before=time(13)), "08:00", "12:40"),
        (HoursOfDay(before=time(13, 1)), "08:00", "13:00"),
        (HoursOfDay(time(9), time(9, 20)), "09:00", "09:00"),
        (HoursOfDay(before=time(23)), "08:00", "17:40"),
    ],
    ids=["any", "after", "off-the-grid", "before", "a-minute-later", "one-only", "after-closing"],
)
def test_a_time_starts_from_after_on_and_earlier_than_before(
    clinic: Clinic, hours: HoursOfDay, first: str, last: str
) -> None:
    """On the clinic's clock, in summer too; what begins before may end later."""
    for day in (TUESDAY, SUMMER):
        found = starts(clinic, hours, on=day)
        assert (found[0], found[-1]) == (first, last)


@pytest.mark.parametrize("kind", ["follow-up", "exercise-class"])
def test_none_lies_outside_the_sessions(clinic: Clinic, kind: str) -> None:
    assert starts(clinic, HoursOfDay(before=time(8)), kind=kind) == []
    assert starts(clinic, HoursOfDay(after=time(20)), kind=kind) == []


def test_halves_of_the_day_are_hours_and_both_are_any() -> None:
    assert HoursOfDay.of_halves({MORNING}) == HoursOfDay(before=time(12))
    assert HoursOfDay.of_halves({AFTERNOON}) == HoursOfDay(after=time(12))
    assert HoursOfDay.of_halves({MORNING, AFTERNOON}) == HoursOfDay.of_halves(()) == ANY_HOURS


@pytest.mark.parametrize("before", [time(9), time(8, 59)], ids=["equal", "earlier"])
def test_hours_between_which_nothing_lies_are_refused(clinic: Clinic, before: time) -> None:
    with pytest.raises(Invalid) as refused:
        starts(clinic, HoursOfDay(time(9), before))
    assert [error.pointer for error in refused.value.errors] == ["#/before"]


def test_a_running_class_is_found_within_the_hours_alone(clinic: Clinic) -> None:
    """A class at ten, of which places are left."""
    clinic.book(clinic.patient("Ash"), local("2026-03-10"), kind="exercise-class")
    day = {"on": TUESDAY, "kind": "exercise-class"}
    assert starts(clinic, HoursOfDay(time(10), time(10, 1)), **day) == ["10:00"]  # type: ignore[arg-type]
    assert "10:00" not in starts(clinic, HoursOfDay(before=time(10)), **day)  # type: ignore[arg-type]
    assert "10:00" not in starts(clinic, HoursOfDay(after=time(10, 1)), **day)  # type: ignore[arg-type]
