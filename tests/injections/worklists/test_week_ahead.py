"""Home's next 7 days, and the page that says how long the wait is."""

from __future__ import annotations

import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from injections.booking.move import MoveRequest, move
from injections.safety.assess import assess
from injections.safety.policy import DEFAULT
from injections.statistics import CountedDays
from injections.statistics.waits import in_days, waited_by_kind
from injections.visit.walk_in import walk_in
from injections.visit_kinds import KINDS
from injections.worklists.load_bars import bars_of
from injections.worklists.waits.ordinary import next_clear, ordinary_facts
from scheduling.availability.load import DayLoad
from scheduling.models import Closure, Practitioner, Schedule
from tests.api_world import World
from tests.clinic import NOW, Clinic, close, local, open_clinic
from tests.pages_world import browser

MORNING = local("2026-03-02", "09:00")
SPRING = CountedDays(date(2026, 3, 2), date(2026, 4, 26))


def test_home_says_how_full_each_of_the_next_7_days_is_and_each_day_leads_to_the_diary(world: World) -> None:
    """Beside each picture stand its words; what is closed is named, and today is not among them."""
    clinic = world.clinic
    world.at(MORNING)
    clinic.book(clinic.fit_patient(), local("2026-03-04", "10:00"))
    Closure.objects.create(
        starts_at=local("2026-03-05", "00:00"), ends_at=local("2026-03-06", "00:00"), reason="Stocktaking"
    )
    desk = browser(clinic.users["reception"])
    said = desk.get("home")
    table = re.search(r'<table[^>]*aria-labelledby="load-title".*?</table>', desk.html, re.DOTALL)
    assert table
    assert "Wednesday 4 March 2026 30 minutes of 20 hours, 2%" in said
    assert "Thursday 5 March 2026 Closed: Stocktaking" in said
    assert re.findall(r'\?day=([\d-]+)"', table[0]) == [f"2026-03-0{number}" for number in range(3, 10)]
    assert table[0].count('aria-hidden="true"') == 6


def test_an_open_home_is_told_when_the_next_days_fill(world: World) -> None:
    clinic = world.clinic
    world.at(MORNING)
    desk = browser(clinic.users["reception"])
    desk.get("home")
    asks = re.search(r'hx-get="(/\?seen=[^"]+)"', desk.html)
    assert asks
    assert "refresh" not in desk.client.get(asks[1]).headers.get("HX-Trigger", "")
    clinic.book(clinic.fit_patient(), local("2026-03-06", "10:00"))
    assert desk.client.get(asks[1]).headers["HX-Trigger"] == "refresh"


@pytest.mark.parametrize(("role", "is_led_on"), [("manager", True), ("reception", False)], ids=["manager", "reception"])
def test_a_clinic_without_sessions_is_told_who_sets_them(world: World, role: str, is_led_on: bool) -> None:
    Schedule.objects.all().delete()
    desk = browser(world.clinic.users[role])
    assert "Nobody has a session in the next 7 days." in desk.get("home")
    load = desk.html.split('id="load-title"')[1].split("How long is")[0]
    assert (f'href="{reverse("schedule-list")}"' in load) is is_led_on


def test_bars_of_a_week_have_one_scale() -> None:
    """Half a day is drawn half as wide as a whole one, and a tenth of it taken is a tenth of that."""
    days = [
        DayLoad(date(2026, 3, 3), True, timedelta(hours=10), timedelta(hours=10)),
        DayLoad(date(2026, 3, 4), True, timedelta(hours=5), timedelta(minutes=30)),
        DayLoad(date(2026, 3, 5), True, timedelta(0), timedelta(0), "Closed"),
    ]
    full, half, closed = bars_of(days)
    assert full.bar
    assert half.bar
    assert closed.bar is None
    widest = full.bar.rects[0].width
    assert full.bar.rects[1].width == widest
    assert half.bar.rects[0].width == widest / 2
    assert half.bar.rects[1].width == pytest.approx(widest / 20, abs=0.01)


def test_waits_run_from_the_first_request_however_often_a_visit_is_moved(clinic: Clinic) -> None:
    """Asked for on 2 March 09:00, moved on 12 March: 15 days to 17 March 09:00. Who walked in did not wait."""
    visit = clinic.book(clinic.fit_patient("Ash"), local("2026-03-16", "09:00")).appointment
    assert visit is not None
    move(visit.pk, MoveRequest(start=local("2026-03-17", "09:00")), by=clinic.reception, now=local("2026-03-12"))
    clinic.book(clinic.fit_patient("Birch"), local("2026-03-07", "09:00"))
    walk_in(clinic.ask(clinic.fit_patient("Cole"), NOW), by=clinic.reception, now=NOW)
    found = {one.kind: one for one in waited_by_kind(SPRING)}
    assert found["injection"].visits == 2
    assert found["injection"].median == pytest.approx(10)
    assert found["injection"].within == "10 days"
    assert found["follow-up"].visits == 0
    assert found["follow-up"].within == ""


@pytest.mark.parametrize(
    ("days", "said"), [(None, ""), (0.2, "a day"), (0.96, "1 day"), (1.04, "1 day"), (6.46, "6.5 days"), (7, "7 days")]
)
def test_days_are_said_to_a_tenth(days: float | None, said: str) -> None:
    assert in_days(days) == said


def test_the_ordinary_patient_is_clear_to_the_rules_and_so_is_a_real_one(clinic: Clinic) -> None:
    """The facts are those of a patient with whom everything is in order, so the verdict hangs on the time alone."""
    facts = ordinary_facts(now=NOW)
    assert assess(facts, policy=DEFAULT.in_zone("Europe/London")).verdict == "clear"
    real = clinic.fit_patient()
    outcome = clinic.book(real, local("2026-03-10"))
    assert outcome.appointment is not None
    assert outcome.appointment.status == "booked"


def test_the_next_free_time_passes_over_what_is_taken_and_closed(clinic: Clinic) -> None:
    close(starts_at=NOW, ends_at=local("2026-03-03", "00:00"), by=clinic.manager, now=NOW)
    clinic.book(clinic.fit_patient("Ash"), local("2026-03-03", "08:00"))
    found = next_clear(now=NOW)
    assert found.keys() == KINDS.keys()
    assert {code: slot.start if slot else None for code, slot in found.items()} == {
        "injection": local("2026-03-03", "08:40"),
        "scan-and-injection": local("2026-03-03", "08:40"),
        "physiotherapy": local("2026-03-03", "08:00"),
        "exercise-class": local("2026-03-03", "08:00"),
        "follow-up": local("2026-03-03", "08:40"),  # the room is being cleaned until then
    }


def test_where_nobody_takes_a_kind_there_is_no_next_time(clinic: Clinic) -> None:
    Practitioner.objects.filter(pk=clinic.physiotherapist.pk).update(kinds=["physiotherapy"])
    assert next_clear(now=NOW)["exercise-class"] is None


def test_the_page_says_both_for_each_kind_in_a_fixed_number_of_queries(world: World) -> None:
    clinic = world.clinic
    world.at(MORNING)
    desk = browser(clinic.users["reception"])
    desk.get("waiting-times")
    counts: list[int] = []
    for number in range(2):
        clinic.book(clinic.fit_patient(f"Ash{number}"), local("2026-03-02", f"{11 + number}:00"))
        with CaptureQueriesContext(connection) as queries:
            said = desk.get("waiting-times")
        counts.append(len(queries))
    for kind, waited in (("injection", "within a day for half of 2 visits"), ("follow-up", "no visit in these weeks")):
        assert re.search(rf"Monday 2 March 2026 at 09:05 +for {kind}\W+today\W+From request to visit: {waited}", said)
    assert counts[0] == counts[1] <= 12


def test_who_sees_statistics_is_led_to_them_and_reception_books(world: World) -> None:
    there = reverse("statistic", args=["waits"])
    booking = reverse("booking-start")
    for role, leads_to in (("manager", [True, False]), ("reception", [False, True]), ("radiologist", [True, True])):
        desk = browser(world.clinic.users[role])
        desk.get("waiting-times")
        main = desk.html.split("<main")[1].split("</main>")[0]
        assert [there in main, booking in main] == leads_to, role


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()
