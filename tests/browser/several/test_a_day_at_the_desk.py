"""One day of one receptionist, by the keyboard alone: books, moves, puts on the waiting list, gives a time that became
free, books a series of which one clashes, and moves six visits of somebody who is ill, at a window grown narrow.
"""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from playwright.sync_api import expect

from scheduling.clinic.schedules import save_schedule
from scheduling.models import Message
from tests.browser.conftest import House, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems
from tests.clinic import NOW, local
from tests.injections.booking.waiting_list.test_fitting import second_doctor

pytestmark = pytest.mark.full_trial

ILL_ON = "2026-03-11"
SIX = ("09:00", "09:40", "10:20", "11:00", "11:40", "12:20")
PAGES: dict[str, str] = {}
"""Where patients and visits are found that the day is about."""


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """Who phones; a doctor who is there for one visit alone, which somebody has; one of the times of the series is
    taken; and six visits of one day.
    """
    clinic = house.clinic
    for name in ("Cedar", "Ash"):
        PAGES[name] = f"/patients/{clinic.fit_patient(name).pk}/"
    PAGES["Treat"] = f"/patients/{clinic.patient('Treat').pk}/"
    day = date(2026, 3, 10)
    hours = {"weekday": 1, "opens": time(10), "closes": time(10, 40), "valid_from": day, "valid_to": day}
    doctor = second_doctor(clinic)
    place = {"practitioner_id": doctor.pk, "room_id": clinic.room.pk, "every_weeks": 1}
    save_schedule(None, hours | place, by=clinic.manager, now=clinic.now)
    full = clinic.book(clinic.fit_patient("Full"), local("2026-03-10"), practitioner_id=doctor.pk).appointment
    assert full is not None
    PAGES["full"] = f"/appointments/{full.pk}/"
    assert clinic.book(clinic.patient("Birch"), local("2026-03-17"), kind="physiotherapy").appointment
    for number, at in enumerate(SIX):
        email = "" if number == 5 else "six@mail.example"
        assert clinic.book(clinic.fit_patient(f"Six{'abcdef'[number]}", email=email), local(ILL_ON, at)).appointment
    Message.objects.filter(kind="confirmed", recipient__gt="").update(status="sent", sent_at=NOW)
    house.at(NOW + timedelta(minutes=3))


def test_a_day_at_the_desk_by_the_keyboard_alone(sit: Sits) -> None:
    desk = sit("reception", by_keys=True)
    books(desk)
    moves(desk)
    puts_on_the_waiting_list(desk)
    gives_a_time_that_became_free(desk)
    books_a_series_of_which_one_clashes(desk)
    desk.page.set_viewport_size({"width": 320, "height": 800})
    moves_six_visits_of_somebody_who_is_ill(desk)
    says_that_it_is_open_again(desk)


def look(desk: Desk) -> None:
    assert problems(desk.page) == []


def first_slot(desk: Desk) -> None:
    """Choose the first time that is offered."""
    words = desk.main.locator("button.slot--clear").first.text_content() or ""
    desk.tab_to(" ".join(words.split()))
    desk.enter()


def books(desk: Desk) -> None:
    desk.go(PAGES["Cedar"])
    desk.follow("Book a visit")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    expect(desk.page.locator("#known")).to_contain_text("Continue to dates")
    desk.follow("Continue to dates")
    first_slot(desk)
    desk.press("Confirm and send email")
    desk.says("Booked. The email goes out now.")


def moves(desk: Desk) -> None:
    desk.follow("Move")
    first_slot(desk)
    desk.says("Tell the patient?", "Your appointment is booked for")
    desk.choose(tell="yes")
    desk.press("Move the visit")
    desk.says("Moved")


def puts_on_the_waiting_list(desk: Desk) -> None:
    desk.go(PAGES["Ash"])
    desk.follow("Waiting list")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    desk.choose(part="morning", reach="phone")
    desk.pick(who="Dr Eve Moss")
    desk.press("Put on the waiting list")
    desk.says("Robin Ash", "mornings", "No free time in the next 6 weeks")


def gives_a_time_that_became_free(desk: Desk) -> None:
    """A visit is cancelled; its page and Home say who waits for its time; one press gives it."""
    desk.go(f"{PAGES['full']}cancel/")
    desk.choose(reason_code="patient-cannot-come", tell="yes")
    desk.press("Cancel the visit")
    desk.says("Waiting for this time", "Robin Ash")
    desk.go("/")
    expect(desk.main.get_by_role("region", name="Free times for patients on the waiting list")).to_contain_text(
        "Robin Ash"
    )
    desk.go(PAGES["full"])
    desk.press("Book and tell")
    desk.says("Booked. The email goes out now.", "Robin Ash", "Tuesday 10 March 2026 at 10:00")


def books_a_series_of_which_one_clashes(desk: Desk) -> None:
    desk.go(PAGES["Treat"])
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


def moves_six_visits_of_somebody_who_is_ill(desk: Desk) -> None:
    """One is put on the call list, one is moved by itself, five at once; every page on the way is looked at."""
    desk.go("/")
    desk.follow("Close a practitioner or room at short notice")
    look(desk)
    desk.press("Save")
    desk.has_error("Who is ill, or what is out of use")
    desk.pick(what="Dr Imogen Hale")
    desk.fill(from_on=ILL_ON, to_on=ILL_ON, reason="Ill")
    desk.press("Save")
    desk.says("6 booked visits would lose their place")
    look(desk)
    desk.press("Yes, save it and move them later")
    desk.says("6 visits to be moved", "Closed at short notice", "Thursday 12 March 2026 at")
    look(desk)
    desk.press("Phone first: put it on the call list, Robin Sixb")
    desk.says("The patient is on the call list, with the number and these times.")
    desk.press("Look at this one, Robin Sixa")
    desk.says("Held for you until", "Safety check: clear", "What Robin Sixa would be told")
    look(desk)
    desk.press("Move this visit")
    desk.says("1 visit moved", "5 visits still to be moved.")
    look(desk)
    desk.follow("Carry on with the others")
    desk.press("Look at all the chosen times")
    desk.says("Move the 5 that are clear", "It becomes a phone task for reception.")
    look(desk)
    desk.press("Move the 5 that are clear")
    desk.says("5 visits moved", "Every booked visit has its place.")
    look(desk)
    desk.follow("Home")
    desk.says("0 to be moved in the next 2 weeks")


def says_that_it_is_open_again(desk: Desk) -> None:
    desk.go("/to-be-moved/times/")
    desk.follow("Open it again")
    desk.says("There are no visits there now.")
    look(desk)
    desk.press("Yes, open it again")
    desk.says("It is open again.", "Every booked visit has its place.")
    look(desk)
