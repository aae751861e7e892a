"""A patient's pages in a real browser: at 320 and 768 pixels, without scripts, by keyboard alone; axe at every stop."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from playwright.sync_api import Page, sync_playwright

from injections import visits
from injections.safety.questions import QUESTIONS
from scheduling import links
from scheduling.models import Appointment
from tests.clinic import NOW, open_clinic
from tests.conftest import ClockOffset, LiveServer
from tests.integration.links.conftest import VISIT, Linked

HOUR = timedelta(hours=1)
WIDTHS = (320, 768)
SHOTS = os.environ.get("SCREENSHOTS", "")


@pytest.fixture
def linked(live_server_process: LiveServer, clock_offset: ClockOffset) -> Linked:
    world = Linked(open_clinic(), clock_offset)
    world.at(NOW)
    return world


@contextmanager
def phone(chromium: str, *, width: int, scripts: bool = False) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        try:
            context = browser.new_context(
                viewport={"width": width, "height": 800}, java_script_enabled=scripts, bypass_csp=scripts
            )
            page = context.new_page()
            page.set_default_timeout(10_000)
            yield page
        finally:
            browser.close()


def look(page: Page, name: str) -> None:
    """Nothing sticks out to the side, and axe has nothing to say."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"{name}-{page.viewport_size['width']}.png", full_page=True)  # type: ignore[index]
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{name}: {wide} pixels too wide"
    found = Axe().run(page).response["violations"]
    assert not found, [(name, one["id"], [node["html"] for node in one["nodes"]][:3]) for one in found]


def unlock(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("Your date of birth").fill("1 5 1980")
    page.get_by_role("button", name="Open my page").click()
    page.get_by_role("button", name="Close my page").wait_for()


def address_of(appointment: Appointment) -> str:
    return links.address_of(Appointment.objects.get(pk=appointment.pk))


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_fits_and_is_accessible(linked: Linked, chromium: str, width: int) -> None:
    """With scripts on, because axe is one; the pages have none."""
    booked = linked.booked()
    missed = linked.booked(VISIT + HOUR, "Missed")
    old = address_of(missed)
    visits.replace_link(missed.pk, reason="lost", by=linked.clinic.reception, now=NOW)
    review, answers = linked.in_review(start=VISIT + 2 * HOUR), linked.without_answers(start=VISIT + 3 * HOUR)
    mine, in_review, in_wait, forged = (
        address_of(booked), address_of(review), address_of(answers), f"{settings.PUBLIC_BASE_URL}/p/x/",
    )  # fmt: skip
    with phone(chromium, width=width, scripts=True) as page:
        for name, address in (("unknown", forged), ("replaced", old), ("door", mine)):
            page.goto(address)
            look(page, name)
        page.get_by_role("button", name="Open my page").click()
        look(page, "door-error")
        unlock(page, mine)
        look(page, "booked")
        for place in ("change", "cancel", "questions"):
            page.goto(f"{mine}{place}/")
            look(page, place)
        page.get_by_role("button", name="Send my answers").click()
        look(page, "questions-error")
        page.get_by_label("Yes").first.check()
        unlock(page, in_review)
        look(page, "waiting-review")
        unlock(page, in_wait)
        look(page, "waiting-answers")
        page.goto(f"{in_wait}questions/")
        page.locator("input[name=saddle_or_bladder][value=yes]").check()
        page.get_by_role("button", name="Send my answers").click()
        page.get_by_role("heading", name="Call 999 or go to A&E now").wait_for()
        look(page, "questions-alarm")


@pytest.mark.parametrize("width", WIDTHS)
def test_the_pages_after_the_visit(linked: Linked, chromium: str, width: int) -> None:
    treated = linked.treated()
    address = address_of(treated)
    linked.at(VISIT + timedelta(days=15))
    with phone(chromium, width=width, scripts=True) as page:
        unlock(page, address)
        look(page, "after")
        page.get_by_role("link", name="Tell us how you are").click()
        look(page, "recovery")
        page.get_by_role("button", name="Send my answers").click()
        look(page, "recovery-error")
        page.get_by_label("Swelling of one calf or leg").check()
        page.get_by_role("button", name="Send my answers").click()
        page.get_by_role("heading", name="Call 999 or go to A&E now if you have").wait_for()
        look(page, "recovered")


def test_the_patients_story_without_scripts(linked: Linked, chromium: str) -> None:
    """1 door · 2 questions · 3 coming · 4 another time · 5 cancel · 6 close; the forms pass the forgery check."""
    appointment = linked.without_answers()
    address = address_of(appointment)
    with phone(chromium, width=320) as page:
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
    with phone(chromium, width=320) as page:
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
