"""What else reads the diary takes a class for what it is: programs, and the calendar feed of its practitioner."""

from __future__ import annotations

import pytest

from injections.booking.cancel import cancel
from scheduling.clinic.feed import feed, whose_feed
from tests.api_world import World, problem
from tests.clinic import Clinic, local

TEN = local("2026-03-10")
CLASS = {"kind": "exercise-class"}
pytestmark = pytest.mark.django_db


def test_programs_read_which_class_and_place_it_is_and_how_many_are_left(world: World) -> None:
    clinic = world.clinic
    for name in ("Ash", "Elm"):
        body = {
            "patient": str(clinic.patient(name).pk),
            "kind": "exercise-class",
            "start": TEN.isoformat(),
            "practitioner": str(clinic.physiotherapist.pk),
        }
        booked = world.reception.post("/appointments/", body)
        assert booked.status_code == 201, booked.content
    answer = booked.json()
    assert (answer["group"], answer["place"]) == (
        world.reception.get(f"/appointments/{answer['id']}/").json()["group"],
        2,
    )
    taken = {"taken": 2, "of": 8}
    assert answer["places"] == taken
    assert [one["places"] for one in world.manager.get("/appointments/").json()["results"]] == [taken, taken]
    whole = world.manager.get(f"/classes/{answer['group']}/").json()
    assert (whole["places"], [one["places"] for one in whole["participants"]]) == (taken, [taken, taken])
    asked = "from=2026-03-10&to=2026-03-10&limit=200"
    classes = world.reception.get(f"/slots/?{asked}&kind=exercise-class").json()["results"]
    found = {one["start"][11:16]: one for one in classes}
    assert found["10:00"]["places"] == {"taken": 2, "of": 8}
    assert found["11:00"]["places"] == {"taken": 0, "of": 8}
    physiotherapy = world.reception.get(f"/slots/?{asked}&kind=physiotherapy").json()["results"]
    assert {one["places"] for one in physiotherapy} == {None}
    assert "10:00" not in {one["start"][11:16] for one in physiotherapy}


def test_a_full_class_is_a_clash_for_programs(world: World) -> None:
    clinic = world.clinic
    first = clinic.book(clinic.patient("Ash"), TEN, **CLASS).appointment
    assert first is not None
    assert first.group is not None
    first.group.seats = 1
    first.group.save()
    body = {
        "patient": str(clinic.patient("Elm").pk),
        "kind": "exercise-class",
        "start": TEN.isoformat(),
        "practitioner": str(clinic.physiotherapist.pk),
    }
    told = problem(world.reception.post("/appointments/", body), 409)
    assert [(one["resource"], one["appointment"]) for one in told["clashes"]] == [("class", str(first.pk))]


def test_the_feed_has_a_class_once(clinic: Clinic) -> None:
    """As long as anybody takes part; it is no other event when the first of them leaves."""
    first, _ = (clinic.book(clinic.patient(name), TEN, **CLASS).appointment for name in ("Ash", "Elm"))
    assert first is not None
    token = clinic.feed_token(clinic.physiotherapist)
    before = feed(whose_feed(token), now=clinic.now)
    assert before.count("SUMMARY:Exercise class") == 1
    cancel(first.pk, reason="Ill", by=clinic.reception, now=clinic.now)
    assert feed(whose_feed(token), now=clinic.now) == before
