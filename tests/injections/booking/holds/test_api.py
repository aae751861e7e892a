"""A time held by a program before anybody says for whom, and what comes in its place."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from injections.booking.holds.hold import end_hold, hold_to_book, hold_to_move
from injections.booking.move import MoveRequest
from pht_clinic.audit.models import Entry
from pht_clinic.people.actors import PATIENT
from scheduling.models import Appointment, Message
from scheduling.states import HOLD_FOR, WrongState
from tests.api_world import Api, World, pointers, problem
from tests.clinic import local

TEN, ELEVEN = local("2026-03-10", "10:00"), local("2026-03-10", "11:00")


def body(world: World, start: Any = TEN, **values: object) -> dict[str, object]:
    clinic = world.clinic
    where = {"practitioner": str(clinic.practitioner.pk), "room": str(clinic.room.pk)}
    return {"kind": "injection", "start": start.isoformat(), **where, **values}


def held(world: World, start: Any = TEN, *, api: Api | None = None, **values: object) -> dict[str, Any]:
    response = (api or world.reception).post("/holds/", body(world, start, **values))
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def diary(world: World, **query: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.manager.get("/appointments/", **query).json()["results"]
    return found


def test_a_time_is_held_for_nobody_yet_and_nobody_is_told(world: World) -> None:
    """The diary lists it, of no patient, until its five minutes are over."""
    hold = held(world)
    now = world.clinic.now
    assert (hold["start"], hold["end"]) == ("2026-03-10T10:00:00+00:00", "2026-03-10T10:30:00+00:00")
    [row] = diary(world)
    assert (row["id"], row["status"], row["patient"]) == (hold["id"], "proposed", None)
    assert (row["held_until"], row["assessment"], row["injections"]) == (hold["held_until"], None, [])
    assert diary(world, status="proposed") == [row]
    assert diary(world, status="booked,pending") == []
    stored = Appointment.holds.get()
    assert (
        timedelta(minutes=5) - timedelta(seconds=30)
        < (stored.held_until or now) - now
        <= timedelta(minutes=5, seconds=30)
    )
    assert not Appointment.objects.exists()
    assert not Message.objects.exists()
    assert Entry.objects.get(verb="appointment-held").patient_ids == []
    world.at(now + HOLD_FOR + timedelta(minutes=1))
    assert diary(world) == []


def test_the_diary_of_a_patient_has_no_times_that_are_only_held(world: World) -> None:
    """Nor does the diary say for whom a page holds one: nothing is booked yet."""
    patient = world.clinic.fit_patient()
    hold_to_book(world.clinic.ask(patient, TEN), by=world.clinic.reception, now=world.clinic.now)
    assert diary(world, patient=patient.pk) == []
    assert [row["patient"] for row in diary(world)] == [None]


def test_a_new_hold_ends_the_last_one_of_the_same_user_alone(world: World) -> None:
    held(world)
    held(world, local("2026-03-10", "15:00"), api=world.radiologist)
    held(world, ELEVEN)
    starts = Appointment.holds.order_by("start_at").values_list("start_at", flat=True)
    assert list(starts) == [ELEVEN, local("2026-03-10", "15:00")]


def test_others_are_refused_and_told_until_when_and_ones_own_never_refuses(world: World) -> None:
    hold, patient = held(world), world.clinic.fit_patient()
    for refused in (
        world.radiologist.post("/holds/", body(world)),
        world.radiologist.post("/appointments/", world.injection(patient, TEN)),
    ):
        said = problem(refused, 409)
        assert {one["held_until"][:16] for one in said["clashes"]} == {hold["held_until"][:16]}
        assert "being booked by reception, who has it until" in said["detail"]
    assert held(world, TEN + timedelta(minutes=10))["start"] == "2026-03-10T10:10:00+00:00"
    booked = world.reception.post("/appointments/", world.injection(patient, TEN))
    assert booked.status_code == 201, booked.content
    assert not Appointment.holds.exists()


def test_a_booking_takes_the_place_of_the_hold_that_it_names(world: World) -> None:
    hold, patient = held(world), world.clinic.fit_patient()
    booked = world.reception.post("/appointments/", world.injection(patient, TEN, hold=hold["id"])).json()
    assert (booked["id"], booked["status"], booked["patient"]) == (hold["id"], "booked", str(patient.pk))
    assert not Appointment.holds.exists()


def test_a_move_takes_the_place_of_the_hold_that_it_names(world: World) -> None:
    visit = world.book(world.clinic.fit_patient(), TEN)
    hold = held(world, ELEVEN)
    moved = world.reception.post(
        f"/appointments/{visit['id']}/move/", {"start": ELEVEN.isoformat(), "hold": hold["id"]}
    )
    assert moved.status_code == 200, moved.content
    assert Appointment.objects.get().start_at == ELEVEN
    assert not Appointment.holds.exists()


@pytest.mark.parametrize("is_named", [True, False], ids=["named", "not-named"])
def test_a_hold_elsewhere_ends_with_a_booking_only_if_it_is_named(world: World, is_named: bool) -> None:
    hold, patient = held(world), world.clinic.fit_patient()
    more = {"hold": hold["id"]} if is_named else {}
    assert world.reception.post("/appointments/", world.injection(patient, ELEVEN, **more)).status_code == 201
    assert Appointment.holds.exists() is not is_named


def test_somebody_elses_hold_is_a_clash_and_one_that_is_no_more_is_the_fields(world: World) -> None:
    """A lapsed one is answered like one that never was, whether it was swept up yet or not."""
    patient = world.clinic.fit_patient()
    theirs = held(world, api=world.radiologist)
    ask = world.injection(patient, ELEVEN, hold=theirs["id"])
    said = problem(world.reception.post("/appointments/", ask), 409)
    assert "being booked by radiologist, who has it until" in said["detail"]
    assert {one["appointment"] for one in said["clashes"]} == {theirs["id"]}
    assert pointers(world.reception.post("/appointments/", {**ask, "hold": "999999"})) == {"#/hold"}
    mine = held(world, local("2026-03-10", "14:00"))
    world.at(world.clinic.now + HOLD_FOR + timedelta(minutes=1))
    assert pointers(world.reception.post("/appointments/", {**ask, "hold": mine["id"]})) == {"#/hold"}
    visit = world.book(patient, ELEVEN)
    to = {"start": TEN.isoformat(), "hold": mine["id"]}
    assert pointers(world.reception.post(f"/appointments/{visit['id']}/move/", to)) == {"#/hold"}


def test_a_refused_booking_leaves_the_hold_that_it_names(world: World) -> None:
    hold, patient = held(world), world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-02-20")
    problem(world.reception.post("/appointments/", world.injection(patient, TEN, hold=hold["id"])), 422)
    assert Appointment.holds.get().pk == int(hold["id"])


def test_a_hold_is_given_back_by_whoever_holds_it_and_by_a_manager(world: World) -> None:
    hold = held(world)
    problem(world.radiologist.delete(f"/holds/{hold['id']}/"), 403)
    assert world.reception.delete(f"/holds/{hold['id']}/").status_code == 204
    problem(world.reception.delete(f"/holds/{hold['id']}/"), 404)
    again = held(world)
    assert world.manager.delete(f"/holds/{again['id']}/").status_code == 204
    assert diary(world) == []
    assert Entry.objects.filter(verb="appointment-given-back").count() == 2
    problem(world.manager.post("/holds/", body(world)), 403)


def test_what_a_patient_chooses_is_nobodys_to_end(world: World) -> None:
    clinic = world.clinic
    visit = clinic.book(clinic.fit_patient(), TEN).appointment
    assert visit is not None
    row = hold_to_move(visit.pk, MoveRequest(start=ELEVEN), by=PATIENT, now=clinic.now)
    assert row is not None
    problem(world.reception.delete(f"/holds/{row.pk}/"), 403)
    with pytest.raises(WrongState, match="A patient has this time"):
        end_hold(row.pk, by=clinic.manager, now=clinic.now)


@pytest.mark.parametrize(
    ("wrong", "where"),
    [
        ({"kind": "surgery"}, "#/kind"),
        ({"start": "2026-03-10T10:00:00"}, "#/start"),
        ({"start": "2026-03-01T10:00:00+00:00"}, "#/start"),
        ({"start": "2026-03-10T03:00:00+00:00", "room": None}, "#/start"),
        ({"practitioner": "999999"}, "#/practitioner"),
        ({"room": "999999"}, "#/room"),
    ],
    ids=["kind", "naive", "past", "closed", "practitioner", "room"],
)
def test_a_time_that_cannot_be_booked_cannot_be_held(world: World, wrong: dict[str, object], where: str) -> None:
    assert where in pointers(world.reception.post("/holds/", {**body(world), **wrong}))
    assert not Appointment.holds.exists()


def test_a_place_of_a_class_is_held_for_nobody_yet_too(world: World) -> None:
    clinic = world.clinic
    where = {"practitioner": str(clinic.physiotherapist.pk), "room": str(clinic.gym.pk), "kind": "exercise-class"}
    hold = held(world, **where)
    joins = {**where, "patient": str(clinic.patient().pk), "start": TEN.isoformat()}
    assert world.radiologist.post("/appointments/", joins).json()["place"] == 2
    other = {**joins, "patient": str(clinic.patient("Elm").pk), "hold": hold["id"]}
    assert world.reception.post("/appointments/", other).json()["place"] == 1


def test_the_database_keeps_a_hold_of_nobody_to_users(world: World) -> None:
    """A visit, or what a patient holds, without a patient is refused."""
    held(world)
    for changes in ({"held_by": None}, {"held_by": None, "held_until": None, "status": "booked"}):
        with pytest.raises(IntegrityError, match="appointment_of_a_patient"), transaction.atomic():
            Appointment.holds.update(**changes)
