"""The calendar in columns: who and what stands where, free times that start a booking, what it costs."""

from __future__ import annotations

import re
from datetime import datetime
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.booking.holds.hold import hold_to_book
from scheduling.clinic.people_and_rooms import save_practitioner
from scheduling.models import Appointment
from tests.clinic import Clinic, local
from tests.pages_world import Browser, browser


def columns(html: str) -> dict[str, str]:
    """The text of each column by its heading."""
    found = {}
    for section in re.findall(r"<section[^>]*>(.*?)</section>", html, re.DOTALL):
        heading = re.search(r"<h2[^>]*>(.*?)</h2>", section, re.DOTALL)
        assert heading
        found[words(heading[1])] = words(section)
    return found


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_a_day_by_practitioner_and_by_room(clinic: Clinic, reception: Browser) -> None:
    patient = clinic.fit_patient("Ash")
    clinic.book(patient, local("2026-03-10", "08:40"))
    other = clinic.patient("Birch")
    clinic.book(other, local("2026-03-10", "09:00"), kind="physiotherapy")
    reception.get("calendar-day", day="2026-03-10")
    by_person = columns(reception.html)
    assert "08:40 to 09:10 Robin Ash" in by_person["Dr Imogen Hale"]
    assert "Safety check: clear" in by_person["Dr Imogen Hale"]
    assert "09:00 to 09:30 Robin Birch" in by_person["Tom Reed"]
    reception.get("calendar-day", day="2026-03-10", by="room")
    by_room = columns(reception.html)
    assert "Robin Ash" in by_room["Ultrasound 1"]
    assert "Robin Birch" in by_room["Gym"]


def test_a_free_time_carries_time_person_and_room_into_a_booking(clinic: Clinic, reception: Browser) -> None:
    """And what is taken is not offered: 08:00 is free, 08:40 is not, nor 08:10, which would reach into it."""
    clinic.book(clinic.fit_patient("Ash"), local("2026-03-10", "08:40"))
    reception.get("calendar-day", day="2026-03-10", kind="injection")
    links = [unescape(one) for one in re.findall(r'href="([^"]*/book/\?[^"]*)"', reception.html)]
    carried = [parse_qs(urlsplit(link).query) for link in links]
    starts = [datetime.fromisoformat(one["start"][0]) for one in carried]
    assert starts[:2] == [local("2026-03-10", "08:00"), local("2026-03-10", "09:20")]
    assert carried[0]["practitioner"] == [str(clinic.practitioner.pk)]
    assert carried[0]["room"] == [str(clinic.room.pk)]
    assert carried[0]["kind"] == ["injection"]
    assert reception.client.get(links[0]).status_code == 200


def test_a_week_has_its_days_and_can_be_of_one_room_or_practitioner(clinic: Clinic, reception: Browser) -> None:
    clinic.book(clinic.fit_patient("Ash"), local("2026-03-10", "08:40"))
    clinic.book(clinic.patient("Birch"), local("2026-03-12", "09:00"), kind="physiotherapy")
    reception.get("calendar-week", day="2026-03-11")
    shown = columns(reception.html)
    assert list(shown)[:2] == ["Monday 9 March 2026", "Tuesday 10 March 2026"]
    assert "Robin Ash" in shown["Tuesday 10 March 2026"]
    assert "Robin Birch" in shown["Thursday 12 March 2026"]
    text = reception.get("calendar-week", day="2026-03-11", of=f"practitioner-{clinic.practitioner.pk}")
    assert "Robin Ash" in text
    assert "Robin Birch" not in text
    text = reception.get("calendar-week", day="2026-03-11", of=f"room-{clinic.gym.pk}")
    assert "Robin Birch" in text
    assert "Robin Ash" not in text


def test_a_bank_holiday_is_named_and_nonsense_shows_this_week(clinic: Clinic, reception: Browser) -> None:
    assert "Bank holiday" in reception.get("calendar-week", day="2026-04-06")
    assert "Week from 2 March 2026" in reception.get("calendar-week", day="nonsense", of="room-x", kind="y")
    assert "Monday 2 March 2026" in reception.get("calendar-day", day="2026-02-30", by="cupboard")


def test_a_manager_looks_and_books_nothing(clinic: Clinic) -> None:
    manager = browser(clinic.users["manager"])
    for name in ("calendar-day", "calendar-week"):
        manager.get(name, day="2026-03-10")
        assert "/book/" not in manager.html


@pytest.mark.parametrize("name", ["calendar-day", "calendar-week"])
def test_no_two_links_with_the_same_words_lead_to_different_places(
    clinic: Clinic, reception: Browser, name: str
) -> None:
    save_practitioner(clinic.physiotherapist.pk, {"kinds": ["injection"]}, by=clinic.manager, now=clinic.now)
    clinic.book(clinic.fit_patient("Ash"), local("2026-03-10", "08:40"))
    reception.get(name, day="2026-03-10")
    places: dict[str, set[str]] = {}
    for address, inside in re.findall(r'<a[^>]*href="([^"]*)"[^>]*>(.*?)</a>', reception.html, re.DOTALL):
        places.setdefault(words(inside), set()).add(address)
    assert {said: where for said, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("name", ["calendar-day", "calendar-week"])
def test_a_view_costs_the_same_however_many_visits_there_are(clinic: Clinic, reception: Browser, name: str) -> None:
    reception.get("rules")  # the first page of a session notes when it began
    costs = []
    for number in range(3):
        clinic.book(clinic.fit_patient(f"Ash{number}"), local("2026-03-10", f"{8 + number:02}:00"))
        with CaptureQueriesContext(connection) as queries:
            reception.get(name, day="2026-03-10")
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2]
    assert costs[0] <= 14, [one["sql"][:90] for one in queries]


def test_a_time_that_somebody_is_booking_is_shown_as_theirs_and_not_as_free(clinic: Clinic, reception: Browser) -> None:
    ash = clinic.fit_patient("Ash")
    hold_to_book(clinic.ask(ash, local("2026-03-10", "08:40")), by=clinic.radiologist, now=clinic.now)
    says = "08:40 to 09:10 being booked by radiologist"
    for by, where in (("practitioner", "Dr Imogen Hale"), ("room", "Ultrasound 1")):
        reception.get("calendar-day", day="2026-03-10", by=by)
        column = columns(reception.html)[where]
        assert says in column
        assert "08:40 free" not in column
        assert "09:20 free" in column
        assert "Ash" not in column
    reception.get("calendar-week", day="2026-03-10", of=f"practitioner-{clinic.practitioner.pk}")
    assert f"{says}, until 09:05" in columns(reception.html)["Tuesday 10 March 2026"]
    reception.get("calendar-week", day="2026-03-10", of=f"practitioner-{clinic.physiotherapist.pk}")
    assert "being booked" not in reception.html
    assert "08:40 to 09:10, Dr Imogen Hale, Ultrasound 1: by radiologist, until 09:05" in reception.get(
        "calendar", day="2026-03-10"
    )


@pytest.mark.parametrize("page", ["calendar", "calendar-day", "calendar-week"])
def test_an_open_page_learns_of_a_time_being_booked_and_of_its_end(
    clinic: Clinic, reception: Browser, page: str
) -> None:
    def seen() -> str:
        reception.get(page, day="2026-03-10")
        return str(reception.last.context["fresh"].asks)

    def is_news(asks: str) -> bool:
        return reception.client.get(asks).status_code == 200

    before = seen()
    assert not is_news(before)
    hold_to_book(clinic.ask(clinic.fit_patient(), local("2026-03-10", "08:40")), by=clinic.radiologist, now=clinic.now)
    assert is_news(before)
    assert not is_news(seen())
    held = seen()
    Appointment.holds.update(held_until=clinic.now)
    assert is_news(held)


@pytest.mark.parametrize("page", ["calendar", "calendar-day", "calendar-week"])
def test_many_times_being_booked_cost_as_much_as_one(clinic: Clinic, reception: Browser, page: str) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as captured:
            reception.get(page, day="2026-03-10")
        return len(captured)

    cost()  # the first look notes that the session is in use
    counted = []
    for name, at in (("Ash", "08:40"), ("Birch", "10:00"), ("Cole", "11:20")):
        hold_to_book(clinic.ask(clinic.fit_patient(name), local("2026-03-10", at)), by=clinic.reception, now=clinic.now)
        counted.append(cost())
    assert len(set(counted)) == 1
    assert counted[0] <= 12
