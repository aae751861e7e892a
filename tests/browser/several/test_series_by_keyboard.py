"""By the keyboard alone: six visits by one rule, of which one clashes and gets its next best time; a visit moved."""

from __future__ import annotations

import pytest

from tests.browser.conftest import House, Sits
from tests.clinic import local

PAGE: dict[str, str] = {}


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """A patient to treat six times, and somebody else who has the third of those times."""
    clinic = house.clinic
    PAGE["patient"] = f"/patients/{clinic.patient('Ash').pk}/"
    visit = clinic.book(clinic.patient("Birch"), local("2026-03-17"), kind="physiotherapy").appointment
    assert visit is not None
    PAGE["visit"] = f"/appointments/{visit.pk}/"


def test_a_series_with_one_clash_is_booked_by_the_keyboard_alone(sit: Sits) -> None:
    desk = sit("reception", by_keys=True).go(PAGE["patient"])
    desk.follow("Book a visit")
    desk.choose(kind="physiotherapy")
    desk.follow("Book several visits")
    desk.says("Which visits?")
    desk.fill(at="10:00", from_on="2026-03-03")
    desk.tab_to("Tuesdays")
    desk.page.keyboard.press("Space")
    desk.press("Show the dates")
    desk.says("3. Tuesday 17 March 2026 at 10:00", "Taken", "Robin Birch")
    near = desk.main.locator("input[name=visit_3]").first.get_attribute("value") or ""
    desk.choose(visit_3=near)
    desk.press("Check these dates")
    desk.says("Check and confirm 6 visits", "Your appointments", "Tuesday 7 April 2026 at 10:00, with Tom Reed.")
    desk.press("Book 6 visits and send the message")
    desk.says("6 visits booked. The email goes out now.", "Visit 1 of 6")


def test_a_visit_is_moved_to_a_free_time_by_the_keyboard_alone(sit: Sits) -> None:
    desk = sit("reception", by_keys=True).go(PAGE["visit"])
    desk.follow("Move")
    slot = desk.main.locator("button.slot").first
    words = " ".join((slot.text_content() or "").split())
    desk.tab_to(words)
    desk.enter()
    desk.says("Tell the patient?", "Your appointment is booked for Monday 2 March 2026 at 09:05.")
    desk.choose(tell="yes")
    desk.press("Move the visit")
    desk.says("Moved")
