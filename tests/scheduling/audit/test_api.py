"""The audit list for managers, and the calendar feed that shows no patient."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.people.actors import PATIENT
from tests.api_world import World, pointers, problem
from tests.clinic import local
from tests.pages_world import browser

START = local("2026-03-10")


def test_a_manager_reads_who_did_what_to_whom(world: World) -> None:
    """Filtered by patient, user and time; reading the list is a view of those it names."""
    birch, cole = world.clinic.fit_patient("Birch"), world.clinic.fit_patient("Cole", given_name="Ada")
    world.book(birch, START)
    world.book(cole, local("2026-03-11"))
    found = world.manager.get("/audit/", patient=birch.pk).json()["results"]
    assert found[0]["action"] == "viewed"
    asked = next(entry for entry in found if entry["action"] == "appointment-requested")
    assert (asked["by"], asked["patients"]) == ("reception", [str(birch.pk)])
    assert all(str(birch.pk) in entry["patients"] for entry in found)
    assert Entry.objects.order_by("pk").last().patient_ids == [birch.pk]  # type: ignore[union-attr]
    by_doctor = world.manager.get("/audit/", user=world.clinic.users["radiologist"].pk).json()["results"]
    assert {entry["action"] for entry in by_doctor} == {"report-recorded"}
    assert world.manager.get("/audit/", to="2026-03-01").json()["results"] == []
    assert len(world.manager.get("/audit/", **{"from": "2026-03-02"}).json()["results"]) > 5
    assert pointers(world.manager.get("/audit/", user="x", **{"from": "2026-03-02T10:00"})) == {"#/user", "#/from"}


def changes_of(world: World, action: str) -> list[list[dict[str, Any]]]:
    """What the API says that these entries changed, the newest first."""
    found = world.manager.get("/audit/", page_size=200).json()["results"]
    return [entry["changes"] for entry in found if entry["action"] == action]


def test_a_change_of_details_is_read_with_the_values_before_and_after(world: World) -> None:
    patient = world.clinic.patient("Birch")
    for phone in ("07700 900111", "07700 900222"):
        assert world.reception.patch(f"/patients/{patient.pk}/", {"phone": phone}).status_code == 200
    world.manager.patch(f"/rooms/{world.clinic.room.pk}/", {"name": "Ultrasound 9"})
    newest, first = changes_of(world, "patient-corrected")
    assert (first[0]["field"], first[0]["new"]) == ("phone", newest[0]["old"])
    assert newest[0]["new"].endswith("900222")
    assert changes_of(world, "room-changed") == [[{"field": "name", "old": "Ultrasound 1", "new": "Ultrasound 9"}]]


def test_a_move_is_read_with_where_the_visit_stood(world: World) -> None:
    visit = world.book(world.clinic.fit_patient("Birch"), START)
    for hour in ("11:00", "12:00"):
        body = {"start": local("2026-03-11", hour).isoformat()}
        assert world.reception.post(f"/appointments/{visit['id']}/move/", body).status_code == 200
    world.reception.post(f"/appointments/{visit['id']}/cancel/", {"reason": "Ill"})
    newest, first = changes_of(world, "appointment-moved")
    assert first == [{"field": "start", "old": START.isoformat(), "new": local("2026-03-11", "11:00").isoformat()}]
    assert newest[0]["old"] == first[0]["new"]
    assert changes_of(world, "appointment-cancelled") == [[{"field": "status", "old": "booked", "new": "cancelled"}]]
    assert changes_of(world, "appointment-requested") == [[{"field": "status", "old": None, "new": "booked"}]]


def test_a_correction_is_read_with_what_stood_before_it(world: World) -> None:
    row = world.clinic.earlier_injection(world.clinic.patient("Birch"), "2025-11-20").row
    corrected = world.reception.post(f"/injections/{row.pk}/correct/", {"drug": "kenalog", "reason": "A letter"})
    assert corrected.status_code == 200, corrected.content
    assert changes_of(world, "injection-corrected") == [[{"field": "drug", "old": row.drug, "new": "kenalog"}]]
    assert changes_of(world, "injection-recorded") == [[]]


def test_every_entry_says_by_which_door(world: World) -> None:
    patient = world.clinic.fit_patient("Birch")
    browser(world.clinic.users["reception"]).get("patient", patient.pk)
    world.reception.get(f"/patients/{patient.pk}/")
    record("tried", by=PATIENT, now=world.clinic.now)
    found = world.manager.get("/audit/", page_size=200).json()["results"]
    doors = {(entry["action"], entry["subject"]): entry["door"] for entry in found}
    assert doors["viewed", "patient"] == "page"
    assert doors["viewed", "api-patient"] == "api"
    assert doors["tried", ""] == "link"
    record("swept", by=world.clinic.reception, now=world.clinic.now)
    [swept] = world.manager.get("/audit/", page_size=1).json()["results"]
    assert (swept["action"], swept["door"]) == ("swept", "task"), "a door stays open after its request"
    Entry.objects.create(at=world.clinic.now, actor_kind="system", actor_name="system", verb="before-doors")
    assert world.manager.get("/audit/").json()["results"][0]["door"] is None


def test_reading_changes_takes_the_same_queries_however_many(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert world.manager.get("/audit/", page_size=200).status_code == 200
        return len(captured)

    visit = world.book(world.clinic.fit_patient("Birch"), START)
    rooms, move = f"/rooms/{world.clinic.room.pk}/", f"/appointments/{visit['id']}/move/"

    def change(number: int) -> None:
        world.manager.patch(rooms, {"name": f"Scan {number}"})
        world.reception.post(move, {"start": local("2026-03-11", f"1{number}:00").isoformat()})

    change(1)
    count()
    few = count()
    for number in (2, 3, 4):
        change(number)
    assert count() == few


def test_the_feed_shows_times_and_rooms_but_no_patient(world: World) -> None:
    patient = world.clinic.fit_patient("Quillfeather")
    world.book(patient, START, note="Quillfeather comes by taxi")
    pending = world.in_review_zone("Cole", day="2026-03-11")
    cancelled = world.book(world.clinic.fit_patient("Dunn"), local("2026-03-12"))
    world.reception.post(f"/appointments/{cancelled['id']}/cancel/", {"reason": "Ill"})
    token = world.clinic.feed_token()
    response = world.anonymous.client.get(f"/api/v1/calendar/{token}.ics", headers={"accept": "text/calendar"})
    assert response.status_code == 200
    assert response.headers["Content-Type"].startswith("text/calendar")
    assert "Quillfeather" not in response.content.decode()
    events = Calendar.from_ical(response.content).walk("VEVENT")
    assert [event["STATUS"] for event in events] == ["CONFIRMED", "TENTATIVE"]
    assert events[0].decoded("DTSTART") == START
    assert str(events[0]["LOCATION"]) == "Ultrasound 1"
    assert str(events[1]["UID"]).startswith(f"diary-{pending['id']}@")
    assert not Entry.objects.filter(verb="viewed", actor_kind="patient").exists()


def test_a_feed_that_is_nobodys_is_404_and_nothing_is_written_through_it(world: World) -> None:
    token = world.clinic.feed_token()
    problem(world.anonymous.client.get(f"/api/v1/calendar/{uuid4()}.ics"), 404)
    problem(world.anonymous.client.get("/api/v1/calendar/guess.ics"), 404)
    assert world.anonymous.client.post(f"/api/v1/calendar/{token}.ics").status_code in (403, 405)
    world.manager.patch(f"/practitioners/{world.clinic.practitioner.pk}/", {"active": False})
    problem(world.anonymous.client.get(f"/api/v1/calendar/{token}.ics"), 404)


def test_the_feed_takes_two_queries_and_one_for_the_trail(world: World) -> None:
    for hour in (10, 11, 12):
        world.book(world.clinic.fit_patient(f"Person{hour}"), local("2026-03-10", f"{hour}:00"))
    token = world.clinic.feed_token()
    with CaptureQueriesContext(connection) as captured:
        world.anonymous.client.get(f"/api/v1/calendar/{token}.ics")
    assert len(captured) == 3
