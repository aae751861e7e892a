"""Moving by the page: free times with their verdicts first; the one chosen is held and shown beside the present one."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.holds.hold import hold_to_book
from scheduling.models import Appointment, Message
from tests.api_world import World
from tests.clinic import Clinic, local
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db


def booked(clinic: Clinic, name: str = "Birch", day: str = "2026-03-10") -> Appointment:
    appointment = clinic.book(clinic.fit_patient(name), local(day)).appointment
    assert appointment is not None
    return appointment


def sent(visit: Appointment, day: str, at: str = "10:00", **values: Any) -> dict[str, Any]:
    place = {"on": day, "at": at, "who": visit.practitioner_id, "where": visit.room_id}
    return {**place, "revision": visit.revision, "tell": "yes", **values}


def button(visit: Appointment, start: Any) -> dict[str, str]:
    return {"time": f"{start.isoformat()}/{visit.practitioner_id}/{visit.room_id}"}


def test_it_opens_with_free_times_of_several_days_with_the_same_person(world: World, reception: Browser) -> None:
    visit = booked(world.clinic)
    said = reception.get("appointment-move", visit.pk)
    for day in ("Tuesday 3 March", "Wednesday 4 March", "Thursday 5 March"):
        assert day in said
    assert said.count("Safety check: clear") == 42
    assert "More times from" in said
    only = reception.get("appointment-move", visit.pk, weekdays="3", halves="morning", who="")
    assert "Thursday 12 March" in only
    assert "Friday 6 March" not in only


def test_the_time_chosen_is_held_and_shown_beside_the_present_one_with_the_email(
    world: World, reception: Browser
) -> None:
    visit = booked(world.clinic)
    Message.objects.filter(kind="confirmed").update(status="sent")
    there = local("2026-03-12", "11:20")
    said = reception.post("appointment-move", visit.pk, data=button(visit, there))
    assert "Now Tuesday 10 March 2026 at 10:00" in said
    assert "Then Thursday 12 March 2026 at 11:20" in said
    assert "Held for you until 09:05" in said
    assert "now on Thursday 12 March" in said
    assert Appointment.holds.get().start_at == there
    reception.post("appointment-move", visit.pk, data=sent(visit, "2026-03-12", "11:20"))
    assert Appointment.objects.get().start_at == there
    assert not Appointment.holds.exists()
    assert Message.objects.filter(kind="moved", status="queued").count() == 1


def test_what_was_held_for_a_move_is_given_back(world: World, reception: Browser) -> None:
    visit = booked(world.clinic)
    reception.post("appointment-move", visit.pk, data=button(visit, local("2026-03-12")))
    said = reception.post("appointment-move", visit.pk, data={"intent": "give-back"})
    assert "The time is released." in said
    assert not Appointment.holds.exists()
    assert Appointment.objects.get().start_at == local("2026-03-10")


def test_des6_a_move_outside_every_session_offers_free_times_with_verdicts(world: World, reception: Browser) -> None:
    visit = booked(world.clinic)
    said = reception.post("appointment-move", visit.pk, data=sent(visit, "2026-03-12", "19:00"), expect=422)
    assert "has no open session for the whole visit at that time" in said
    assert "Other times from that day on" in said
    assert "Thursday 12 March" in said
    assert said.count("Safety check: clear") == 42
    assert 'value="19:00"' in reception.html


def test_a_time_lost_to_somebody_says_by_whom_and_keeps_what_was_typed(world: World, reception: Browser) -> None:
    clinic = world.clinic
    visit = booked(clinic)
    clinic.book(clinic.fit_patient("Cole"), local("2026-03-12"), by=clinic.radiologist)
    typed = sent(visit, "2026-03-12", override_reason="She travels")
    said = reception.post("appointment-move", visit.pk, data=typed, expect=422)
    assert "That time is already taken (practitioner, room)." in said
    assert "Robin Cole, injection, 10:00 to 10:30. Radiologist booked it, Monday 2 March 2026 at 09:00" in said
    assert "She travels" in said
    assert 'value="yes"' in reception.html
    assert " checked" in reception.html
    assert "Other times from that day on" in said


def test_a_time_that_somebody_is_booking_cannot_be_chosen(world: World, reception: Browser) -> None:
    clinic = world.clinic
    visit = booked(clinic)
    there = local("2026-03-12")
    hold_to_book(clinic.ask(clinic.fit_patient("Cole"), there), by=clinic.radiologist, now=clinic.now)
    said = reception.post("appointment-move", visit.pk, data=button(visit, there), expect=409)
    assert "That time is being booked by radiologist, who has it until 09:05." in said
    query = {"start": there.isoformat(), "practitioner": visit.practitioner_id, "room": visit.room_id}
    said = reception.get("appointment-move", visit.pk, **query)
    assert "being booked by radiologist" in said


@pytest.mark.parametrize("time", ["", "soon", "2026-03-12T10:00:00+00:00/1", "2026-03-12T10:00:00/1/1"])
def test_a_time_that_no_button_sends_is_refused(time: str, world: World, reception: Browser) -> None:
    visit = booked(world.clinic)
    reception.post("appointment-move", visit.pk, data={"time": time}, expect=422)
    assert not Appointment.holds.exists()


def test_a_time_of_ones_own_is_checked_before_it_is_asked_what_to_tell(world: World, reception: Browser) -> None:
    visit = booked(world.clinic)
    query = {"on": "2026-03-12", "at": "11:20", "who": visit.practitioner_id, "where": ""}
    response = reception.client.get(f"/appointments/{visit.pk}/move/", query, follow=True)
    assert "Thursday 12 March 2026 at 11:20" in response.content.decode()
    assert "Tell the patient?" in response.content.decode()
    said = reception.get("appointment-move", visit.pk, **{**query, "at": "25:00"})
    assert "There is a problem" in said


def test_what_has_nobody_any_more_is_moved_to_anybody(world: World, reception: Browser) -> None:
    """The finder does not insist on a person who no longer takes visits."""
    visit = booked(world.clinic)
    visit.practitioner.active = False
    visit.practitioner.save()
    said = reception.get("appointment-move", visit.pk)
    assert "No free time matches" in said


def test_the_pages_of_a_move_take_at_most_12_queries(world: World, reception: Browser) -> None:
    clinic = world.clinic
    visit = booked(clinic)
    clinic.book(clinic.fit_patient("Cole"), local("2026-03-12"))
    place = {"practitioner": visit.practitioner_id, "room": visit.room_id}
    for query in (
        {},
        {"weekdays": "1", "halves": "afternoon", "who": ""},
        {"start": local("2026-03-13").isoformat(), **place},
    ):
        reception.client.get(f"/appointments/{visit.pk}/move/", query)
        with CaptureQueriesContext(connection) as captured:
            assert reception.client.get(f"/appointments/{visit.pk}/move/", query).status_code == 200
        asked = "\n".join(" ".join(one["sql"].split())[:150] for one in captured)
        assert len(captured) <= 12, f"{query}\n{asked}"
