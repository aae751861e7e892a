"""A known patient on the phone: from Home to the booking in 8 clicks or keys beyond typing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from injections.booking.cancel import Why, cancel
from tests.browser.conftest import House, Sits
from tests.browser.counted import Counted
from tests.clinic import NOW, local

pytestmark = pytest.mark.full_trial

MOST = 8


@pytest.fixture(scope="module")
def given(house: House) -> dict[str, int]:
    """Two patients for whom nothing stands in the way, and one whose visit was cancelled."""
    clinic = house.clinic
    for name in ("Birch", "Cole"):
        clinic.fit_patient(name)
    visit = clinic.book(clinic.fit_patient("Dunne"), local("2026-03-10")).appointment
    assert visit is not None
    cancel(visit.pk, reason=Why("Ill", "patient", "unwell"), by=clinic.reception, now=NOW)
    return {"cancelled": visit.pk}


def test_a_known_patient_is_booked_in_8_clicks(sit: Sits) -> None:
    desk = sit("reception").go("/")
    by = Counted.at(desk)
    by.tab_to("Find a patient")
    desk.page.keyboard.type("birch")
    by.key("Enter")
    by.click(desk.main.get_by_role("link", name="Book a visit"))
    for value in ("injection", "hamstring-origin", "left"):
        desk.page.locator(f"label:has(input[value='{value}'])").first.click()
    by.click(desk.page.get_by_role("link", name="Continue to dates"))
    by.click(desk.main.locator("button.slot--clear").first)
    by.click(desk.main.get_by_role("button", name="Confirm and send email"))
    desk.says("Booked. The email goes out now.")
    assert by.count <= MOST, by.done


def test_and_in_8_keys(sit: Sits) -> None:
    desk = sit("reception").go("/")
    by = Counted.at(desk)
    by.tab_to("Find a patient")
    desk.page.keyboard.type("cole")
    by.key("Enter")
    by.tab_to("Book a visit")
    by.key("Enter")
    for value in ("injection", "hamstring-origin", "left"):
        by.tab_to(value)
        desk.page.keyboard.press("Space")
    expect(desk.page.locator("#known")).to_contain_text("Continue to dates")
    by.tab_to("Continue to dates")
    by.key("Enter")
    by.tab_to(desk.main.locator("button.slot--clear").first.get_attribute("value") or "")
    by.key("Enter")
    by.tab_to("Confirm and send email")
    by.key("Enter")
    desk.says("Booked. The email goes out now.")
    assert by.count <= MOST, by.done


def test_book_again_takes_3_clicks_from_the_visit(sit: Sits, given: dict[str, int]) -> None:
    desk = sit("reception").go(f"/appointments/{given['cancelled']}/")
    by = Counted.at(desk)
    by.click(desk.main.get_by_role("link", name="Book again"))
    desk.says("When?", "left hamstring origin")
    by.click(desk.main.locator("button.slot--clear").first)
    by.click(desk.main.get_by_role("button", name="Confirm and send email"))
    desk.says("Booked.")
    assert by.count == 3, by.done
