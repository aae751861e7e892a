"""The waiting list by the API: who waits, putting on, taking off, and free times with who waits."""

from __future__ import annotations

from tests.api_world import World, pointers, problem
from tests.clinic import local


def test_a_program_puts_on_lists_and_takes_off(world: World) -> None:
    ash = world.clinic.fit_patient("Ash")
    later = world.clinic.book(ash, local("2026-03-24")).appointment
    assert later is not None
    body = {"patient": str(ash.pk), "kind": "injection", "site": "hamstring-origin", "side": "left", "reach": "mail"}
    made = world.reception.post(
        "/waiting-list/", {**body, "weekdays": [1], "halves": ["morning"], "instead_of": str(later.pk)}
    )
    assert made.status_code == 201, made.content
    said = made.json()
    assert (said["patient"], said["weekdays"], said["instead_of"]) == (str(ash.pk), [1], str(later.pk))
    assert (said["notice_hours"], said["ended_at"]) == (24, None)
    [listed] = world.reception.get("/waiting-list/").json()["results"]
    assert listed == said
    times = world.reception.get("/free-times/").json()["results"]
    assert times[0]["wishes"] == [said["id"]]
    assert times[0]["start"].startswith("2026-03-03T08:") is False, "a day's notice is kept"
    off = world.reception.post(f"/waiting-list/{said['id']}/off/", {"reason": "Is better"})
    assert (off.status_code, off.json()["ended_as"]) == (200, "taken-off")
    assert world.reception.get("/waiting-list/").json()["results"] == []
    again = world.reception.post(f"/waiting-list/{said['id']}/off/", {"reason": "Is better"})
    assert problem(again, 409)["type"] == "urn:pht-clinic:problem:not-waiting"


def test_a_program_is_told_every_field_that_is_wrong(world: World) -> None:
    ash = world.clinic.fit_patient("Ash")
    body = {"patient": str(ash.pk), "kind": "physiotherapy", "reach": "mail"}
    wrong = {"practitioner": str(world.clinic.practitioner.pk), "instead_of": "4711"}
    refused = world.reception.post("/waiting-list/", {**body, **wrong})
    assert refused.status_code == 422
    assert pointers(refused) == {"#/practitioner", "#/instead_of"}
    assert world.manager.post("/waiting-list/", body).status_code == 403
