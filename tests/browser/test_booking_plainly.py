"""A booking from Home to Confirm in plainer conditions: without JavaScript and narrow, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.browser.test_main_job import at
from tests.clinic import NOW, open_clinic
from tests.conftest import ClockOffset, LiveServer

PASSWORD = "Quiet-harbour-42"


@pytest.fixture
def address(live_server_process: LiveServer, clock_offset: ClockOffset) -> str:
    """The clinic on Monday 2 March 2026, with one patient for whom nothing stands in the way."""
    at(clock_offset, NOW)
    clinic = open_clinic()
    clinic.fit_patient("Birch")
    user = clinic.users["reception"]
    user.set_password(PASSWORD)
    user.save()
    return live_server_process.url


@contextmanager
def page_of(chromium: str, address: str, *, scripts: bool, width: int) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            context = browser.new_context(
                viewport={"width": width, "height": 800}, java_script_enabled=scripts
            )
            page = context.new_page()
            page.set_default_timeout(15_000)
            page.goto(f"{address}/account/sign-in/")
            page.get_by_label("Email address").fill("reception@clinic.example")
            page.get_by_label("Password").fill(PASSWORD)
            page.keyboard.press("Enter")
            expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
            yield page
        finally:
            browser.close()


def test_a_booking_without_javascript_on_a_narrow_screen(address: str, chromium: str) -> None:
    with page_of(chromium, address, scripts=False, width=320) as page:
        page.get_by_role("link", name="Book a visit").click()
        page.get_by_label("Name, date of birth").fill("birch")
        page.get_by_role("button", name="Search").click()
        page.get_by_role("link", name="Robin Birch").click()
        for name in ("Injection", "Hamstring origin", "Left"):
            page.get_by_label(name, exact=True).check()
        page.get_by_role("button", name="Show what is known").click()
        expect(page.locator("main")).to_contain_text("Recorded 2 March 2026")
        page.get_by_role("link", name="Continue to dates").click()
        page.get_by_label("From").fill("2026-03-10")
        page.get_by_role("button", name="Show times").click()
        page.get_by_role("link", name="Tuesday 10 March 2026 at 08:00").click()
        page.get_by_role("button", name="Confirm and send email").click()
        expect(page.locator("main")).to_contain_text("Booked. The confirmation is on its way.")
        wide = page.locator("html").bounding_box()
        assert wide is not None
        assert wide["width"] <= 320


def test_a_booking_by_keyboard_alone(address: str, chromium: str) -> None:
    """Tab, arrows, space and Enter lead from Home to Confirm; the focus can be seen at every stop."""
    with page_of(chromium, address, scripts=True, width=1280) as page:
        tab_to(page, "Book a visit")
        enter(page)
        tab_to(page, "Name, date of birth", typing="birch")
        page.keyboard.press("Enter")
        expect(page.locator("#results")).to_contain_text("1 patient found.")
        tab_to(page, "Robin Birch")
        enter(page)
        for name in ("Injection", "Hamstring origin", "Left"):
            tab_to(page, name)
            page.keyboard.press("Space")
        expect(page.locator("#known")).to_contain_text("What is known for the left hamstring origin")
        tab_to(page, "Continue to dates")
        enter(page)
        tab_to(page, "Monday 2 March 2026 at")
        enter(page)
        tab_to(page, "Confirm and send email")
        enter(page)
        expect(page.locator("main")).to_contain_text("Booked. The confirmation is on its way.")


def enter(page: Page) -> None:
    """Follow what has the focus, to the next page."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


FOCUSED = """() => {
  const one = document.activeElement;
  const label = one.labels && one.labels[0] ? one.labels[0].textContent : one.textContent;
  const outline = getComputedStyle(one).outlineStyle;
  return [(label || one.value || "").replace(/\\s+/g, " ").trim(), outline];
}"""


def tab_to(page: Page, wanted: str, *, typing: str = "") -> None:
    """Press Tab until what has the focus starts with these words."""
    words = ""
    for _ in range(80):
        page.keyboard.press("Tab")
        words, outline = page.evaluate(FOCUSED)
        if words.startswith(wanted):
            assert outline != "none", f"the focus on {words!r} cannot be seen"
            if typing:
                page.keyboard.type(typing)
            return
    raise AssertionError(f"{wanted!r} cannot be reached; the last was {words!r}")
