"""A patient's story in a real browser: on a narrow screen, without scripts, and by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from injections.models import Injection
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
        page.get_by_text("Your appointment is confirmed").wait_for()
        page.get_by_role("link", name="Back to my appointment").click()
        page.get_by_role("button", name="I am coming").click()
        page.get_by_text("you have told us that you are coming").wait_for()
        page.get_by_role("link", name="Change the time").click()
        page.locator("input[name=time]").nth(3).check()
        page.get_by_role("button", name="Choose this time").click()
        page.get_by_text("We are keeping this time for you until").wait_for()
        page.get_by_role("button", name="Change to this time").click()
        page.get_by_text("Your appointment has been changed").wait_for()
        page.get_by_role("link", name="Cancel the appointment").click()
        page.get_by_role("button", name="Cancel my appointment").click()
        page.get_by_role("heading", name="This appointment is cancelled").wait_for()
        page.get_by_role("button", name="Close my page").click()
        page.get_by_label("Your date of birth").wait_for()
    appointment.refresh_from_db()
    assert appointment.status == "cancelled"


def test_a_red_flag_is_said_as_it_is_ticked(linked: Linked, chromium: str) -> None:
    """Without a script: whom to call stands at the question while its answer is yes, and goes with it."""
    address = address_of(linked.without_answers())
    with phone(chromium) as page:
        unlock(page, address)
        page.get_by_role("link", name="Answer the questions").click()
        expect(page.get_by_text("Phone us today")).to_have_count(4)
        assert [one.is_visible() for one in page.get_by_text("Phone us today").all()] == [False] * 4
        page.locator("input[name=fever][value=yes]").check()
        expect(page.locator("#alarm-title-fever")).to_be_visible()
        assert sum(one.is_visible() for one in page.get_by_text("Phone us today").all()) == 1
        page.locator("input[name=fever][value=no]").check()
        expect(page.locator("#alarm-title-fever")).to_be_hidden()
        page.locator("input[name=saddle_or_bladder][value=yes]").check()
        expect(page.get_by_role("heading", name="Call 999 or go to A&E now")).to_be_visible()


@pytest.mark.full_trial
def test_where_and_when_is_asked_with_the_yes(linked: Linked, chromium: str) -> None:
    appointment = linked.without_answers()
    address = address_of(appointment)
    with phone(chromium) as page:
        unlock(page, address)
        page.get_by_role("link", name="Answer the questions").click()
        for code in QUESTIONS:
            page.locator(f"input[name={code}][value=no]").check()
        for name, value in (("onset", "gradual"), ("main_pain_site", "sit-bone"), ("pain_side", "left")):
            page.locator(f"input[name={name}][value={value}]").check()
        page.locator("input[name=steroid_injection_last_12_months][value=yes]").check()
        page.get_by_role("button", name="Send my answers").click()
        expect(page.locator(".error-summary")).to_contain_text("Say where the injection was.")
        page.get_by_label("Where was it?").first.select_option("At the side of the hip")
        page.get_by_label("On which side?").first.select_option("Right")
        page.get_by_label("When was it?").first.fill("8 2025")
        page.get_by_role("button", name="Send my answers").click()
        page.get_by_role("heading", name="Thank you for your answers").wait_for()
    row = Injection.objects.get(patient=appointment.patient_id)
    assert (row.site, row.side, row.given) == ("trochanteric-bursa", "right", "2025-08")


@pytest.mark.full_trial
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
