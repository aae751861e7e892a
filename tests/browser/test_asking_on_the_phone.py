"""A new patient on the phone: registered, and all of the questions asked, in 35 clicks or keys beside typing."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from injections.answers.sections import SECTIONS
from tests.browser.conftest import House, Plain, Sits
from tests.browser.counted import Counted
from tests.browser.desk import Desk
from tests.browser.looking import problems

pytestmark = pytest.mark.full_trial

MOST = 35
OTHERS = [section for section in SECTIONS if section.takes_no_to_all]
FLAGS = next(section for section in SECTIONS if section.name == "flags")


@pytest.fixture(scope="module")
def given(house: House) -> dict[str, int]:
    """Two patients who have not been asked yet, by name."""
    return {name: house.clinic.patient(name).pk for name in ("Asked", "Flagged")}


def register(desk: Desk, counted: Counted, name: str) -> None:
    """From any page: looked for, nobody there, registered with phone and email. Each name is another person."""
    find = desk.page.locator("#find")
    find.focus()
    find.press_sequentially(f"{name} 1975")
    find.press("Enter")
    desk.says("Nobody found.")
    desk.follow("Register a new patient")
    desk.says("Register a patient")
    for field, text in {
        "given_name": "Nora",
        "family_name": name,
        "date_of_birth": f"3 {len(name)} 1975",
        "phone": f"07700 90055{len(name)}",
        "email": f"nora.{name.lower()}@mail.example",
    }.items():
        box = desk.main.locator(f"[name={field}]")
        box.focus()
        box.press_sequentially(text)
    if desk.by_keys:
        desk.tab_to("The patient agrees to get emails")
        desk.page.keyboard.press("Space")
    else:
        desk.main.get_by_label("The patient agrees to get emails").check()
    desk.press("Register")
    desk.says(f"Nora {name} is registered.")
    assert counted.count <= 5


def answer(desk: Desk, name: str, number: int) -> None:
    """The answer of that number to a question: by keys the first is Space, each further one an arrow more."""
    if desk.by_keys:
        desk._tab(lambda one: one["name"] == name and one["type"] == "radio", name)
        for key in ["ArrowDown"] * number or ["Space"]:
            desk.page.keyboard.press(key)
    else:
        desk.main.locator(f"input[name={name}]").nth(number).check()


def ask_everything(desk: Desk) -> None:
    """Section by section: the signs one by one, the rest read out and then answered at once."""
    for name in ("onset", "main_pain_site", "pain_side"):
        answer(desk, name, 0)
    desk.press("Save and continue after: The pain")
    desk.says("Saved: 0 of 35 questions are answered.")
    for name in FLAGS.asks:
        answer(desk, name, 1)
    desk.press(f"Save and continue after: {FLAGS.title}")
    desk.says("12 of 35 answered")
    for section in OTHERS:
        if desk.by_keys:
            desk._tab(lambda one, name=section.read_out: one["name"] == name, section.title)
            desk.page.keyboard.press("Space")
        else:
            desk.main.locator(f"[name={section.read_out}]").check()
        desk.press(f"No to all unanswered questions here, save and continue after: {section.title}")
    desk.says("34 of 35 answered")
    answer(desk, "steroid_injection_last_12_months", 1)
    desk.press("Save and continue after: Injections before")


@pytest.mark.parametrize("by_keys", [False, True])
def test_a_new_patient_with_everything_asked(given: dict[str, int], sit: Sits, by_keys: bool) -> None:
    desk = sit("reception", by_keys=by_keys).go("/")
    counted = Counted.at(desk)
    name = "Keys" if by_keys else "Clicks"
    register(desk, counted, name)
    desk.follow("Ask the questions, or correct an answer")
    ask_everything(desk)
    desk.says("The answers are recorded.", "No to 35 questions")
    assert 0 < counted.count <= MOST, counted.done


def test_it_is_left_and_found_again_without_scripts(given: dict[str, int], plain: Plain) -> None:
    """Narrow, by keys: a section is saved, the call is over; the next time it goes on with what is open."""
    desk = plain("reception").go(f"/patients/{given['Asked']}/screening/")
    for name in ("numbness", "pain_below_knee", "back_pain"):
        answer(desk, name, 1)
    desk.press("Save and continue after: Back and nerves")
    desk.says("3 of 35 answered")
    assert desk.page.url.endswith("#section-allergies")
    desk.go("/").go(f"/patients/{given['Asked']}/screening/?only=open")
    desk.says("3 of 35 answered", "Only questions that are unanswered or “not sure” are shown here.")
    expect(desk.main.locator("input[name=numbness]")).to_have_count(0)
    desk.press("No to all unanswered questions here, save and continue after: Medicines")
    desk.has_error("Tick that you read this section out")


def test_a_red_flag_is_said_as_it_is_ticked(given: dict[str, int], sit: Sits) -> None:
    """At the question, before anything is saved; taken back it is gone, and nobody was put on a list."""
    desk = sit("reception").go(f"/patients/{given['Flagged']}/screening/")
    alarm = desk.main.get_by_role("alert")
    desk.choose(fever="yes")
    expect(alarm).to_contain_text("A clinician phones today about the fever or weight loss")
    expect(desk.main.locator("#said-fever")).to_contain_text("Red flag: fever.")
    assert not problems(desk.page)
    desk.choose(fever="no")
    expect(alarm).to_have_count(0)
    expect(desk.main.locator("#progress")).to_contain_text("1 of 35 answered")
    desk.choose(bruising="yes")
    expect(alarm).to_contain_text("A possible tear")
    desk.choose(onset="gradual")
    expect(alarm).to_have_count(0)
    desk.go("/calls/")
    assert not re.search("Robin Flagged", desk.main.inner_text())


def test_a_red_flag_is_said_without_scripts_as_soon_as_it_is_saved(given: dict[str, int], plain: Plain) -> None:
    desk = plain("reception").go(f"/patients/{given['Flagged']}/screening/")
    answer(desk, "saddle_or_bladder", 0)
    desk.press(f"Save and continue after: {FLAGS.title}")
    assert desk.page.url.endswith("#said-saddle_or_bladder")
    desk.says("tell the patient to go to A&E or phone 999 at once")
    desk.go("/calls/").says("Robin Flagged")
