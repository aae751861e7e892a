"""The calendar as a time grid: everything at its hour and as tall as it lasts; narrow or on paper the same words; what
others change comes by itself.
"""

from __future__ import annotations

from typing import Any, Final

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, House, Sits
from tests.browser.desk import FOCUSED
from tests.clinic import local

pytestmark = pytest.mark.full_trial

DAY: Final = "2026-03-10"
OF_DAY: Final = f"/calendar/day/?day={DAY}"
BOXES: Final = """() => {
  const box = (one) => { const {x, y, width, height} = one.getBoundingClientRect(); return {x, y, width, height} };
  const words = (one) => one.textContent.replace(/\\s+/g, " ").trim();
  const entry = (one) => [words(one).slice(0, 5), box(one)];
  const all = (wanted) => Object.fromEntries([...document.querySelectorAll(wanted)].map(entry));
  return {visits: all(".timegrid .visit"), hours: all(".timegrid .hours > li"), free: all(".timegrid .free"),
          columns: [...document.querySelectorAll(".timegrid section")].map(box)};
}"""


@pytest.fixture(scope="module")
def given(house: House) -> dict[str, Any]:
    """Two visits at one time, a long one and a short one."""
    clinic = house.clinic
    clinic.book(clinic.patient("Ash"), local(DAY, "08:40"), kind="follow-up")
    birch = clinic.book(clinic.fit_patient("Birch"), local(DAY, "10:00"), kind="scan-and-injection").appointment
    cole = clinic.book(clinic.patient("Cole"), local(DAY, "10:00"), kind="exercise-class").appointment
    return {"birch": birch, "cole": cole}


def boxes(page: Page) -> Any:
    return page.evaluate(BOXES)


def test_everything_stands_at_its_hour_and_is_as_tall_as_it_lasts(given: Any, sit: Sits) -> None:
    desk = sit("reception", width=1280).go(OF_DAY)
    found = boxes(desk.page)
    ten = found["hours"]["10:00"]["y"]
    first, second = found["columns"]
    assert first["y"] == second["y"]
    assert first["x"] + first["width"] <= second["x"] + 1
    hour, short = (found["visits"][at] for at in ("10:00", "08:40"))
    assert abs(hour["y"] - ten) < 2
    eleven, nine = found["hours"]["11:00"]["y"], found["hours"]["09:00"]["y"]
    # an hour's class ends where the next hour begins, and 20 minutes before nine end at nine
    assert abs(hour["y"] + hour["height"] - eleven) < 2
    assert abs(short["y"] + short["height"] - nine) < 2
    assert nine - found["hours"]["08:00"]["y"] > short["height"] * 2


def test_no_visit_covers_another_and_no_word_is_cut(given: Any, sit: Sits) -> None:
    """In the week of everybody two visits of one time stand side by side, each with all its words inside it."""
    desk = sit("reception", width=1280).go(f"/calendar/week/?day={DAY}")
    rows = desk.page.locator(".timegrid .visit")
    inside = rows.evaluate_all("all => all.map((one) => one.scrollHeight <= one.clientHeight + 1)")
    assert inside == [True] * 3
    left, right = (rows.nth(number).bounding_box() for number in (1, 2))
    assert left is not None
    assert right is not None
    assert left["x"] + left["width"] <= right["x"] + 1
    assert left["y"] == right["y"]


def shown(page: Page) -> list[str]:
    """The words of each entry, as they are read."""
    entries = page.locator(".timegrid section > ol > li:not(.open)").all_text_contents()
    return [" ".join(text.split()) for text in entries]


def test_narrow_it_is_a_list_with_the_same_words(given: Any, sit: Sits) -> None:
    wide = shown(sit("reception", width=1280).go(OF_DAY).page)
    desk = sit("reception", width=320).go(OF_DAY)
    assert shown(desk.page) == wide
    tops = desk.page.locator(".timegrid section > ol > li:visible").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect().top)"
    )
    assert tops == sorted(tops)
    assert desk.page.evaluate("document.documentElement.scrollWidth") <= 320
    expect(desk.page.locator(".timegrid .hours")).to_be_hidden()


def test_on_paper_a_day_is_one_sheet_without_what_only_a_screen_needs(given: Any, sit: Sits) -> None:
    desk = sit("reception", width=1280).go(OF_DAY)
    desk.page.emulate_media(media="print")
    expect(desk.page.locator(".timegrid .free").first).to_be_hidden()
    expect(desk.page.locator(".timegrid .visit").first).to_be_visible()
    expect(desk.page.get_by_role("link", name="Move").first).to_be_hidden()
    sheet = desk.page.pdf(prefer_css_page_size=True)
    assert sheet.count(b"/Type /Page\n") == 1
    assert b"/MediaBox [0 0 841" in sheet


def test_what_a_colleague_changes_comes_by_itself_and_is_said_quietly(given: Any, sit: Sits) -> None:
    """The page asks every 20 seconds; here its clock is made to run. Who reads keeps the place of the focus."""
    desk, colleague = sit("reception", width=1280), sit("radiologist")
    desk.page.clock.install()
    desk.go(OF_DAY).says("Robin Cole")
    desk.page.get_by_role("link", name="Robin Birch").first.focus()
    desk.page.clock.fast_forward(21_000)
    expect(desk.page.locator("#live")).to_be_empty()
    colleague.go(f"/appointments/{given['cole'].pk}/cancel/")
    colleague.choose(reason_code="clinic-other")
    colleague.fill(reason="On holiday")
    colleague.choose(tell="no")
    colleague.press("Cancel the visit")
    desk.page.clock.fast_forward(21_000)
    expect(desk.page.locator("#live")).to_have_text("Updated at 09:00.")
    expect(desk.page.locator(".timegrid")).not_to_contain_text("Robin Cole")
    expect(desk.page.get_by_role("link", name="Robin Birch").first).to_be_focused()


def test_a_timeline_opens_on_today_where_it_is_wider_than_its_window(given: Any, sit: Sits) -> None:
    desk = sit("reception", width=320).go(f"/patients/{given['birch'].patient_id}/")
    frame = desk.page.locator(".timeline-frame").first
    left, width = frame.evaluate("one => [one.getBoundingClientRect().x, one.clientWidth]")
    assert frame.evaluate("one => one.scrollWidth > one.clientWidth")
    today = frame.locator("line.today").evaluate("one => one.getBoundingClientRect().x")
    assert left < today < left + width


def test_des20_thirty_keys_lead_from_the_sign_in_to_the_list_of_times(house: House, given: Any, sit: Sits) -> None:
    """What is typed is not counted, every other key is: the box in the header is the first thing of each page."""
    page = sit("", width=1280).page
    keys: list[str] = []

    def press(*names: str) -> None:
        for name in names:
            keys.append(name)
            page.keyboard.press(name)

    def tab_to(words: str) -> None:
        for _ in range(30):
            said = page.evaluate(FOCUSED)
            if said["words"].startswith(words) or said["value"] == words:
                return
            press("Tab")
        raise AssertionError(f"{words}: {keys}")

    page.goto(house.url + "/account/sign-in/")
    tab_to("Email address")
    page.keyboard.type("reception@clinic.example")
    press("Tab")
    page.keyboard.type(PASSWORD)
    with page.expect_navigation(url="**/authenticate/"):
        press("Enter")
    expect(page.locator("[name=code]")).to_be_focused()  # by itself, but only once the page was drawn
    page.keyboard.type(house.codes["reception@clinic.example"].pop())
    with page.expect_navigation(url=f"{house.url}/"):
        press("Enter")
    tab_to("Find a patient")
    page.keyboard.type("birch")
    with page.expect_navigation(url="**/patients/*/"):
        press("Enter")
    press("Tab", "Enter")  # past what stands on every page
    tab_to("Book a visit")
    with page.expect_navigation():
        press("Enter")
    press("Tab", "Enter")
    tab_to("injection")
    press("Space", "Tab")
    press("Space", "Tab")
    press("Space")
    expect(page.locator("#known")).to_contain_text("Continue to dates")
    tab_to("Continue to dates")
    with page.expect_navigation():
        press("Enter")
    expect(page.locator("main")).to_contain_text("free", ignore_case=True)
    assert len(keys) <= 30, keys


def test_what_was_unfolded_stays_so_when_a_colleague_changes_something(given: Any, sit: Sits, house: House) -> None:
    desk, colleague = sit("reception", width=1280), sit("radiologist")
    desk.page.clock.install()
    desk.go(f"/calendar/week/?day={DAY}")
    folded = desk.page.locator(f"#free-of-{DAY}")
    folded.locator("summary").click()
    expect(folded).to_have_attribute("open", "")
    colleague.go(f"/appointments/{given['birch'].pk}/move/?from_on={DAY}")
    colleague.main.locator("button[name=time]").first.click()
    colleague.says("Move this visit")
    desk.page.clock.fast_forward(21_000)
    expect(desk.page.locator("#live")).to_contain_text("Updated at")
    expect(desk.page.locator("#fresh")).to_contain_text("being booked by radiologist")
    expect(folded).to_have_attribute("open", "")
    colleague.press("Release it and choose another")


def test_a_visit_dragged_onto_a_free_time_opens_the_check_of_that_place_and_changes_nothing(
    given: Any, sit: Sits
) -> None:
    desk = sit("reception", width=1280).go(OF_DAY)
    visit = desk.page.locator(".timegrid .visit", has_text="Robin Birch")
    place = desk.page.locator(".timegrid .free a", has_text="free, ").first
    at = place.inner_text()[:5]
    with desk.page.expect_navigation(url="**/move/?*"):
        visit.drag_to(place)
    desk.says("Move this visit", f"10 March 2026 at {at}", "Robin Birch")
    assert desk.main.locator(".verdict-panel").count() == 1
    desk.go(OF_DAY)
    expect(desk.page.locator(".timegrid .visit", has_text="Robin Birch")).to_contain_text("10:00 to 10:45")
    # without a free time under it nothing happens
    visit.drag_to(desk.page.locator("#column-1"))
    assert desk.page.url.endswith(OF_DAY)
