"""A series of exercise classes: a place in each, in a class that runs or in one that it begins, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from injections.booking.cancel import Why
from injections.booking.series.book import SomeLost
from injections.booking.series.rest import RestMove, cancel_rest, move_rest
from scheduling.models import Appointment, GroupVisit, Message
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.injections.booking.series.test_api import body
from tests.injections.booking.series.test_pages import chosen_of, offered
from tests.injections.booking.series.world import TUESDAYS, booked, rule_query
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db
CLASS = "exercise-class"
THREE = TUESDAYS[:3]
NO_TIME = Why("No time", "patient", "cannot-come")


def fellows(clinic: Clinic, day: str, count: int) -> None:
    """So many others in the class of a day at 10:00."""
    for number in range(count):
        assert clinic.book(clinic.patient(f"Fellow{day}x{number}"), local(day), kind=CLASS).appointment


def taken(days: Sequence[str]) -> list[int]:
    """How many places of the class of each of these days are taken."""
    return [Appointment.objects.filter(start_at=local(day), status="booked", kind=CLASS).count() for day in days]


def test_the_first_of_a_day_begins_a_class_and_whoever_follows_joins_it(clinic: Clinic) -> None:
    """The last place too, and told once."""
    fellows(clinic, THREE[1], 7)
    came = booked(clinic, clinic.patient("Ash"), THREE, kind=CLASS)
    assert taken(THREE) == [1, 8, 1]
    booked(clinic, clinic.patient("Elm"), (THREE[0], THREE[2]), kind=CLASS)
    assert taken(THREE) == [2, 8, 2]
    assert GroupVisit.objects.count() == 3
    assert all(visit.group_id and visit.seat for visit in came.visits)
    assert Message.objects.filter(kind="series").count() == 2


def test_a_full_class_keeps_all_others_from_being_booked(clinic: Clinic) -> None:
    fellows(clinic, THREE[1], 8)
    with pytest.raises(SomeLost) as refusal:
        booked(clinic, clinic.patient("Ash"), THREE, kind=CLASS)
    assert [one.why for one in refusal.value.lost] == ["All 8 places of this class are taken."]
    assert taken(THREE) == [0, 8, 0]


def test_what_is_left_moves_into_other_classes_and_gives_its_places_back(clinic: Clinic) -> None:
    wednesdays = ("2026-03-11", "2026-03-18")
    fellows(clinic, wednesdays[0], 7)
    came = booked(clinic, clinic.patient("Ash"), THREE, kind=CLASS)
    rest = RestMove(from_on=local(THREE[1]).date(), starts=tuple(map(local, wednesdays)))
    move_rest(came.series.pk, rest, by=clinic.reception, now=clinic.now)
    assert (taken(THREE), taken(wednesdays)) == ([1, 0, 0], [8, 1])
    cancel_rest(came.series.pk, NO_TIME, by=clinic.reception, now=clinic.now)
    assert (taken(THREE), taken(wednesdays)) == ([0, 0, 0], [7, 0])


def test_a_program_checks_and_books_places_in_classes(world: World) -> None:
    clinic = world.clinic
    fellows(clinic, THREE[0], 3)
    fellows(clinic, THREE[1], 8)
    sent = body(world, clinic.patient("Ash"), kind=CLASS, starts=[local(day).isoformat() for day in THREE])
    found = world.reception.post("/series/check/", sent).json()
    assert [one["free"] for one in found["dates"]] == [True, False, True]
    full = found["dates"][1]
    assert {one["resource"] for one in full["clashes"]} == {"class"}
    other: list[dict[str, Any]] = full["next_best"]
    sent["starts"][1] = other[0]["start"]
    made = world.reception.post("/series/", sent)
    assert made.status_code == 201, made.content
    assert [one["place"] for one in made.json()["visits"]] == [4, 1, 1]


def test_the_pages_book_places_in_classes(world: World, reception: Browser) -> None:
    clinic = world.clinic
    fellows(clinic, THREE[1], 8)
    patient = clinic.patient("Ash")
    query = rule_query(clinic, kind=CLASS, count="3")
    said = reception.get("booking-series", patient.pk, **query)
    assert "All 8 places of this class are taken." in said
    sent = chosen_of(reception.html) | {"visit_2": offered(reception.html, 2)[0]}
    reception.post("booking-series", patient.pk, data=sent | {"intent": "look"}, query=query, expect=200)
    sent = chosen_of(reception.html) | {"intent": "book"}
    assert "3 visits booked." in reception.post("booking-series", patient.pk, data=sent, query=query)
    assert taken(THREE) == [1, 8, 1]
