"""The managers' pages: staff, practitioners, rooms, sessions, closures, to be moved, audit, calendar address."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from scheduling.clinic import staff
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.clinic.staff import StaffDetails
from scheduling.models import Appointment, Closure, Practitioner, Room, Schedule
from tests.clinic import NOW, Clinic, close, local
from tests.pages_world import Browser, browser

NOBODY_HURT = {"from_at": "", "to_at": "", "reason": ""}


def booked(clinic: Clinic, name: str = "Ash", day: str = "2026-03-10") -> Appointment:
    appointment = clinic.book(clinic.fit_patient(name), local(day)).appointment
    assert appointment is not None
    return appointment


# -- Staff ------------------------------------------------------------------------------------------------


def test_somebody_invited_signs_in_with_the_password_shown_once(manager: Browser) -> None:
    """It stands on the answer and nowhere else: not in the audit, not on the next page."""
    data = {"name": "Nia Park", "email": "Nia@Clinic.example", "role": "reception"}
    text = manager.post("staff-invite", data=data, expect=200)
    found = re.search(r"<code[^>]*>([a-z0-9-]{19})</code>", manager.html)
    assert found
    assert "shown once" in text
    user = User.objects.get(email="nia@clinic.example")
    assert user.check_password(found[1])
    assert user.role == "reception"
    assert found[1] not in str(list(Entry.objects.values()))
    assert found[1] not in manager.get("staff-list")


def test_a_given_password_is_good_for_choosing_ones_own_and_nothing_else(clinic: Clinic) -> None:
    """Every page leads to the password, also for whoever posts; afterwards to a second factor of their own."""
    invited = staff.invite(email="nia@clinic.example", name="Nia Park", role="reception", by=clinic.manager, now=NOW)
    theirs = Client()
    theirs.post("/account/sign-in/", {"login": "nia@clinic.example", "password": invited.password})
    for response in (theirs.get("/"), theirs.get("/api/v1/rooms/"), theirs.post("/patients/", {"text": "a"})):
        assert response.status_code == 302
        assert response.headers["Location"] == "/account/password/"
    page = theirs.get("/account/password/")
    assert "Choose a password of your own first" in page.content.decode()
    own = "Calm-orchard-17-north"
    sent = {"oldpassword": invited.password, "password1": own, "password2": own}
    theirs.post("/account/password/", sent)
    assert theirs.get("/").headers["Location"] == "/account/second-factor/?next=/"
    assert User.objects.get(pk=invited.user.pk).check_password(own)
    assert Entry.objects.filter(verb="password-changed", user=invited.user.pk).exists()


def test_a_taken_address_and_a_missing_role_are_said_at_their_fields(manager: Browser) -> None:
    text = manager.post("staff-invite", data={"name": "X", "email": "manager@clinic.example"}, expect=422)
    assert "There is a problem" in text
    assert "Choose the role." in text
    text = manager.post(
        "staff-invite", data={"name": "X", "email": "manager@clinic.example", "role": "manager"}, expect=422
    )
    assert "already signs in with this address" in text


def test_who_may_no_longer_sign_in_is_out_at_once(
    clinic: Clinic, manager: Browser, api_of: Callable[[User], Client]
) -> None:
    """An open session and a token end with the next request."""
    reception = clinic.users["reception"]
    theirs, program = browser(reception), api_of(reception)
    theirs.get("home")
    manager.post("staff-member", reception.pk, data={"name": "reception", "role": "reception", "revision": 1})
    assert theirs.client.get("/").status_code == 302
    assert program.get("/api/v1/rooms/").status_code == 401


def test_nobody_takes_their_own_rights_away_and_a_manager_stays(clinic: Clinic, manager: Browser) -> None:
    own = clinic.users["manager"]
    sent = {"name": "m", "role": "reception", "active": "on", "revision": 1}
    text = manager.post("staff-member", own.pk, data=sent, expect=422)
    assert "cannot remove your own permissions" in text
    other = User.objects.create_user("m2@clinic.example", None, role="manager", name="m2")
    staff.change_staff(own.pk, StaffDetails("m", "reception", active=True), by=actor_of(other), now=NOW)
    with pytest.raises(Conflict):
        staff.change_staff(other.pk, StaffDetails("m2", "manager", active=False), by=clinic.manager, now=NOW)


def test_a_new_password_ends_the_sessions_of_the_old_one(clinic: Clinic, manager: Browser) -> None:
    theirs = browser(clinic.users["radiologist"])
    theirs.get("home")
    manager.post("staff-password", clinic.users["radiologist"].pk, expect=200)
    assert theirs.client.get("/").status_code == 302
    assert manager.client.get(f"/clinic/staff/{clinic.users['radiologist'].pk}/password/").status_code == 405


# -- Practitioners and rooms ------------------------------------------------------------------------------


def test_a_practitioner_is_added_and_changed(clinic: Clinic, manager: Browser) -> None:
    user = clinic.users["radiologist"]
    data = {"name": "Dr New", "kinds": ["injection"], "user": str(user.pk), "active": "on"}
    assert "Dr New" in manager.post("practitioner-add", data=data)
    row = Practitioner.objects.get(name="Dr New")
    assert (row.kinds, row.user_id, row.active) == (["injection"], user.pk, True)
    assert "That name is taken" in manager.post("practitioner-add", data=data | {"user": ""}, expect=422)
    with pytest.raises(Invalid):
        save_practitioner(clinic.practitioner.pk, {"user_id": user.pk}, by=clinic.manager, now=NOW)


def test_taking_a_room_or_a_practitioner_out_of_use_names_their_bookings_first(
    clinic: Clinic, manager: Browser
) -> None:
    """Without a yes nothing is saved; with it, the bookings wait to be moved."""
    visit = booked(clinic)
    data = {"name": clinic.room.name, "has_ultrasound": "on", "revision": 1}
    text = manager.post("room", clinic.room.pk, data=data, expect=409)
    assert "1 booked visit would lose its place" in text
    assert str(visit.patient) in text
    assert Room.objects.get(pk=clinic.room.pk).active
    manager.post("room", clinic.room.pk, data=data | {"confirm": "yes"})
    assert not Room.objects.get(pk=clinic.room.pk).active
    assert str(visit.patient) in manager.get("moving-list")


# -- Sessions and closures --------------------------------------------------------------------------------


def test_a_weekly_session_is_added_and_said_in_words(clinic: Clinic, manager: Browser) -> None:
    data = {
        "practitioner": clinic.practitioner.pk,
        "room": clinic.room.pk,
        "weekday": "2",
        "opens": "18:00",
        "closes": "20:00",
        "valid_from": "2026-03-04",
        "valid_to": "",
        "every_weeks": "2",
    }
    text = manager.post("schedule-add", data=data)
    assert "Wednesday, every other week" in text
    assert "It must close after it opens" in manager.post("schedule-add", data=data | {"closes": "17:00"}, expect=422)


def test_des1_a_session_that_overlaps_another_is_refused_at_its_hours(clinic: Clinic, manager: Browser) -> None:
    """The other is named, and what was typed stays."""
    data = {
        "practitioner": clinic.practitioner.pk,
        "room": clinic.gym.pk,
        "weekday": "2",
        "opens": "17:15",
        "closes": "20:00",
        "valid_from": "2026-03-04",
        "valid_to": "",
        "every_weeks": "2",
    }
    text = manager.post("schedule-add", data=data, expect=422)
    assert "Dr Imogen Hale already has a session then: 08:00 to 18:00 in Ultrasound 1" in text
    assert 'value="17:15"' in manager.html
    assert 'href="#id_opens"' in manager.html


def test_an_extra_session_holds_on_its_day_only(clinic: Clinic, manager: Browser) -> None:
    data = {
        "practitioner": clinic.practitioner.pk,
        "room": clinic.room.pk,
        "on": "2026-05-04",
        "opens": "18:00",
        "closes": "20:00",
    }
    assert "Monday 4 May 2026" in manager.post("schedule-extra", data=data)
    row = Schedule.objects.get(valid_from="2026-05-04")
    assert (row.valid_to, row.weekday, row.every_weeks) == (row.valid_from, 0, 1)


def test_a_shortened_session_lists_what_it_hits(clinic: Clinic, manager: Browser) -> None:
    visit = booked(clinic)
    row = Schedule.objects.get(practitioner=clinic.practitioner, weekday=1)
    data = {
        "practitioner": clinic.practitioner.pk,
        "room": clinic.room.pk,
        "weekday": "1",
        "opens": "08:00",
        "closes": "09:00",
        "valid_from": row.valid_from.isoformat(),
        "valid_to": "",
        "every_weeks": "1",
        "revision": 1,
    }
    assert str(visit.patient) in manager.post("schedule", row.pk, data=data, expect=409)
    row.refresh_from_db()
    assert row.closes == time(18)
    manager.post("schedule", row.pk, data=data | {"confirm": "yes"})
    assert str(visit.patient) in manager.get("moving-list")


def test_a_closure_lists_what_it_hits_and_keeps_what_was_typed(clinic: Clinic, manager: Browser) -> None:
    """A whole day is closed from midnight to midnight by the clinic's clock."""
    visit = booked(clinic, day="2026-03-30")
    data = {"what": "clinic", "from_on": "2026-03-30", "to_on": "2026-03-30", **NOBODY_HURT, "reason": "Painting"}
    text = manager.post("closure-add", data=data, expect=409)
    assert str(visit.patient) in text
    assert 'value="Painting"' in manager.html
    assert not Closure.objects.exists()
    manager.post("closure-add", data=data | {"confirm": "yes"})
    row = Closure.objects.get()
    assert row.starts_at == local("2026-03-30", "00:00")
    assert row.ends_at - row.starts_at == timedelta(hours=24)
    assert str(visit.patient) in browser(clinic.users["reception"]).get("moving-list")


def test_a_closure_of_a_room_in_the_afternoon_is_shown_as_it_was_typed(clinic: Clinic, manager: Browser) -> None:
    what = f"room-{clinic.gym.pk}"
    data = {"what": what, "from_on": "2026-04-01", "from_at": "13:00", "to_on": "2026-04-01", "to_at": "17:00"}
    manager.post("closure-add", data=data)
    row = Closure.objects.get()
    assert (row.room_id, row.starts_at) == (clinic.gym.pk, local("2026-04-01", "13:00"))
    manager.get("closure", row.pk)
    assert 'value="13:00"' in manager.html
    assert "It must end after it starts" in manager.post("closure-add", data=data | {"to_at": "12:00"}, expect=422)


# -- Audit and feed address -------------------------------------------------------------------------------


def test_the_audit_shows_who_did_what_and_filters(clinic: Clinic, manager: Browser) -> None:
    visit = booked(clinic)
    other = clinic.patient("Zeller")
    text = manager.get("audit-list", patient=visit.patient_id)
    assert f"Visit asked for visit {visit.pk}" in text
    assert "appointment" not in text
    assert str(visit.patient) in text
    assert "Zeller" not in text
    assert str(other) in manager.get("audit-list", user=clinic.users["reception"].pk)
    assert "No entry matches" in manager.get("audit-list", to="2020-01-01")
    assert "There is a problem" in manager.get("audit-list", user="nobody", expect=422)


def test_looking_at_the_audit_is_noted_and_pages_go_back_in_time(clinic: Clinic, manager: Browser) -> None:
    patient = clinic.patient()
    for number in range(60):
        Entry.objects.create(at=NOW, actor_kind="system", actor_name="system", verb=f"tested-{number}", patient_ids=[])
    before = Entry.objects.filter(verb="viewed").count()
    manager.get("audit-list", patient=patient.pk)
    assert Entry.objects.filter(verb="viewed", patient_ids__contains=[patient.pk]).count() == before + 1
    text = manager.get("audit-list")
    assert "Tested 59" in text
    assert "Older entries" in text
    older = re.search(r'href="\?([^"]*before=[^"&]+)"', manager.html)
    assert older
    assert re.search(r"\bTested 3\b", manager.client.get(f"/audit/?{unescape(older[1])}").content.decode())


def feed_of(token: str) -> int:
    return int(Client().get(f"/api/v1/calendar/{token}.ics").status_code)


def made_by(user: Browser, practitioner: Practitioner) -> str:
    """The token of an address that somebody makes on the page, where it stands once."""
    user.post("calendar-address", practitioner.pk, expect=200)
    found = re.search(r"/api/v1/calendar/([0-9a-f-]{36})\.ics", user.html)
    assert found
    return found[1]


def test_a_practitioners_address_is_shown_once_and_a_new_one_replaces_it(clinic: Clinic, manager: Browser) -> None:
    row = clinic.practitioner
    save_practitioner(row.pk, {"user_id": clinic.users["radiologist"].pk}, by=clinic.manager, now=NOW)
    theirs = browser(clinic.users["radiologist"])
    theirs.get("calendar-address", row.pk)
    assert "There is no address yet." in theirs.html
    browser(clinic.users["radiologist2"]).get("calendar-address", row.pk, expect=403)
    first = made_by(theirs, row)
    assert feed_of(first) == 200
    theirs.get("calendar-address", row.pk)
    assert ".ics" not in theirs.html
    assert first not in str(Practitioner.objects.filter(pk=row.pk).values())
    assert [feed_of(token) for token in (made_by(manager, row), first)] == [200, 404]


ENDS: dict[str, Callable[[Clinic], object]] = {
    "the practitioner leaves": lambda clinic: save_practitioner(
        clinic.practitioner.pk, {"active": False}, by=clinic.manager, now=NOW
    ),
    "another person takes the place": lambda clinic: save_practitioner(
        clinic.practitioner.pk, {"user_id": clinic.users["radiologist2"].pk}, by=clinic.manager, now=NOW
    ),
    "they may no longer sign in": lambda clinic: changed(clinic, active=False),
    "they work as somebody else": lambda clinic: changed(clinic, role="reception"),
    "they are given a password": lambda clinic: staff.give_password(
        clinic.users["radiologist"].pk, by=clinic.manager, now=NOW
    ),
}


def changed(clinic: Clinic, **changes: Any) -> None:
    user = clinic.users["radiologist"]
    kept = {"name": user.name, "role": user.role, "active": True}
    staff.change_staff(user.pk, StaffDetails(**{**kept, **changes}), by=clinic.manager, now=NOW)


@pytest.mark.parametrize("end", ENDS)
def test_an_address_ends_with_its_owner_and_for_good(clinic: Clinic, end: str) -> None:
    row, user = clinic.practitioner, clinic.users["radiologist"]
    save_practitioner(row.pk, {"user_id": user.pk}, by=clinic.manager, now=NOW)
    token = clinic.feed_token()
    save_practitioner(row.pk, {"name": row.name, "user_id": user.pk}, by=clinic.manager, now=NOW)
    changed(clinic, name="Dr Another Name")
    assert feed_of(str(token)) == 200, "what changes nobody's rights ends nothing"
    ENDS[end](clinic)
    assert feed_of(str(token)) == 404
    changed(clinic)
    save_practitioner(row.pk, {"active": True, "user_id": user.pk}, by=clinic.manager, now=NOW)
    assert feed_of(str(token)) == 404


# -- Doors and cost ---------------------------------------------------------------------------------------

PAGES = (
    "staff-list",
    "staff-invite",
    "practitioner-list",
    "practitioner-add",
    "room-list",
    "room-add",
    "schedule-list",
    "schedule-add",
    "schedule-extra",
    "closure-list",
    "closure-add",
    "audit-list",
)


@pytest.mark.parametrize("name", PAGES)
def test_only_managers_come_in(clinic: Clinic, manager: Browser, name: str) -> None:
    manager.get(name)
    for role in ("reception", "radiologist"):
        browser(clinic.users[role]).get(name, expect=403)


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("name", [*PAGES, "moving-list"])
def test_a_page_costs_the_same_however_many_rows_there_are(clinic: Clinic, manager: Browser, name: str) -> None:
    manager.get("rules")  # the first page of a session notes when it began
    costs = []
    for number in range(3):
        room = save_room(None, {"name": f"R{number}"}, by=clinic.manager, now=NOW)
        row = save_practitioner(None, {"name": f"P{number}", "kinds": ["follow-up"]}, by=clinic.manager, now=NOW)
        session = {
            "practitioner_id": row.pk,
            "room_id": room.pk,
            "weekday": 1,
            "opens": time(8),
            "closes": time(18),
            "valid_from": NOW.date(),
        }
        save_schedule(None, session, by=clinic.manager, now=NOW)
        close(
            starts_at=local("2026-03-10"),
            ends_at=local("2026-03-11"),
            practitioner_id=clinic.practitioner.pk,
            confirm=True,
            by=clinic.manager,
            now=NOW,
        )
        User.objects.create_user(f"u{number}@clinic.example", None, role="reception", name=f"u{number}")
        with CaptureQueriesContext(connection) as queries:
            manager.get(name)
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2]
    assert costs[0] <= 12
