"""The waiting list by the API: who waits, putting on, changing and taking off."""

from __future__ import annotations

from typing import Any

import pytest

from scheduling.models import RecordEdit
from tests.api_world import World, pointers, problem
from tests.clinic import local

BODY: dict[str, Any] = {"kind": "injection", "site": "hamstring-origin", "side": "left"}
FULL: dict[str, Any] = {
    **BODY,
    "weekdays": [1, 3],
    "after": "09:30",
    "before": "15:00",
    "from": "2026-03-09",
    "to": "2026-04-30",
    "notice_hours": 36,
}


def put_on(world: World, name: str = "Ash", **said: Any) -> dict[str, Any]:
    patient = world.clinic.fit_patient(name)
    made = world.reception.post("/waitlist/", {"patient": str(patient.pk), **BODY, **said})
    assert made.status_code == 201, made.content
    answer: dict[str, Any] = made.json()
    return answer


def listed(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.reception.get("/waitlist/").json()["results"]
    return found


def test_a_program_puts_on_and_reads_what_it_said(world: World) -> None:
    """Each field of the wish comes back as it was sent; what was not sent is any."""
    ash = world.clinic.fit_patient("Ash")
    later = world.clinic.book(ash, local("2026-03-24")).appointment
    assert later is not None
    sent = {
        **FULL,
        "patient": str(ash.pk),
        "replaces": str(later.pk),
        "practitioner": str(world.clinic.practitioner.pk),
    }
    made = world.reception.post("/waitlist/", sent)
    assert made.status_code == 201, made.content
    said = made.json()
    assert {name: said[name] for name in sent} == sent
    assert (said["reach"], said["ended_at"], said["revision"]) == ("mail", None, 1)
    assert made.headers["Location"] == f"/api/v1/waitlist/{said['id']}/"
    assert listed(world) == [said]
    assert world.reception.get(f"/waitlist/{said['id']}/").json() == said
    plain = put_on(world, "Elm")
    anything = {"weekdays": [], "after": None, "before": None, "from": None, "to": None, "practitioner": None}
    assert {name: plain[name] for name in anything} == anything
    assert (plain["notice_hours"], plain["replaces"]) == (24, None)


def test_who_is_not_written_to_is_phoned_unless_somebody_says_how(world: World) -> None:
    ash = world.clinic.fit_patient("Ash", email="")
    made = world.reception.post("/waitlist/", {"patient": str(ash.pk), **BODY})
    assert made.json()["reach"] == "phone"
    assert put_on(world, "Elm", reach="phone")["reach"] == "phone"


def test_a_change_names_what_it_changes_and_keeps_the_place_on_the_list(world: World) -> None:
    first, second = put_on(world, **FULL), put_on(world, "Elm")
    path = f"/waitlist/{first['id']}/"
    changed = world.reception.patch(path, {"weekdays": [4], "after": None, "notice_hours": 0, "revision": 1})
    assert changed.status_code == 200, changed.content
    expected = {**first, "weekdays": [4], "after": None, "notice_hours": 0, "revision": 2}
    assert changed.json() == expected
    assert [one["id"] for one in listed(world)] == [first["id"], second["id"]]
    [edit] = RecordEdit.objects.filter(record=f"waitingwish:{first['id']}")
    assert edit.before == {"weekdays": [1, 3], "after": "09:30:00", "notice_hours": 36}
    assert world.reception.patch(path, {}).json() == expected
    whole = {name: expected[name] for name in (*FULL, "patient", "reach", "replaces", "note")}
    assert world.reception.patch(path, whole).json() == expected, "what was read may be sent as it is"
    stale = problem(world.reception.patch(path, {"weekdays": [0], "revision": 1}), 409)
    assert (stale["type"], stale["present"]["weekdays"], stale["seen"]["weekdays"]) == (
        "urn:pht-clinic:problem:stale-revision",
        [4],
        [1, 3],
    )
    assert {one["field"] for one in stale["changes"]} == {"weekdays", "after", "notice_hours"}
    to_physiotherapy = {"kind": "physiotherapy", "site": None, "side": None}
    assert world.reception.patch(path, to_physiotherapy).json()["kind"] == "physiotherapy"
    assert pointers(world.reception.patch(path, {"site": "hamstring-origin"})) == {"#/site"}
    assert pointers(world.reception.patch(path, {"patient": second["patient"]})) == {"#/patient"}


def test_what_a_wish_says_already_is_not_asked_anew(world: World) -> None:
    """Its last day is over, the later visit gone and the person away: another day of the week may still be named."""
    ash = world.clinic.fit_patient("Ash")
    later = world.clinic.book(ash, local("2026-03-24")).appointment
    assert later is not None
    sent = {
        **FULL,
        "patient": str(ash.pk),
        "replaces": str(later.pk),
        "practitioner": str(world.clinic.practitioner.pk),
    }
    said = world.reception.post("/waitlist/", sent).json()
    world.reception.post(f"/appointments/{later.pk}/cancel/", {"reason": "Unwell"})
    world.manager.patch(f"/practitioners/{world.clinic.practitioner.pk}/", {"active": False})
    world.at(local("2026-05-01"))
    path = f"/waitlist/{said['id']}/"
    assert world.reception.patch(path, {"weekdays": [4]}).json()["weekdays"] == [4]
    again = {"to": "2026-04-29", "replaces": said["replaces"], "practitioner": said["practitioner"]}
    assert pointers(world.reception.patch(path, {**again, "kind": "follow-up", "site": None, "side": None})) == {
        "#/to",
        "#/replaces",
        "#/practitioner",
    }


@pytest.mark.parametrize("body", [None, {}, {"reason": "Is better"}], ids=["nothing", "no reason", "a reason"])
def test_a_program_takes_off_with_or_without_a_reason(world: World, body: dict[str, Any] | None) -> None:
    said = put_on(world)
    path = f"/waitlist/{said['id']}/"
    off = world.reception.delete(path) if body is None else world.reception.send("DELETE", path, body)
    assert (off.status_code, off.json()["ended_as"]) == (200, "taken-off")
    assert listed(world) == []
    again = world.reception.send("DELETE", path, body)
    assert problem(again, 409)["type"] == "urn:pht-clinic:problem:not-waiting"
    assert problem(world.reception.patch(path, {"weekdays": [1]}), 409)["type"] == "urn:pht-clinic:problem:not-waiting"


def test_a_program_is_told_every_field_that_is_wrong(world: World) -> None:
    ash = world.clinic.fit_patient("Ash")
    body = {"patient": str(ash.pk), "kind": "physiotherapy", "second": "hip-joint:left"}
    hours = {"after": "12:00", "before": "12:00", "from": "2026-03-10", "to": "2026-03-09"}
    wrong = {"practitioner": str(world.clinic.practitioner.pk), "replaces": "4711", **hours}
    refused = world.reception.post("/waitlist/", {**body, **wrong})
    assert refused.status_code == 422
    assert pointers(refused) == {"#/second", "#/practitioner", "#/replaces", "#/before", "#/to"}
    shapes = {"weekdays": [7], "after": "25:00", "from": "soon", "notice_hours": -1}
    assert pointers(world.reception.post("/waitlist/", {**body, **shapes})) == {
        *("#/weekdays/0", "#/after", "#/from", "#/notice_hours")
    }
    assert pointers(world.reception.post("/waitlist/", {**body, "second": None, "to": "2026-03-01"})) == {"#/to"}
    assert world.reception.post("/waitlist/", {**body, "second": None, "to": "2026-03-02"}).status_code == 201
    assert world.manager.post("/waitlist/", body).status_code == 403
