"""What the clinic consists of, through the API: everybody reads it, a manager changes it."""

from __future__ import annotations

import pytest

from scheduling.models import Closure, Practitioner, Room, Schedule
from tests.api_world import World, pointers, problem
from tests.clinic import local


def test_a_manager_adds_and_changes_a_practitioner(world: World) -> None:
    made = world.manager.post("/practitioners/", {"name": "Dr Noor", "kinds": ["injection", "injection"]})
    assert made.status_code == 201, made.content
    address = f"/practitioners/{made.json()['id']}/"
    assert made.headers["Location"] == f"/api/v1{address}"
    told = {"id": made.json()["id"], "name": "Dr Noor", "kinds": ["injection"], "active": True, "revision": 1}
    assert made.json() == told
    changed = world.manager.patch(address, {"active": False}).json()
    assert (changed["name"], changed["active"]) == ("Dr Noor", False)
    assert world.reception.get(address).json() == changed
    assert len(world.reception.get("/practitioners/").json()["results"]) == 3


def test_a_manager_adds_and_changes_a_room(world: World) -> None:
    made = world.manager.post("/rooms/", {"name": "Ultrasound 2", "has_ultrasound": True}).json()
    assert world.manager.patch(f"/rooms/{made['id']}/", {"has_ultrasound": False}).json()["has_ultrasound"] is False
    assert len(world.reception.get("/rooms/").json()["results"]) == 3


@pytest.mark.parametrize(
    ("path", "body", "named"),
    [
        ("practitioners", {"name": " ", "kinds": ["x"]}, {"#/name", "#/kinds/0"}),
        ("practitioners", {"name": "Tom Reed", "kinds": []}, {"#/name"}),
        ("practitioners", {"name": "New", "kinds": [], "user": 1, "feed_digest": "x"}, {"#/user", "#/feed_digest"}),
        ("rooms", {"name": 5, "active": "yes"}, {"#/name", "#/active"}),
        ("rooms", {"name": "Gym"}, {"#/name"}),
        ("closures", {"starts_at": "2026-05-01", "ends_at": "2026-05-01T10:00:00"}, {"#/starts_at", "#/ends_at"}),
        ("closures", {"starts_at": "2026-05-02T00:00:00+01:00", "ends_at": "2026-05-01T00:00:00+01:00"}, {"#/ends_at"}),
        (
            "closures",
            {"starts_at": "2026-05-01T00:00:00+01:00", "ends_at": "2026-05-02T00:00:00+01:00", "room": 10**9},
            {"#/room"},
        ),
        (
            "schedules",
            {"weekday": 7, "opens": "9", "closes": "25:00"},
            {"#/weekday", "#/opens", "#/closes", "#/practitioner", "#/room", "#/valid_from"},
        ),
    ],
)
def test_what_cannot_be_names_its_fields(world: World, path: str, body: dict[str, object], named: set[str]) -> None:
    counts = [model._default_manager.count() for model in (Practitioner, Room, Schedule, Closure)]
    assert pointers(world.manager.post(f"/{path}/", body)) == named
    assert [model._default_manager.count() for model in (Practitioner, Room, Schedule, Closure)] == counts


def session(world: World, **values: object) -> dict[str, object]:
    return {
        "practitioner": world.clinic.practitioner.pk,
        "room": world.clinic.room.pk,
        "weekday": 1,
        "opens": "18:30",
        "closes": "20:00",
        "valid_from": "2026-03-01",
        **values,
    }


def test_a_session_opens_times_and_its_change_names_what_it_hits(world: World) -> None:
    """Closing it under a booking is a 409 that names the booking; `confirm` does it all the same."""
    made = world.manager.post("/schedules/", session(world))
    assert made.status_code == 201, made.content
    assert (made.json()["opens"], made.json()["closes"], made.json()["every_weeks"]) == ("18:30", "20:00", 1)
    booked = world.book(world.clinic.fit_patient(), local("2026-03-10", "19:00"))
    address = f"/schedules/{made.json()['id']}/"
    refusal = problem(world.manager.patch(address, {"opens": "19:15"}), 409)
    assert [clash["appointment"] for clash in refusal["clashes"]] == [booked["id"]]
    assert world.reception.get(address).json()["opens"] == "18:30"
    changed = world.manager.patch(address, {"opens": "19:15", "confirm": True}).json()
    assert (changed["opens"], changed["to_be_moved"]) == ("19:15", [booked["id"]])
    assert pointers(world.manager.patch(address, {"closes": "19:00"})) == {"#/closes"}
    assert pointers(world.manager.patch(address, {"valid_to": "2026-02-01"})) == {"#/valid_to"}
    assert pointers(world.manager.post("/schedules/", session(world, practitioner=10**9))) == {"#/practitioner"}


def test_a_closure_names_the_bookings_it_hits(world: World) -> None:
    booked = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    closure = {
        "starts_at": "2026-03-10T00:00:00+00:00",
        "ends_at": "2026-03-11T00:00:00+00:00",
        "practitioner": world.clinic.practitioner.pk,
        "reason": "Training",
    }
    refusal = problem(world.manager.post("/closures/", closure), 409)
    assert [clash["appointment"] for clash in refusal["clashes"]] == [booked["id"]]
    assert not Closure.objects.exists()
    made = world.manager.post("/closures/", {**closure, "confirm": True})
    assert made.status_code == 201
    assert made.json()["to_be_moved"] == [booked["id"]]
    other = world.clinic.fit_patient("Cole")
    assert pointers(world.reception.post("/appointments/", world.injection(other, local("2026-03-10", "14:00")))) == {
        "#/start"
    }
    address = f"/closures/{made.json()['id']}/"
    assert world.manager.patch(address, {"ends_at": "2026-03-10T09:00:00+00:00"}).status_code == 200
    assert world.reception.get(address).json()["ends_at"] == "2026-03-10T09:00:00+00:00"
    world.book(other, local("2026-03-10", "14:00"))


def test_the_whole_clinic_closes_without_a_practitioner_or_a_room(world: World) -> None:
    closure = {"starts_at": "2026-03-10T00:00:00+00:00", "ends_at": "2026-03-11T00:00:00+00:00"}
    made = world.manager.post("/closures/", closure).json()
    assert (made["practitioner"], made["room"]) == (None, None)
    found = world.reception.get("/slots/", kind="physiotherapy", to="2026-03-10", **{"from": "2026-03-10"})
    assert found.json()["results"] == []
