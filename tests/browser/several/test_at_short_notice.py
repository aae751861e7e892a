"""Somebody is here without an appointment, and somebody was: at a narrow window without scripts, by the keys alone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.browser.conftest import House, Plain
from tests.clinic import NOW

pytestmark = pytest.mark.full_trial


@pytest.fixture(scope="module")
def given(house: House) -> None:
    house.clinic.fit_patient("Walker")
    house.at(NOW + timedelta(minutes=3))


def test_1_somebody_is_here_now(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("Walk-in: a patient is here now")
    desk.says("Who is here?")
    desk.fill(text="walker")
    desk.press("Search")
    desk.follow("Robin Walker")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    desk.press("Show what is known")
    desk.follow("Continue")
    desk.says("Robin Walker is here now", "at 09:00 today")
    desk.press("Book it now and mark as arrived")
    desk.says("Booked, and marked as arrived. Nothing is sent.")
    desk.says("Monday 2 March 2026 at 09:00", "Came without an appointment")


def test_2_a_visit_that_took_place_is_entered_late(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("Enter a visit that has already taken place")
    desk.fill(text="walker")
    desk.press("Search")
    desk.follow("Robin Walker")
    desk.choose(kind="follow-up")
    desk.press("Show what is known")
    desk.follow("Continue")
    desk.says("Enter a visit that has already taken place")
    desk.press("Enter it")
    desk.has_error("Choose with whom.")
    desk.fill(on="2026-03-02", at="08:00")
    desk.pick(who="Dr Imogen Hale")
    desk.fill(note="The system was down")
    desk.press("Enter it")
    desk.says("Entered late. Nothing is sent about it.", "The system was down")
