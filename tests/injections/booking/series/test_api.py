"""A series by the API: how its dates would stand, booking all or none, and moving or cancelling what is left."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling.models import Appointment, Message, Patient, VisitSeries
from tests.api_world import World, pointers, problem
from tests.clinic import local
from tests.injections.booking.series.world import TUESDAYS

RULE: dict[str, Any] = {"first": "2026-03-03T10:00:00+00:00", "count": 6}


def body(world: World, whose: Patient, /, **said: Any) -> dict[str, Any]:
    place = {"practitioner": str(world.clinic.physiotherapist.pk), "room": str(world.clinic.gym.pk)}
    return {"patient": str(whose.pk), "kind": "physiotherapy", **place, **(said or RULE)}


def starts(*days: str, at: str = "10:00") -> list[str]:
    return [local(day, at).isoformat() for day in days]


def booked(world: World, patient: Patient, **said: Any) -> dict[str, Any]:
    answer = world.reception.post("/series/", body(world, patient, **said))
    assert answer.status_code == 201, answer.content
    made: dict[str, Any] = answer.json()
    return made


def times(series: dict[str, Any], *statuses: str) -> list[str]:
    """When its visits are, of these states or of all."""
    return [one["start"] for one in series["visits"] if not statuses or one["status"] in statuses]


def test_a_check_says_of_each_date_the_verdict_the_clash_and_the_next_best(world: World) -> None:
    """One is taken, one within 48 hours of an injection, one at night; nothing is stored."""
    clinic, ash = world.clinic, world.clinic.fit_patient("Ash")
    other = clinic.book(clinic.patient("Birch"), local(TUESDAYS[1]), kind="physiotherapy").appointment
    assert other is not None
    clinic.book(ash, local("2026-03-16", "14:00"))
    named = [*starts(*TUESDAYS[:4]), local(TUESDAYS[4], "03:00").isoformat()]
    answer = world.reception.post("/series/check/", body(world, ash, starts=named))
    assert answer.status_code == 200, answer.content
    found = answer.json()
    assert found["bookable"] is False
    first, taken, unwise, fourth, closed = found["dates"]
    for one in (first, fourth):
        assert (one["free"], one["verdict"], one["why"], one["clashes"], one["next_best"]) == (
            True,
            "clear",
            "",
            [],
            [],
        )
    assert (first["start"], first["end"]) == tuple(local(TUESDAYS[0], at).isoformat() for at in ("10:00", "10:30"))
    assert (taken["free"], taken["verdict"]) == (False, "clear")
    assert {(one["resource"], one["appointment"]) for one in taken["clashes"]} == {
        ("practitioner", str(other.pk)),
        ("room", str(other.pk)),
    }
    assert taken["next_best"][0]["start"] == local(TUESDAYS[1], "09:30").isoformat()
    assert unwise["verdict"] != "clear"
    assert "48 hours" in unwise["why"]
    assert unwise["next_best"]
    assert all(near["verdict"] == "clear" for one in (taken, unwise, closed) for near in one["next_best"])
    assert "no open session" in closed["why"]
    assert not VisitSeries.objects.exists()
    assert not Message.objects.filter(kind="series").exists()


def test_a_rule_is_booked_whole_and_told_once(world: World) -> None:
    ash = world.clinic.patient("Ash")
    checked = world.reception.post("/series/check/", body(world, ash)).json()
    assert checked["bookable"] is True
    made = booked(world, ash)
    assert times(made, "booked") == [one["start"] for one in checked["dates"]] == starts(*TUESDAYS)
    assert (made["count"], made["every_weeks"], made["weekdays"], made["at"], made["from"]) == (
        *(6, 1, [1]),
        *("10:00", "2026-03-03"),
    )
    assert {one["assessment"]["verdict"] for one in made["visits"]} == {"clear"}
    assert world.reception.get(f"/series/{made['id']}/").json() == made
    assert Message.objects.exclude(kind__startswith="reminder").count() == 1


def test_weekdays_and_weeks_are_those_of_the_rule_at_the_wall_time_of_the_first(world: World) -> None:
    """Also where summer time begins in between."""
    made = booked(world, world.clinic.patient("Ash"), **RULE | {"every_weeks": 2, "weekdays": [1, 3], "count": 5})
    days = ("2026-03-03", "2026-03-05", "2026-03-17", "2026-03-19", "2026-03-31")
    assert times(made) == starts(*days)
    assert made["visits"][-1]["start"] == "2026-03-31T09:00:00+00:00"


def test_times_named_one_by_one_are_a_series_without_a_rule(world: World) -> None:
    """Without a room each is in that of its session."""
    ash = world.clinic.patient("Ash")
    named = [*starts("2026-03-05", at="11:00"), *starts("2026-03-03")]
    asked = body(world, ash, starts=named)
    del asked["room"]
    answer = world.reception.post("/series/", asked)
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert times(made) == sorted(named)
    assert {one["room"] for one in made["visits"]} == {str(world.clinic.gym.pk)}
    assert [made[name] for name in ("every_weeks", "weekdays", "at", "from")] == [None] * 4
    assert made["count"] == 2


def test_one_date_that_is_lost_keeps_all_others_from_being_booked_and_is_named(world: World) -> None:
    clinic, ash = world.clinic, world.clinic.fit_patient("Ash")
    other = clinic.book(clinic.patient("Birch"), local(TUESDAYS[1]), kind="physiotherapy").appointment
    assert other is not None
    named = [*starts(*TUESDAYS[:2]), local(TUESDAYS[4], "03:00").isoformat()]
    refused = problem(world.reception.post("/series/", body(world, ash, starts=named)), 409)
    assert refused["type"] == "urn:pht-clinic:problem:some-lost"
    assert [one["start"] for one in refused["lost"]] == named[1:]
    assert {one["appointment"] for one in refused["clashes"]} == {str(other.pk)}
    assert refused["lost"][0]["clashes"] == refused["clashes"]
    assert not Appointment.objects.filter(patient=ash).exists()


def test_a_series_sent_twice_with_one_key_is_one(world: World) -> None:
    ash = world.clinic.patient("Ash")
    key = {"Idempotency-Key": "series-1"}
    first, second = (world.reception.post("/series/", body(world, ash), **key) for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert VisitSeries.objects.count() == 1


WRONG: list[tuple[dict[str, Any], set[str]]] = [
    ({"count": 6}, {"#/first"}),
    ({"first": RULE["first"]}, {"#/count"}),
    ({"first": "soon", "count": 1}, {"#/first", "#/count"}),
    ({**RULE, "weekdays": [0, 2]}, {"#/weekdays"}),
    ({**RULE, "weekdays": [7], "every_weeks": 9}, {"#/weekdays/0", "#/every_weeks"}),
    ({**RULE, "count": 12, "every_weeks": 8}, {"#/count"}),
    ({**RULE, "starts": starts(*TUESDAYS)}, {"#/starts", "#/count"}),
    ({"starts": starts(TUESDAYS[0])}, {"#/starts"}),
    ({"starts": starts(TUESDAYS[0], TUESDAYS[0])}, {"#/starts"}),
    ({"starts": starts(TUESDAYS[0], "2027-03-05")}, {"#/starts"}),
    ({**RULE, "kind": "injection"}, {"#/kind"}),
    ({**RULE, "patient": "4711"}, {"#/patient"}),
    ({**RULE, "practitioner": "4711"}, {"#/practitioner"}),
    ({**RULE, "room": "4711"}, {"#/room"}),
]


@pytest.mark.parametrize(("said", "fields"), WRONG, ids=[f"{number}" for number, _ in enumerate(WRONG)])
def test_what_makes_no_sense_is_said_at_its_field_by_the_check_and_by_the_booking(
    world: World, said: dict[str, Any], fields: set[str]
) -> None:
    sent = body(world, world.clinic.patient("Ash"), **said)
    for path in ("/series/check/", "/series/"):
        assert pointers(world.reception.post(path, sent)) == fields, path


def test_what_is_left_from_a_date_on_is_moved_by_as_many_days(world: World) -> None:
    """Boundary: the date itself is included. The others stay; the move is told once."""
    made = booked(world, world.clinic.patient("Ash"))
    path = f"/series/{made['id']}/move/"
    sent = {"from": TUESDAYS[3], "first": local("2026-03-25", "11:00").isoformat()}
    moved = world.reception.post(path, sent)
    assert moved.status_code == 200, moved.content
    wednesdays = starts("2026-03-25", "2026-04-01", "2026-04-08", at="11:00")
    assert times(moved.json()) == [*starts(*TUESDAYS[:3]), *wednesdays]
    first = world.reception.post(path, {"first": local("2026-03-04").isoformat()}).json()
    every = ("2026-03-04", "2026-03-11", "2026-03-18", "2026-03-26", "2026-04-02", "2026-04-09")
    assert times(first) == starts(*every)


def test_each_of_what_is_left_may_be_given_its_own_time(world: World) -> None:
    made = booked(world, world.clinic.patient("Ash"))
    path = f"/series/{made['id']}/move/"
    there = starts("2026-04-02", "2026-04-09", at="12:00")
    moved = world.reception.post(path, {"from": "2026-03-25", "starts": there})
    assert moved.status_code == 200, moved.content
    assert times(moved.json()) == [*starts(*TUESDAYS[:4]), *there]
    assert pointers(world.reception.post(path, {"starts": there})) == {"#/starts"}
    assert pointers(world.reception.post(path, {})) == {"#/first"}
    assert pointers(world.reception.post(path, {"first": there[0], "starts": there})) == {"#/starts"}


def test_one_that_cannot_move_keeps_all_where_they_are(world: World) -> None:
    made = booked(world, world.clinic.patient("Ash"))
    world.clinic.book(world.clinic.patient("Birch"), local("2026-03-25"), kind="physiotherapy")
    path, sent = f"/series/{made['id']}/move/", {"first": local("2026-03-04").isoformat()}
    refused = problem(world.reception.post(path, sent), 409)
    assert [one["start"] for one in refused["lost"]] == starts("2026-03-25")
    assert world.reception.get(f"/series/{made['id']}/").json() == made


def test_what_is_left_from_a_date_on_is_cancelled_and_told_once(world: World) -> None:
    made = booked(world, world.clinic.patient("Ash"))
    Message.objects.filter(kind="series").update(status="sent", sent_at=world.clinic.now, handovers=1)
    path = f"/series/{made['id']}/cancel/"
    assert pointers(world.reception.post(path, {"from": TUESDAYS[2]})) == {"#/reason"}
    gone = world.reception.post(path, {"from": TUESDAYS[2], "reason": "Is better"})
    assert gone.status_code == 200, gone.content
    assert times(gone.json(), "booked") == starts(*TUESDAYS[:2])
    assert times(gone.json(), "cancelled") == starts(*TUESDAYS[2:])
    assert Message.objects.filter(kind="series-changed").count() == 1
    again = problem(world.reception.post(path, {"from": TUESDAYS[2], "reason": "Is better"}), 409)
    assert again["type"] == "urn:pht-clinic:problem:nothing-to-come"
    assert times(world.reception.post(path, {"reason": "All of it"}).json(), "booked") == []


def test_who_cancels_what_is_left_and_why_is_said_by_codes_as_of_a_single_visit(world: World) -> None:
    made = booked(world, world.clinic.patient("Ash"))
    Message.objects.filter(kind="series").update(status="sent", sent_at=world.clinic.now, handovers=1)
    path = f"/series/{made['id']}/cancel/"
    assert world.reception.post(path, {"by": "patient", "reason_code": "unwell"}).status_code == 200
    [message] = Message.objects.filter(kind="series-changed")
    assert message.values["by_patient"] is True


def test_who_may_not_book_changes_nothing(world: World) -> None:
    made = booked(world, world.clinic.patient("Ash"))
    for path, sent in (
        ("/series/", body(world, world.clinic.patient("Elm"))),
        ("/series/check/", body(world, world.clinic.patient("Oak"))),
        (f"/series/{made['id']}/move/", {"first": RULE["first"]}),
        (f"/series/{made['id']}/cancel/", {"reason": "No"}),
    ):
        assert world.manager.post(path, sent).status_code == 403
    assert world.manager.get(f"/series/{made['id']}/").json() == made
