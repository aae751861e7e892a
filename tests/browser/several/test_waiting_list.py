"""Who waits is offered a time by mail, and accepts it."""

from __future__ import annotations

import pytest

from injections.booking.waiting_list import link
from injections.booking.waiting_list.offer import make_offer
from scheduling.availability.hours_of_day import NOON
from tests.browser.conftest import House, Plain
from tests.injections.booking.waiting_list.test_fitting import at_ten, wish
from tests.injections.booking.waiting_list.test_offer import chosen
from tests.injections.patient_link.conftest import BORN

pytestmark = pytest.mark.full_trial

LEFT: dict[str, str] = {}
"""The link of an offer."""


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """A Tuesday on which two times are left, one of them taken, and somebody who is offered the other."""
    clinic = house.clinic
    at_ten(clinic)
    waits = wish(clinic, clinic.fit_patient("Yule"), reach="mail", after=NOON)
    evening = chosen(clinic)
    evening = type(evening)(evening.start.replace(hour=17), evening.practitioner_id, evening.room_id)
    offer = make_offer(waits.pk, evening, by=clinic.reception, now=clinic.now)
    LEFT["offer"] = f"/p/o/{link.token_of(offer.pk)}/"


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
