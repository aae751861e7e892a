"""A booking from Home to Confirm by the keyboard alone: with scripts, and at a narrow window without them."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import House, Plain, Sits


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """Two patients for whom nothing stands in the way."""
    for name in ("Birch", "Cole"):
        house.clinic.fit_patient(name)


@pytest.mark.full_trial
def test_a_booking_by_the_keyboard_alone(sit: Sits) -> None:
    """What is known, and the times with their verdicts, follow each choice without a button."""
    desk = sit("reception", by_keys=True).go("/")
    desk.follow("Book a visit")
    desk.fill(text="birch")
    desk.page.keyboard.press("Enter")
    expect(desk.page.get_by_role("status").filter(has_text="1 patient found.")).to_be_visible()
    desk.follow("Robin Birch")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    expect(desk.page.locator("#known")).to_contain_text("What is known about the left hamstring origin")
    desk.follow("Continue to dates")
    times = desk.page.get_by_role("status").filter(has_text="free times")
    expect(times).to_contain_text("Monday 2 March 2026 at")
    desk.fill(from_on="2026-03-10")
    desk.page.keyboard.press("Tab")
    expect(times).to_contain_text("Tuesday 10 March 2026: clear to book")
    expect(desk.page.get_by_text("Safety check: clear")).to_have_count(42)
    desk.press("Tuesday 10 March 2026 at 08:00")
    desk.press("Confirm and send email")
    desk.says("Booked. The email goes out now.")


def test_a_booking_on_a_narrow_screen_without_scripts(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("Book a visit")
    desk.fill(text="cole")
    desk.press("Search")
    desk.follow("Robin Cole")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    desk.press("Show what is known")
    desk.says("Recorded 2 March 2026")
    desk.follow("Continue to dates")
    desk.fill(from_on="2026-03-11")
    desk.press("Show times")
    desk.press("Wednesday 11 March 2026 at 08:00")
    desk.press("Confirm and send email")
    desk.says("Booked. The email goes out now.")


@pytest.mark.full_trial
def test_des8_tuesday_afternoons_of_one_doctor_are_three_clicks(sit: Sits) -> None:
    """Each choice shows other times at once; none of them needs a button."""
    desk = sit("reception").go("/")
    desk.follow("Book a visit")
    desk.fill(text="birch")
    desk.page.keyboard.press("Enter")
    desk.follow("Robin Birch")
    desk.choose(kind="follow-up")
    desk.follow("Continue to dates")
    form = desk.main.get_by_role("form", name="Which times")
    form.get_by_label("With").select_option(label="Dr Imogen Hale")
    form.get_by_label("Tuesdays").check()
    form.get_by_label("Afternoons").check()
    desk.page.wait_for_url("**weekdays=1*halves=afternoon*")
    days = desk.main.locator("#times h3")
    expect(days.nth(6)).to_contain_text("Tuesday")
    assert all(text.startswith("Tuesday") for text in days.all_inner_texts())
    times = desk.main.locator("#times button.slot strong").all_inner_texts()
    assert times
    assert all(int(time.partition(":")[0][-2:]) >= 12 for time in times)
