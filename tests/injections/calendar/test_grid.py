"""The time grid says in words what it draws: sessions, pauses, closures, holidays, what is past, and of each visit all
that the desk asks.
"""

from __future__ import annotations

import re
from datetime import time
from typing import Any

import pytest
from django.urls import reverse

from injections.visit.own_link import confirm_coming
from pht_clinic.people.actors import PATIENT
from scheduling.models import Appointment, Schedule
from tests.api_world import World
from tests.clinic import Clinic, close, local
from tests.injections.calendar.test_columns import columns
from tests.pages_world import Browser, browser

DAY = "2026-03-10"
WHO = "Dr Imogen Hale"


def shut(clinic: Clinic, starts: str, ends: str, **values: Any) -> None:
    first, _, last = f"{starts},{ends}".partition(",")
    period = {"starts_at": local(*first.split()), "ends_at": local(*last.split())}
    close(**period, **values, by=clinic.manager, now=clinic.now)


def test_a_visit_shows_all_that_the_desk_asks(clinic: Clinic, reception: Browser) -> None:
    """Time, name, date of birth, kind, status, alerts, note and a phone number that dials."""
    patient = clinic.fit_patient("Ash")
    clinic.known(patient)
    visit = clinic.book(patient, local(DAY, "08:40"), note="Comes with her sister").appointment
    assert visit is not None
    reception.get("calendar-day", day=DAY)
    shown = columns(reception.html)[WHO]
    for words in (
        "08:40 to 09:10 Robin Ash",
        "born 1 May 1980",
        "Injection, left hamstring origin",
        "booked",
        "Safety check: clear",
        "Note: Comes with her sister",
        "07700 900123",
    ):
        assert words in shown
    assert '<a class="number nowrap" href="tel:+447700900123">' in reception.html
    assert "tag--neutral" in reception.html.split('id="column-1"')[1]
    assert f'href="/appointments/{visit.pk}/move/"' in reception.html


@pytest.mark.parametrize("name", ["calendar", "calendar-day", "calendar-week"])
def test_des10_that_the_patient_confirmed_by_the_link_is_seen_at_the_desk(
    clinic: Clinic, reception: Browser, name: str
) -> None:
    visit = clinic.book(clinic.fit_patient("Ash"), local(DAY, "08:40")).appointment
    assert visit is not None
    assert "Confirmed by the patient" not in reception.get(name, day=DAY)
    confirm_coming(visit.pk, by=PATIENT, now=clinic.now)
    assert "Confirmed by the patient" in reception.get(name, day=DAY)


def test_a_visit_stands_at_its_hours_and_its_room_is_shown_being_cleaned(clinic: Clinic, reception: Browser) -> None:
    clinic.book(clinic.fit_patient("Ash"), local(DAY, "08:40"))
    reception.get("calendar-day", day=DAY)
    assert '<li class="visit h8 m40 to-h9 to-m10 lane-1 wide">' in reception.html
    assert '<li class="cleaning h9 m10 to-h9 to-m20 lane-1 wide">' in reception.html
    assert "09:10 to 09:20 Ultrasound 1 being cleaned" in columns(reception.html)[WHO]


def test_every_practitioner_with_a_session_has_a_column_also_where_no_time_is_free(
    clinic: Clinic, reception: Browser
) -> None:
    """The physiotherapist gives no injections: there is no free time to show, yet the session is open."""
    reception.get("calendar-day", day=DAY, kind="injection")
    shown = columns(reception.html)
    assert list(shown) == [WHO, "Tom Reed"]
    assert shown["Tom Reed"] == "Tom Reed Open 08:00 to 18:00, Gym No visits"
    reception.get("calendar-day", day=DAY, by="room")
    assert columns(reception.html)["Gym"] == "Gym Open 08:00 to 18:00, Tom Reed No visits"


def test_lunch_is_the_pause_between_two_sessions(clinic: Clinic, reception: Browser) -> None:
    Schedule.objects.filter(practitioner=clinic.practitioner).update(closes=time(12, 30))
    values = {"practitioner": clinic.practitioner, "room": clinic.room, "weekday": 1, "valid_from": local(DAY).date()}
    Schedule.objects.create(**values, opens=time(13, 30), closes=time(18))
    Schedule.objects.filter(practitioner=clinic.physiotherapist).update(closes=time(10))
    values |= {"practitioner": clinic.physiotherapist, "room": clinic.gym}
    Schedule.objects.create(**values, opens=time(15), closes=time(17))
    Schedule.objects.create(**values, opens=time(17, 30), closes=time(18))
    reception.get("calendar-day", day=DAY)
    shown = columns(reception.html)
    assert "12:30 to 13:30 Lunch" in shown[WHO]
    assert '<li class="closed h12 m30 to-h13 to-m30 lane-1 wide">' in reception.html
    assert "10:00 to 15:00 Lunch" in shown["Tom Reed"]
    assert "17:00 to 17:30 No session" in shown["Tom Reed"]


def test_closures_are_named_where_they_close(clinic: Clinic, reception: Browser) -> None:
    shut(clinic, f"{DAY} 09:00", f"{DAY} 10:00", practitioner_id=clinic.practitioner.pk, reason="Congress")
    shut(clinic, f"{DAY} 11:00", f"{DAY} 11:30", room_id=clinic.gym.pk)
    shut(clinic, f"{DAY} 00:00", "2026-03-11 00:00", reason="Stocktaking")
    text = reception.get("calendar-day", day=DAY)
    shown = columns(reception.html)
    assert f"09:00 to 10:00 {WHO} away: Congress" in shown[WHO]
    assert "11:00 to 11:30 Gym closed" in shown["Tom Reed"]
    assert "Gym closed" not in shown[WHO]
    assert "Closed: Stocktaking" in shown["Tom Reed"]
    assert "10 March 2026, all day. Closed: Stocktaking" in text
    assert "Closed: Stocktaking" in columns(get_week(reception))["Tuesday 10 March 2026"]


def get_week(reception: Browser, day: str = DAY, **query: object) -> str:
    reception.get("calendar-week", day=day, **query)
    return reception.html


def test_des14_a_bank_holiday_is_named_on_its_day_and_in_its_week(clinic: Clinic, reception: Browser) -> None:
    """Easter Monday: no weekly session opens, so nobody has a column; the page says why."""
    assert "Bank holiday: Easter Monday. There are no weekly sessions." in reception.get(
        "calendar-day", day="2026-04-06"
    )
    assert "Bank holiday: Easter Monday" in reception.get("calendar", day="2026-04-06")
    shown = columns(get_week(reception, "2026-04-06"))
    assert shown["Monday 6 April 2026"] == "Monday 6 April 2026 Bank holiday: Easter Monday No session No visits"
    assert "Bank holiday" not in shown["Tuesday 7 April 2026"]


def test_what_is_past_is_said_and_a_line_stands_at_now(world: World, reception: Browser) -> None:
    world.at(local(DAY, "10:33"))
    reception.get("calendar-day", day=DAY)
    assert "Past" in columns(reception.html)[WHO]
    assert "Now 10:33" in columns(reception.html)[WHO]
    assert re.search(r'<li class="h10 m30 to-h10 to-m35 lane-1 wide now">', reception.html)
    assert '<li class="past h8 m0 to-h10 to-m35 lane-1 wide">' in reception.html
    reception.get("calendar-day", day="2026-03-09")
    assert "Past" in columns(reception.html)[WHO]
    assert "Now" not in columns(reception.html)[WHO]
    reception.get("calendar-day", day="2026-03-11")
    assert "Past" not in columns(reception.html)[WHO]


def test_visits_at_one_time_stand_side_by_side_in_a_week_of_everybody(clinic: Clinic, reception: Browser) -> None:
    clinic.book(clinic.fit_patient("Ash"), local(DAY, "09:00"))
    clinic.book(clinic.patient("Birch"), local(DAY, "09:00"), kind="physiotherapy")
    html = get_week(reception)
    assert '<li class="visit h9 m0 to-h9 to-m30 lane-1">' in html
    assert '<li class="visit h9 m0 to-h9 to-m30 lane-2 wide">' in html
    assert '<section class="lanes-2"' in html


def test_free_times_of_one_practitioner_are_drawn_and_those_of_everybody_listed(
    clinic: Clinic, reception: Browser
) -> None:
    of_one = get_week(reception, of=f"practitioner-{clinic.practitioner.pk}")
    assert re.search(r'<li class="free no-print h8 m0 to-h8 to-m30 lane-1 wide">\s*<a class="slot slot--free"', of_one)
    of_all = get_week(reception)
    assert '<li class="free' not in of_all
    assert "15 free times" in columns(of_all)["Tuesday 10 March 2026"]


def test_a_manager_is_offered_no_move_and_no_booking(clinic: Clinic) -> None:
    clinic.book(clinic.fit_patient("Ash"), local(DAY, "08:40"))
    manager = browser(clinic.users["manager"])
    manager.get("calendar-day", day=DAY)
    assert "/move/" not in manager.html
    assert "Robin Ash" in manager.html


def test_one_that_has_begun_and_nobody_came_is_late_in_the_grid(world: World, reception: Browser) -> None:
    world.clinic.book(world.clinic.fit_patient("Ash"), local(DAY, "08:40"))
    world.at(local(DAY, "08:47"))
    reception.get("calendar-day", day=DAY)
    assert "Late by 7 minutes" in columns(reception.html)[WHO]


def test_an_open_view_asks_for_a_few_bytes_and_is_told_what_others_changed(clinic: Clinic, reception: Browser) -> None:
    """Nothing while nothing changed; after somebody booked, confirmed or closed, once, quietly."""
    for name, query in (("calendar-day", {}), ("calendar-week", {}), ("calendar-week", {"of": of_hale(clinic)})):
        clinic.now = clinic.now.replace(microsecond=0)
        visit = clinic.book(clinic.patient("Birch"), local("2026-03-11", "16:00"), kind="follow-up").appointment
        assert visit is not None
        query = {**query, "day": "2026-03-11"}
        seen = asked(reception, name, query)
        assert said(reception, name, query, seen) == (204, "")
        confirm_coming(visit.pk, by=PATIENT, now=clinic.now)
        assert said(reception, name, query, seen)[0] == 200
        assert 'hx-swap-oob="innerHTML:#live">Updated at 09:00.' in reception.last.content.decode()
        assert reception.last.headers["HX-Trigger"] == "refresh"
        seen = asked(reception, name, query)
        shut(clinic, "2026-03-11 17:30", "2026-03-11 17:45")
        assert said(reception, name, query, seen)[0] == 200
        Appointment.objects.filter(pk=visit.pk).update(status="cancelled")


def of_hale(clinic: Clinic) -> str:
    return f"practitioner-{clinic.practitioner.pk}"


def asked(reception: Browser, name: str, query: dict[str, Any]) -> str:
    """The version that the page was made with."""
    reception.get(name, **query)
    [found] = re.findall(r"seen=([0-9a-f]+-[0-9]+)", reception.html)
    return str(found)


def said(reception: Browser, name: str, query: dict[str, Any], seen: str) -> tuple[int, str]:
    reception.last = reception.client.get(reverse(name), {**query, "seen": seen})
    assert len(reception.last.content) < 100
    return reception.last.status_code, reception.last.headers.get("HX-Trigger", "")


def test_time_that_merely_passes_refreshes_the_part_without_a_word(world: World, reception: Browser) -> None:
    seen = asked(reception, "calendar-day", {"day": "2026-03-11"})
    world.at(local("2026-03-02", "09:06"))
    assert said(reception, "calendar-day", {"day": "2026-03-11"}, seen) == (204, "refresh")
    reception.last = reception.client.get("/calendar/day/?day=2026-03-11", headers={"HX-Request": "true"})
    html = reception.last.content.decode()
    assert html.lstrip().startswith('<div id="fresh"')
