"""The waiting list by the keyboard alone: put on it, given a time that somebody left, offered one and accepting it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from injections.booking.waiting_list import link
from injections.booking.waiting_list.offer import make_offer
from tests.browser.conftest import House, Plain, Sits
from tests.injections.booking.waiting_list.test_fitting import at_ten, wish
from tests.injections.booking.waiting_list.test_offer import chosen
from tests.injections.patient_link.conftest import BORN

LEFT: dict[str, str] = {}
"""The visit at 10:00, and the link of an offer."""


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """A Tuesday on which one visit stands, somebody who may wait for its time, and somebody who is offered it."""
    clinic = house.clinic
    LEFT["visit"] = f"/appointments/{at_ten(clinic).pk}/"
    patient = clinic.fit_patient("Ash")
    LEFT["patient"] = f"/patients/{patient.pk}/"
    waits = wish(clinic, clinic.fit_patient("Yule"), reach="mail", halves=frozenset({"afternoon"}))
    evening = chosen(clinic)
    evening = type(evening)(evening.start.replace(hour=17), evening.practitioner_id, evening.room_id)
    offer = make_offer(waits.pk, evening, by=clinic.reception, now=clinic.now)
    LEFT["offer"] = f"/p/o/{link.token_of(offer.pk)}/"


def test_a_freed_time_goes_to_who_waits_by_the_keyboard_alone(sit: Sits) -> None:
    """From their page onto the list; a visit is cancelled; its page says who waits for its time; one press gives it."""
    desk = sit("reception", by_keys=True).go(LEFT["patient"])
    desk.follow("Waiting list")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    desk.choose(halves="morning", reach="phone")
    desk.press("Put on the waiting list")
    desk.says("Robin Ash", "Mornings".lower(), "No free time of the next 6 weeks")
    desk.go(f"{LEFT['visit']}cancel/")
    desk.choose(reason_code="patient-cannot-come", tell="yes")
    desk.press("Cancel the visit")
    desk.says("Who waits for this time", "Robin Ash")
    desk.go("/")
    expect(desk.main.get_by_role("region", name="Free times that somebody waits for")).to_contain_text("Robin Ash")
    desk.go(LEFT["visit"])
    desk.press("Book and tell")
    desk.says("Booked. The email goes out now.", "Robin Ash", "Tuesday 10 March 2026 at 10:00")


def test_an_offer_is_accepted_on_a_narrow_screen_without_scripts(plain: Plain) -> None:
    desk = plain("").go(LEFT["offer"])
    desk.fill(born_on=BORN)
    desk.press("Open my page")
    desk.says("An earlier appointment for you", "Tuesday 10 March 2026 at 17:00")
    desk.press("Accept this time")
    desk.says("Your appointment is booked")
    desk.follow("Go to my appointment")
    desk.fill(born_on=BORN)
    desk.press("Open my page")
    desk.says("Tuesday 10 March 2026 at 17:00")
