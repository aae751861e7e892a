"""Free times by the API: who fits one, holding it for one of them, and what they answer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from scheduling.models import Appointment, Message, Patient
from tests.api_world import World, pointers, problem
from tests.clinic import local
from tests.injections.booking.waiting_list.test_api import put_on
from tests.injections.booking.waiting_list.test_fitting import TEN

AN_HOUR = timedelta(hours=1)


def there(world: World, **said: Any) -> dict[str, Any]:
    clinic = world.clinic
    place = {"practitioner": str(clinic.practitioner.pk), "room": str(clinic.room.pk)}
    return {"start": TEN.isoformat(), **place, **said}


def matches(world: World, **said: Any) -> list[str]:
    answer = world.reception.get("/waitlist/matches/", **there(world, **said))
    assert answer.status_code == 200, answer.content
    return [one["id"] for one in answer.json()["results"]]


def test_those_who_fit_a_free_time_and_are_clear_then_match_it_who_waits_longest_first(world: World) -> None:
    first, second = put_on(world, "Zed"), put_on(world, "Abel")
    soon = put_on(world, "Soon")
    world.clinic.earlier_injection(Patient.objects.get(pk=soon["patient"]), "2025-11-20")
    put_on(world, "Elsewhen", weekdays=[0])
    follows_up = put_on(world, "Oak", kind="follow-up", site=None, side=None)
    assert matches(world) == [first["id"], second["id"], follows_up["id"]]
    assert matches(world, kind="injection") == [first["id"], second["id"]]
    assert matches(world, kind="physiotherapy") == []
    assert matches(world, start=local("2026-03-10", "10:01").isoformat()) == [], "no visit begins then"
    assert matches(world, start=local("2026-02-10").isoformat()) == [], "it is over"
    world.clinic.book(world.clinic.fit_patient("Full"), TEN)
    assert matches(world) == []


def test_a_later_visit_that_would_move_there_does_not_judge_it(world: World) -> None:
    ash = world.clinic.fit_patient("Ash")
    later = world.clinic.book(ash, local("2026-03-24")).appointment
    assert later is not None
    wish = {"kind": "injection", "site": "hamstring-origin", "side": "left", "patient": str(ash.pk)}
    without = world.reception.post("/waitlist/", wish).json()
    assert without["id"] not in matches(world)
    said = world.reception.post("/waitlist/", {**wish, "replaces": str(later.pk)}).json()
    assert matches(world) == [said["id"]]


def test_a_query_names_its_time_and_person(world: World) -> None:
    answer = world.reception.get("/waitlist/matches/", kind="dance")
    assert pointers(answer) == {"#/start", "#/practitioner", "#/kind"}
    said = put_on(world)
    without_room = there(world)
    del without_room["room"]
    assert [one["id"] for one in world.reception.get("/waitlist/matches/", **without_room).json()["results"]] == [
        said["id"]
    ]
    closed = {**without_room, "start": local("2026-03-10", "03:00").isoformat()}
    assert world.reception.get("/waitlist/matches/", **closed).json()["results"] == []
    assert pointers(world.reception.post(f"/waitlist/{said['id']}/offer/", closed)) == {"#/start"}


def test_free_times_are_listed_with_who_waits_for_each(world: World) -> None:
    said = put_on(world)
    times = world.reception.get("/waitlist/free-times/").json()["results"]
    assert times[0]["wishes"] == [said["id"]]
    assert times[0]["start"] >= (world.clinic.now + timedelta(hours=24)).isoformat(), "a day's notice is kept"


def test_an_offer_holds_the_time_and_accepting_books_it(world: World) -> None:
    said, other = put_on(world), put_on(world, "Elm")
    path = f"/waitlist/{said['id']}/offer/"
    made = world.reception.post(path, there(world, minutes=60))
    assert made.status_code == 201, made.content
    offer = made.json()
    assert (offer["wish"], offer["start"], offer["ended_at"]) == (said["id"], TEN.isoformat(), None)
    [held] = Appointment.holds.all()
    assert (held.start_at, held.held_until.isoformat()) == (TEN, offer["held_until"])  # type: ignore[union-attr]
    assert Message.objects.filter(kind="offer").count() == 1
    assert matches(world) == []
    assert problem(world.reception.post(path, there(world)), 409)["type"] == "urn:pht-clinic:problem:conflict"
    taken = world.reception.post(f"/waitlist/{other['id']}/offer/", there(world))
    assert problem(taken, 409)["type"] == "urn:pht-clinic:problem:out-of-turn"
    accepted = world.reception.post(f"{path}answer/", {"answer": "accept"}).json()
    [visit] = Appointment.objects.all()
    assert (accepted["ended_as"], accepted["appointment"]) == ("accepted", str(visit.pk))
    assert (visit.start_at, visit.status) == (TEN, "booked")
    assert world.reception.get(f"/waitlist/{said['id']}/").json()["appointment"] == str(visit.pk)
    again = world.reception.post(f"{path}answer/", {"answer": "accept"})
    assert problem(again, 409)["type"] == "urn:pht-clinic:problem:offer-over"


def test_accepting_moves_the_later_visit_of_the_wish(world: World) -> None:
    ash = world.clinic.fit_patient("Ash")
    later = world.clinic.book(ash, local("2026-03-24")).appointment
    assert later is not None
    wish = {"kind": "injection", "site": "hamstring-origin", "side": "left", "patient": str(ash.pk)}
    said = world.reception.post("/waitlist/", {**wish, "replaces": str(later.pk)}).json()
    path = f"/waitlist/{said['id']}/offer/"
    assert world.reception.post(path, there(world)).status_code == 201
    assert world.reception.post(f"{path}answer/", {"answer": "accept"}).json()["appointment"] == str(later.pk)
    [visit] = Appointment.objects.all()
    assert (visit.pk, visit.start_at) == (later.pk, TEN)


def test_what_is_declined_or_taken_back_is_free_again_and_they_wait_on(world: World) -> None:
    said = put_on(world)
    path = f"/waitlist/{said['id']}/offer/"
    for number, (answer, ended_as) in enumerate((("decline", "declined"), ("take-back", "taken-back"))):
        time = there(world, start=(TEN + number * AN_HOUR).isoformat())
        assert world.reception.post(path, time).status_code == 201
        assert world.reception.post(f"{path}answer/", {"answer": answer}).json()["ended_as"] == ended_as
        assert not Appointment.holds.exists()
    assert world.reception.get(f"/waitlist/{said['id']}/").json()["ended_at"] is None
    assert world.reception.post("/waitlist/4711/offer/answer/", {"answer": "decline"}).status_code == 404


def test_an_offer_sent_twice_with_one_key_is_one(world: World) -> None:
    said = put_on(world)
    path = f"/waitlist/{said['id']}/offer/"
    key = {"Idempotency-Key": "offer-1"}
    first, second = (world.reception.post(path, there(world), **key) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert pointers(world.reception.post(path, there(world, minutes=4))) == {"#/minutes"}
