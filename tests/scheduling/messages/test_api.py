"""The outbox through the API: what was and will be sent, what it says, and a hand on what still waits."""

from __future__ import annotations

from django.db import connection
from django.test.utils import CaptureQueriesContext

from pht_clinic.audit.models import Entry
from scheduling.messages.outbox import hold, release
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.models import Message
from tests.api_world import World, pointers, problem
from tests.clinic import local
from tests.pages_world import Browser

START = local("2026-03-10")


def test_a_booking_plans_its_messages(world: World) -> None:
    booked = world.book(world.clinic.fit_patient(), START)
    listed = world.manager.get(f"/appointments/{booked['id']}/messages/").json()["results"]
    kinds = [message["kind"] for message in listed]
    assert kinds[0] == "confirmed"
    assert "reminder-2-days" in kinds
    assert {"due_at", "expires_at", "status", "attempts", "sent_at", "reason", "revision"} <= listed[0].keys()
    assert {message["status"] for message in listed} == {"queued"}
    assert all(message["appointment"] == booked["id"] for message in listed)
    assert world.reception.get("/messages/", status="queued", page_size=1).json()["next"] is not None
    assert world.reception.get("/messages/", status="sent").json()["results"] == []
    assert pointers(world.reception.get("/messages/", status="lost")) == {"#/status"}


def test_what_is_held_back_is_told_apart_from_what_was_taken_back(world: World, reception: Browser) -> None:
    booked = world.book(world.clinic.fit_patient(), START)
    rows = Message.objects.filter(appointment=booked["id"])
    hold(rows.filter(kind="reminder-2-days"), why=TO_BE_MOVED)
    world.reception.post(f"/messages/{rows.get(kind='confirmed').pk}/withhold/")
    for status, kind in (("held", "reminder-2-days"), ("cancelled", "confirmed")):
        [found] = world.reception.get("/messages/", status=status).json()["results"]
        assert (found["status"], found["kind"]) == (status, kind)
    listed = world.reception.get(f"/appointments/{booked['id']}/messages/").json()["results"]
    assert {one["kind"]: one["status"] for one in listed}["reminder-2-days"] == "held"
    said = reception.get("message-list", status="held")
    assert f"held back {TO_BE_MOVED}" in said
    assert "Held back (1)" in said
    assert "Withdrawn (1)" in said
    release(rows)
    assert world.reception.get("/messages/", status="held").json()["results"] == []
    assert "No message is held back." in reception.get("message-list", status="held")


def test_a_preview_says_what_the_patient_reads(world: World) -> None:
    booked = world.book(world.clinic.fit_patient(), START)
    message = Message.objects.get(appointment=booked["id"], kind="confirmed")
    letter = world.reception.get(f"/messages/{message.pk}/preview/").json()
    assert letter["subject"] == "Your appointment on Tuesday 10 March"
    assert "Dear Robin Birch" in letter["text"]
    assert letter["recipient"] == "birch@mail.example"
    for text in (letter["text"], letter["html"], letter["calendar"]):
        assert "/p/" not in text
    assert "[the patient's link]" in letter["text"]
    assert letter["calendar"].startswith("BEGIN:VCALENDAR")
    assert Entry.objects.filter(verb="viewed").last().patient_ids == [int(booked["patient"])]  # type: ignore[union-attr]


def test_reception_hurries_withholds_and_retries(world: World) -> None:
    """Only what waits can be hurried or kept back; only what failed can be tried again."""
    booked = world.book(world.clinic.fit_patient(), START)
    reminder = Message.objects.get(appointment=booked["id"], kind="reminder-2-days")
    hurried = world.reception.post(f"/messages/{reminder.pk}/send-now/").json()
    assert hurried["due_at"].startswith("2026-03-02T09:00")
    problem(world.reception.post(f"/messages/{reminder.pk}/retry/"), 409)
    kept = world.reception.post(f"/messages/{reminder.pk}/withhold/").json()
    assert (kept["status"], kept["reason"]) == ("cancelled", "Withdrawn by reception.")
    problem(world.reception.post(f"/messages/{reminder.pk}/send-now/"), 409)
    Message.objects.filter(kind="confirmed").update(status="failed")
    failed = Message.objects.get(kind="confirmed")
    again = world.reception.post(f"/messages/{failed.pk}/retry/").json()
    assert (again["status"], again["retry_of"]) == ("queued", str(failed.pk))
    problem(world.reception.post(f"/messages/{failed.pk}/retry/"), 409)
    assert pointers(world.reception.post(f"/messages/{again['id']}/send-now/", {"to": "x@mail.example"})) == {"#/to"}


def test_lists_of_messages_take_the_same_queries_however_long_they_are(world: World) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert world.reception.get("/messages/").status_code == 200
        return len(captured)

    world.book(world.clinic.fit_patient("Birch"), START)
    count()
    one = count()
    for hour in (11, 12, 13):
        world.book(world.clinic.fit_patient(f"Person{hour}"), local("2026-03-10", f"{hour}:00"))
    assert count() == one
