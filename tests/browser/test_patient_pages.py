"""A patient's story in a real browser: on a narrow screen, without scripts, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, sync_playwright

from injections.safety.questions import QUESTIONS
from scheduling.models import Appointment
from scheduling.patients import link
from tests.clinic import NOW, open_clinic
from tests.conftest import ClockOffset, LiveServer
from tests.injections.patient_link.conftest import Linked


@pytest.fixture
def linked(live_server_process: LiveServer, clock_offset: ClockOffset) -> Linked:
    world = Linked(open_clinic(), clock_offset)
    world.at(NOW)
    return world


@contextmanager
def phone(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            context = browser.new_context(viewport={"width": 320, "height": 800}, java_script_enabled=False)
            page = context.new_page()
            page.set_default_timeout(10_000)
            yield page
        finally:
            browser.close()


def unlock(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your date of birth").fill("1 5 1980")
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("button", name="Close my page").wait_for()


def address_of(appointment: Appointment) -> str:
    return link.address_of(Appointment.objects.get(pk=appointment.pk))


def test_the_patients_story_without_scripts(linked: Linked, chromium: str) -> None:
    """1 door · 2 questions · 3 coming · 4 another time · 5 cancel · 6 close; the forms pass the forgery check."""
    appointment = linked.without_answers()
    address = address_of(appointment)
    with phone(chromium) as page:
        unlock(page, address)
        page.get_by_role("link", name="Answer the questions").click()
        for code in QUESTIONS:
            page.locator(f"input[name={code}][value=no]").check()
        for name, value in (("onset", "gradual"), ("main_pain_site", "sit-bone"), ("pain_side", "left")):
            page.locator(f"input[name={name}][value={value}]").check()
        page.get_by_role("button", name="Send my answers").click()
        page.get_by_text("Your appointment stands").wait_for()
        page.get_by_role("link", name="Back to my appointment").click()
        page.get_by_role("button", name="I am coming").click()
        page.get_by_text("you have told us that you are coming").wait_for()
        page.get_by_role("link", name="Change the time").click()
        page.locator("input[name=time]").nth(3).check()
        page.get_by_role("button", name="Choose this time").click()
        page.get_by_text("We keep this time for you until").wait_for()
        page.get_by_role("button", name="Change to this time").click()
        page.get_by_text("Your appointment has been changed").wait_for()
        page.get_by_role("link", name="Cancel the appointment").click()
        page.get_by_role("button", name="Cancel my appointment").click()
        page.get_by_role("heading", name="This appointment is cancelled").wait_for()
        page.get_by_role("button", name="Close my page").click()
        page.get_by_label("Your date of birth").wait_for()
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"


def test_the_keyboard_alone_is_enough(linked: Linked, chromium: str) -> None:
    address = address_of(linked.booked())
    with phone(chromium) as page:
        page.goto(address)
        page.keyboard.press("Tab")
        assert page.locator(":focus").inner_text() == "Skip to main content"
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.type("1 5 1980")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="I am coming").focus()
        page.keyboard.press("Enter")
        page.get_by_text("you have told us that you are coming").wait_for()
