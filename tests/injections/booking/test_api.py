"""Appointments through the API: booking, refusing, the diary, and what becomes of a booking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.models import Assessment
from pht_clinic.audit.models import Entry
from scheduling.models import Appointment, Message
from tests.api_world import World, pointers, problem
from tests.clinic import NOW, local

START = local("2026-03-10")


def test_a_clear_request_is_201_and_booked(world: World) -> None:
    """The answer has everything a program needs, ids as text, times with an offset."""
    patient = world.clinic.fit_patient()
    response = world.reception.post("/appointments/", world.injection(patient, START, note="By taxi"))
    assert response.status_code == 201, response.content
    booked = response.json()
    assert response.headers["Location"] == f"/api/v1/appointments/{booked['id']}/"
    assert booked["assessment"]["verdict"] == "clear"
    expected = {
        "status": "booked",
        "revision": 1,
        "patient": str(patient.pk),
        "kind": "injection",
        "site": "hamstring-origin",
        "side": "left",
        "targets": ["peritendinous"],
        "start": "2026-03-10T10:00:00+00:00",
        "end": "2026-03-10T10:30:00+00:00",
        "practitioner": str(world.clinic.practitioner.pk),
        "room": str(world.clinic.room.pk),
        "note": "By taxi",
    }
    assert {name: booked[name] for name in expected} == expected
    read = world.manager.get(f"/appointments/{booked['id']}/").json()
    assert [(line["verb"], line["by"], line["to_status"]) for line in read.pop("history")] == [
        ("book", "reception", "booked")
    ]
    assert read.pop("decisions") == []
    assert read == booked


def test_without_a_room_the_sessions_own_is_taken_and_ids_may_be_numbers(world: World) -> None:
    patient = world.clinic.fit_patient()
    body = world.injection(patient, START, patient=patient.pk, practitioner=world.clinic.practitioner.pk)
    del body["room"]
    assert world.reception.post("/appointments/", body).json()["room"] == str(world.clinic.room.pk)


def test_a_kind_without_a_check_has_no_assessment(world: World) -> None:
    patient = world.clinic.patient()
    body = {
        "patient": patient.pk,
        "kind": "follow-up",
        "start": START.isoformat(),
        "practitioner": world.clinic.practitioner.pk,
    }
    booked = world.reception.post("/appointments/", body).json()
    assert (booked["status"], booked["assessment"], booked["site"], booked["targets"]) == ("booked", None, None, [])


def test_a_blocked_request_is_refused_with_its_assessment_and_nothing_else_is_stored(world: World) -> None:
    """Only the assessment and its audit row stay."""
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-01")
    before = Assessment.objects.count(), Entry.objects.exclude(verb="viewed").count()
    refusal = problem(world.reception.post("/appointments/", world.injection(patient, START)), 422)
    assert refusal["type"].endswith(":blocked")
    assert refusal["errors"] == []
    assert refusal["assessment"]["verdict"] == "blocked"
    assert (refusal["assessment"]["review_from"], refusal["assessment"]["clear_from"]) == ("2026-05-01", "2026-05-31")
    assert refusal["assessment"]["findings"][0]["rule"] == "repeat-interval"
    assert not Appointment.objects.exists()
    assert not Message.objects.exists()
    assert (Assessment.objects.count(), Entry.objects.exclude(verb="viewed").count()) == (before[0] + 1, before[1] + 1)
    assert Entry.objects.get(verb="booking-refused").patient_ids == [patient.pk]


def test_an_override_reason_makes_it_wait_for_a_radiologist(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-01")
    booked = world.book(patient, START, override_reason="Asked for by the surgeon")
    assert (booked["status"], booked["assessment"]["verdict"]) == ("pending", "blocked")
    assert booked["assessment"]["override_reason"] == "Asked for by the surgeon"


def test_the_review_zone_waits_for_a_radiologist(world: World) -> None:
    booked = world.in_review_zone()
    assert booked["assessment"]["waiting_for"] == "review"
    assert booked["waiting_since"].startswith("2026-03-02T09:00")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"start": "2026-03-01T10:00:00+00:00"}, {"#/start"}),
        ({"start": "2026-03-10T07:55:00+00:00"}, {"#/start"}),
        ({"start": "2026-03-10T17:35:00+00:00"}, {"#/start"}),
        ({"start": "2026-03-10T10:03:00+00:00"}, {"#/start"}),
        ({"start": "2026-03-10T10:00:00"}, {"#/start"}),
        ({"start": "2026-03-10 10:00:00+00:00"}, {"#/start"}),
        ({"start": "2026-02-30T10:00:00+00:00"}, {"#/start"}),
        ({"start": "2026-03-10T25:00:00+00:00"}, {"#/start"}),
        ({"start": "0001-01-01T00:00:00+14:00"}, {"#/start"}),
        ({"start": "9999-12-31T23:59:59-14:00"}, {"#/start"}),
        ({"start": 1773136800}, {"#/start"}),
        ({"start": None}, {"#/start"}),
        ({"end": "2026-03-10T09:00:00+00:00"}, {"#/end"}),
        ({"site": "left-knee"}, {"#/site"}),
        ({"site": "other-site"}, {"#/site"}),
        ({"site": None}, {"#/site"}),
        ({"side": "both"}, {"#/side"}),
        ({"targets": ["bone"]}, {"#/targets/0"}),
        ({"targets": "bursa"}, {"#/targets"}),
        ({"kind": "massage"}, {"#/kind"}),
        ({"patient": "abc"}, {"#/patient"}),
        ({"patient": 10**9}, {"#/patient"}),
        ({"patient": "9" * 40}, {"#/patient"}),
        ({"patient": True}, {"#/patient"}),
        ({"patient": 1.0}, {"#/patient"}),
        ({"practitioner": 10**9}, {"#/practitioner"}),
        ({"practitioner": {"id": 1}}, {"#/practitioner"}),
        ({"room": 10**9}, {"#/room"}),
        ({"room": -1}, {"#/room"}),
        ({"note": "x\u0000"}, {"#/note"}),
        ({"note": "x" * 4001}, {"#/note"}),
        ({"status": "booked", "revision": 7}, {"#/status", "#/revision"}),
        ({"start": "later", "side": "up", "practitioner": None}, {"#/start", "#/side", "#/practitioner"}),
    ],
)
def test_what_cannot_be_names_its_fields_and_stores_nothing(
    world: World, changes: dict[str, object], named: set[str]
) -> None:
    patient = world.clinic.fit_patient()
    before = Assessment.objects.count()
    assert pointers(world.reception.post("/appointments/", world.injection(patient, START, **changes))) == named
    assert not Appointment.objects.exists()
    assert Assessment.objects.count() == before


def test_site_and_side_belong_to_injections_only(world: World) -> None:
    patient = world.clinic.patient()
    body = world.injection(patient, START, kind="follow-up", targets=["bursa"])
    assert pointers(world.reception.post("/appointments/", body)) == {"#/site", "#/side", "#/targets"}


def test_no_override_helps_against_a_room_without_ultrasound_or_the_wrong_practitioner(world: World) -> None:
    patient = world.clinic.fit_patient()
    body = world.injection(
        patient, START, room=world.clinic.gym.pk, practitioner=world.clinic.physiotherapist.pk, override_reason="anyway"
    )
    assert pointers(world.reception.post("/appointments/", body)) == {"#/room", "#/practitioner"}


def test_a_taken_time_is_409_and_names_what_is_in_the_way(world: World) -> None:
    booked = world.book(world.clinic.fit_patient("Birch"), START)
    other = world.clinic.fit_patient("Cole")
    refusal = problem(world.reception.post("/appointments/", world.injection(other, local("2026-03-10", "10:15"))), 409)
    assert {(clash["resource"], clash["appointment"]) for clash in refusal["clashes"]} == {
        ("practitioner", booked["id"]),
        ("room", booked["id"]),
    }
    assert {clash["start"] for clash in refusal["clashes"]} == {"2026-03-10T10:00:00+00:00"}
    assert Appointment.objects.count() == 1


def test_a_repeated_key_gets_the_first_answer_and_another_body_is_refused(world: World) -> None:
    patient = world.clinic.fit_patient()
    body = world.injection(patient, START)
    first = world.reception.post("/appointments/", body, **{"Idempotency-Key": "one"})
    again = world.reception.post("/appointments/", body, **{"Idempotency-Key": "one"})
    assert (again.status_code, again.json()) == (201, first.json())
    assert Appointment.objects.count() == 1
    other = {**body, "note": "another"}
    problem(world.reception.post("/appointments/", other, **{"Idempotency-Key": "one"}), 422)


def test_a_refused_booking_is_kept_under_its_key_too(world: World) -> None:
    """The refusal's assessment is stored once."""
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2026-01")
    for _ in range(2):
        problem(
            world.reception.post("/appointments/", world.injection(patient, START), **{"Idempotency-Key": "no"}), 422
        )
    assert Assessment.objects.filter(occasion="booking-refused").count() == 1


def test_a_move_is_assessed_afresh(world: World) -> None:
    """Into the free zone it becomes booked; a stale revision is a 409 that says which is the present one."""
    booked = world.in_review_zone()
    address = f"/appointments/{booked['id']}/move/"
    moved = world.reception.post(address, {"start": "2026-03-20T10:00:00+00:00", "revision": 1})
    assert moved.status_code == 200, moved.content
    assert (moved.json()["status"], moved.json()["revision"]) == ("booked", 2)
    assert moved.json()["assessment"]["verdict"] == "clear"
    stale = problem(world.reception.post(address, {"start": "2026-03-21T10:00:00+00:00", "revision": 1}), 409)
    assert stale["revision"] == 2
    assert pointers(world.reception.post(address, {"start": "2026-03-21T10:00:00", "revision": 0})) == {
        "#/start",
        "#/revision",
    }
    assert pointers(world.reception.post(address, {})) == {"#/start"}


def test_a_blocked_move_changes_nothing(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.book(patient, START)
    physio = {
        "patient": patient.pk,
        "kind": "physiotherapy",
        "start": "2026-03-20T10:00:00+00:00",
        "practitioner": world.clinic.physiotherapist.pk,
    }
    booked = world.reception.post("/appointments/", physio).json()
    address = f"/appointments/{booked['id']}/"
    refusal = problem(world.reception.post(f"{address}move/", {"start": "2026-03-11T10:00:00+00:00"}), 422)
    assert refusal["assessment"]["findings"][0]["rule"] == "rest-window"
    assert booked.items() <= world.reception.get(address).json().items()
    waits = world.reception.post(
        f"{address}move/", {"start": "2026-03-11T10:00:00+00:00", "override_reason": "Gentle session"}
    )
    assert waits.json()["status"] == "pending"


def test_cancel_needs_a_reason_and_frees_the_time(world: World) -> None:
    booked = world.book(world.clinic.fit_patient("Birch"), START)
    address = f"/appointments/{booked['id']}/cancel/"
    assert pointers(world.reception.post(address, {})) == {"#/reason"}
    assert pointers(world.reception.post(address, {"reason": "  "})) == {"#/reason"}
    problem(world.reception.post(address, {"reason": "Ill", "revision": 9}), 409)
    cancelled = world.reception.post(address, {"reason": "Ill", "revision": 1}).json()
    assert (cancelled["status"], cancelled["revision"]) == ("cancelled", 2)
    problem(world.reception.post(address, {"reason": "Again"}), 409)
    world.book(world.clinic.fit_patient("Cole"), START)
    refusal = problem(world.reception.post(f"/appointments/{booked['id']}/undo/"), 409)
    assert refusal["clashes"]


def test_undo_takes_back_a_cancel_within_ten_minutes(world: World) -> None:
    booked = world.book(world.clinic.fit_patient(), START)
    world.reception.post(f"/appointments/{booked['id']}/cancel/", {"reason": "Ill"})
    world.at(NOW + timedelta(minutes=9))
    assert world.reception.post(f"/appointments/{booked['id']}/undo/").json()["status"] == "booked"
    world.reception.post(f"/appointments/{booked['id']}/cancel/", {"reason": "Ill"})
    world.at(NOW + timedelta(minutes=20))
    problem(world.reception.post(f"/appointments/{booked['id']}/undo/"), 409)


def test_arrival_and_no_show(world: World) -> None:
    booked = world.book(world.clinic.fit_patient(), START)
    address = f"/appointments/{booked['id']}"
    problem(world.reception.post(f"{address}/no-show/"), 409)
    world.at(START - timedelta(minutes=5))
    assert world.reception.post(f"{address}/arrive/").json()["status"] == "arrived"
    assert world.reception.post(f"{address}/undo/").json()["status"] == "booked"
    world.at(START + timedelta(minutes=20))
    assert world.reception.post(f"{address}/no-show/").json()["status"] == "noshow"
    assert pointers(world.reception.post(f"{address}/undo/", {"reason": "x"})) == {"#/reason"}


def test_a_manager_marks_a_mistake(world: World) -> None:
    booked = world.book(world.clinic.fit_patient(), START)
    address = f"/appointments/{booked['id']}/entered-in-error/"
    assert pointers(world.manager.post(address, {})) == {"#/reason"}
    assert world.manager.post(address, {"reason": "Wrong patient"}).json()["status"] == "entered-in-error"


def test_the_diary_is_filtered_and_paged(world: World) -> None:
    """Dates count whole, instants are edges; one view row for each answer."""
    people = [world.clinic.fit_patient(name) for name in ("Birch", "Cole", "Dunn")]
    days = (local("2026-03-10"), local("2026-03-11"), local("2026-03-11", "11:00"))
    first, second, third = (world.book(who, start) for who, start in zip(people, days, strict=True))

    def ids(**query: object) -> list[str]:
        response = world.manager.get("/appointments/", **query)
        assert response.status_code == 200, response.content
        return [one["id"] for one in response.json()["results"]]

    assert ids() == [first["id"], second["id"], third["id"]]
    assert ids(**{"from": "2026-03-11"}) == [second["id"], third["id"]]
    assert ids(to="2026-03-10") == [first["id"]]
    assert ids(**{"from": "2026-03-11T10:30:00+00:00", "to": "2026-03-11T11:30:00+00:00"}) == [third["id"]]
    assert ids(patient=people[1].pk) == [second["id"]]
    assert ids(practitioner=world.clinic.physiotherapist.pk) == []
    assert ids(room=world.clinic.room.pk, status="booked,pending") == [first["id"], second["id"], third["id"]]
    assert ids(status="cancelled") == []
    views = Entry.objects.filter(verb="viewed")
    before = views.count()
    page = world.manager.get("/appointments/", page_size=2).json()
    assert [one["id"] for one in page["results"]] == [first["id"], second["id"]]
    assert views.count() == before + 1
    assert views.order_by("pk").last().patient_ids == sorted(person.pk for person in people[:2])  # type: ignore[union-attr]
    rest = world.manager.client.get(page["next"]).json()
    assert [one["id"] for one in rest["results"]] == [third["id"]]
    assert rest["next"] is None


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ({"from": "2026-03-11T10:00:00"}, {"#/from"}),
        ({"to": "tomorrow", "status": "lost"}, {"#/to", "#/status"}),
        ({"pratitioner": "3"}, {"#/pratitioner"}),
        ({"patient": "abc"}, {"#/patient"}),
        ({"page_size": "201"}, {"#/page_size"}),
        ({"page_size": "0"}, {"#/page_size"}),
        ({"page_size": "ten"}, {"#/page_size"}),
        ({"cursor": "nonsense"}, {"#/cursor"}),
        ({"room": ["1", "2"]}, {"#/room"}),
    ],
)
def test_a_bad_filter_names_itself(world: World, query: dict[str, object], named: set[str]) -> None:
    assert pointers(world.reception.get("/appointments/", **query)) == named


def test_a_list_takes_the_same_queries_however_long_it_is(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert world.reception.get("/appointments/").status_code == 200
        return len(captured)

    world.book(world.clinic.fit_patient("Birch"), START)
    count()
    one = count()
    for hour in range(11, 16):
        world.book(world.clinic.fit_patient(f"Person{hour}"), local("2026-03-10", f"{hour}:00"))
    assert count() == one
