"""A target that is added to a visit: judged afresh where it stands, all of it or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from injections.models import Assessment
from scheduling.models import Appointment, AppointmentChange, Message
from tests.api_world import World, pointers, problem
from tests.clinic import local

MORE = {"targets": ["bursa"]}


def added(world: World, visit: dict[str, Any], body: dict[str, Any], **values: Any) -> Any:
    return world.api("radiologist").post(f"/appointments/{visit['id']}/targets/", body | values)


def test_a_target_is_added_and_the_visit_assessed_afresh_where_it_stands(world: World) -> None:
    """Whoever adds it asked for it: they may not decide on it. The patient is told nothing, for nothing moved."""
    visit = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    before = Message.objects.count()
    said = added(world, visit, MORE, revision=1)
    assert said.status_code == 200, said.content
    answer = said.json()
    assert (answer["targets"], answer["revision"]) == (["peritendinous", "bursa"], 2)
    assert answer["injections"][0]["targets"] == answer["targets"]
    assert (answer["start"], answer["status"]) == (visit["start"], "booked")
    assert Assessment.objects.filter(appointment=visit["id"]).count() == 2
    stored = Appointment.objects.get()
    assert stored.asked_by_id == world.clinic.radiologist.user_id
    assert AppointmentChange.objects.filter(verb="add-target").count() == 1
    assert Message.objects.count() == before
    assert world.manager.get(f"/appointments/{visit['id']}/").json()["targets"] == answer["targets"]


def test_one_that_is_blocked_then_changes_nothing_but_with_a_reason_waits(world: World) -> None:
    patient = world.clinic.fit_patient()
    visit = world.book(patient, local("2026-03-24"))
    world.clinic.earlier_injection(patient, "2026-03-01")
    refused = problem(added(world, visit, MORE), 422)
    assert refused["assessment"]["verdict"] == "blocked"
    assert Appointment.objects.get().injection_request.targets == ["peritendinous"]
    said = added(world, visit, MORE, override_reason="Both hurt").json()
    assert (said["status"], said["targets"]) == ("pending", ["peritendinous", "bursa"])


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"targets": []}, "#/targets"),
        ({"targets": ["peritendinous"]}, "#/targets"),
        ({"targets": ["moon"]}, "#/targets/0"),
        ({"injection": 1}, "#/injection"),
    ],
    ids=["none", "there-already", "unknown", "no-such-injection"],
)
def test_what_cannot_be_added_is_named(world: World, wrong: dict[str, Any], where: str) -> None:
    visit = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    assert pointers(added(world, visit, MORE | wrong)) == {where}
    assert Appointment.objects.get().revision == 1


def test_a_stale_revision_and_a_visit_that_ended_are_conflicts(world: World) -> None:
    visit = world.book(world.clinic.fit_patient(), local("2026-03-10"))
    problem(added(world, visit, MORE, revision=9), 409)
    world.reception.post(f"/appointments/{visit['id']}/cancel/", {"reason": "Ill"})
    problem(added(world, visit, MORE), 409)


def test_a_visit_that_injects_nothing_has_no_targets(world: World) -> None:
    clinic = world.clinic
    visit = clinic.book(clinic.patient(), local("2026-03-10"), kind="follow-up").appointment
    assert visit is not None
    assert pointers(added(world, {"id": visit.pk}, MORE)) == {"#/targets"}
