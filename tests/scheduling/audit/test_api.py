"""The audit list for managers, and the calendar feed that shows no patient."""

from __future__ import annotations

from uuid import uuid4

from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from pht_clinic.audit.models import Entry
from tests.api_world import World, pointers, problem
from tests.clinic import local

START = local("2026-03-10")


def test_a_manager_reads_who_did_what_to_whom(world: World) -> None:
    """Filtered by patient, user and time; reading the list is a view of those it names."""
    birch, cole = world.clinic.fit_patient("Birch"), world.clinic.fit_patient("Cole", given_name="Ada")
    world.book(birch, START)
    world.book(cole, local("2026-03-11"))
    found = world.manager.get("/audit/", patient=birch.pk).json()["results"]
    assert found[0]["verb"] == "viewed"
    asked = next(entry for entry in found if entry["verb"] == "appointment-requested")
    assert (asked["actor_name"], asked["patients"]) == ("reception", [str(birch.pk)])
    assert all(str(birch.pk) in entry["patients"] for entry in found)
    assert Entry.objects.order_by("pk").last().patient_ids == [birch.pk]  # type: ignore[union-attr]
    by_doctor = world.manager.get("/audit/", user=world.clinic.users["radiologist"].pk).json()["results"]
    assert {entry["verb"] for entry in by_doctor} == {"report-recorded"}
    assert world.manager.get("/audit/", to="2026-03-01").json()["results"] == []
    assert len(world.manager.get("/audit/", **{"from": "2026-03-02"}).json()["results"]) > 5
    assert pointers(world.manager.get("/audit/", user="x", **{"from": "2026-03-02T10:00"})) == {"#/user", "#/from"}


def test_the_feed_shows_times_and_rooms_but_no_patient(world: World) -> None:
    patient = world.clinic.fit_patient("Quillfeather")
    world.book(patient, START, note="Quillfeather comes by taxi")
    pending = world.in_review_zone("Cole", day="2026-03-11")
    cancelled = world.book(world.clinic.fit_patient("Dunn"), local("2026-03-12"))
    world.reception.post(f"/appointments/{cancelled['id']}/cancel/", {"reason": "Ill"})
    token = world.clinic.practitioner.feed_token
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
    token = world.clinic.practitioner.feed_token
    problem(world.anonymous.client.get(f"/api/v1/calendar/{uuid4()}.ics"), 404)
    problem(world.anonymous.client.get("/api/v1/calendar/guess.ics"), 404)
    assert world.anonymous.client.post(f"/api/v1/calendar/{token}.ics").status_code in (403, 405)
    world.manager.patch(f"/practitioners/{world.clinic.practitioner.pk}/", {"active": False})
    problem(world.anonymous.client.get(f"/api/v1/calendar/{token}.ics"), 404)


def test_the_feed_takes_two_queries(world: World) -> None:
    for hour in (10, 11, 12):
        world.book(world.clinic.fit_patient(f"Person{hour}"), local("2026-03-10", f"{hour}:00"))
    with CaptureQueriesContext(connection) as captured:
        world.anonymous.client.get(f"/api/v1/calendar/{world.clinic.practitioner.feed_token}.ics")
    assert len(captured) == 2
