"""Somebody is ill with six visits in the diary, somebody is here without an appointment, and somebody was.

At a narrow window, by the keyboard alone. The first two look at every page on their way, which takes scripts;
the others have none.
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from scheduling.models import Message
from tests.browser.conftest import House, Plain, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems
from tests.clinic import NOW, local

ILL_ON = "2026-03-10"
SIX = ("09:00", "09:40", "10:20", "11:00", "11:40", "12:20")


@pytest.fixture(scope="module")
def given(house: House) -> None:
    clinic = house.clinic
    for number, at in enumerate(SIX):
        clinic.book(
            clinic.fit_patient(f"Ash{'abcdef'[number]}", email="" if number == 5 else "ash@mail.example"),
            local(ILL_ON, at),
        )
    Message.objects.filter(kind="confirmed", recipient__gt="").update(status="sent", sent_at=NOW)
    clinic.fit_patient("Walker")
    house.at(NOW + timedelta(minutes=3))


def look(desk: Desk) -> None:
    assert problems(desk.page) == []


def test_1_a_sick_clinician_with_six_visits(sit: Sits) -> None:
    desk = sit("reception", width=320, by_keys=True).go("/")
    desk.follow("Somebody is ill, or a room is out of use")
    look(desk)
    desk.press("Save")
    desk.has_error("Who is ill, or what is out of use")
    desk.pick(what="Dr Imogen Hale")
    desk.fill(from_on=ILL_ON, to_on=ILL_ON, reason="Ill")
    desk.press("Save")
    desk.says("6 booked visits would lose their place")
    look(desk)
    desk.press("Yes, save it and move them later")
    desk.says("6 visits to be moved", "Closed at short notice", "Wednesday 11 March 2026 at")
    look(desk)
    desk.press("Phone first: put it on the call list, Robin Ashb")
    desk.says("The patient is on the call list, with the number and these times.")
    desk.press("Look at this one, Robin Asha")
    desk.says("Held for you until", "Safety check: clear", "What Robin Asha would be told")
    look(desk)
    desk.press("Move this visit")
    desk.says("1 visit moved", "5 visits still to be moved.")
    look(desk)
    desk.follow("Go on with the others")
    desk.press("Look at all that are chosen")
    desk.says("Move the 5 that are clear", "It becomes a phone task for the desk.")
    look(desk)
    desk.press("Move the 5 that are clear")
    desk.says("5 visits moved", "Every booked visit has its place.")
    look(desk)
    desk.follow("Home")
    desk.says("0 to be moved in the next 2 weeks")


def test_2_it_is_open_again(sit: Sits) -> None:
    desk = sit("reception", width=320, by_keys=True).go("/to-be-moved/times/")
    desk.follow("It is open again")
    desk.says("No visit stands there now.")
    look(desk)
    desk.press("Yes, it is open again")
    desk.says("It is open again.", "Every booked visit has its place.")
    look(desk)


def test_3_somebody_is_here_now(plain: Plain) -> None:
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


def test_4_a_visit_that_took_place_is_entered_late(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("A visit took place and is not in the books")
    desk.fill(text="walker")
    desk.press("Search")
    desk.follow("Robin Walker")
    desk.choose(kind="follow-up")
    desk.press("Show what is known")
    desk.follow("Continue")
    desk.says("A visit that took place and is not in the books")
    desk.press("Enter it")
    desk.has_error("Why it was not in the books")
    desk.fill(on="2026-03-02", at="08:00")
    desk.pick(who="Dr Imogen Hale")
    desk.fill(reason="The system was down")
    desk.press("Enter it")
    desk.says("Entered late. Nothing is sent of it.", "The system was down")
