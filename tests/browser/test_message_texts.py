"""A manager words the clinic's messages, and what it says of itself, at a narrow window, without scripts, by the
keyboard alone; how it looks.
"""

from __future__ import annotations

import pytest

from tests.browser.conftest import Plain, Sits
from tests.browser.desk import Desk
from tests.browser.looking import listen, problems

pytestmark = pytest.mark.full_trial

OWN = {"subject_line": "We expect you on {day}", "opening": "See you on {when}.", "closing": "Park behind us."}


def opened(desk: Desk) -> Desk:
    desk.go("/clinic/messages/")
    desk.follow("Confirmation: injection, scan and injection")
    return desk


def test_1_words_are_previewed_tested_saved_and_taken_back(plain: Plain) -> None:
    desk = opened(plain("manager"))
    desk.says("The standard wording is in use.", "There is no version of your own yet.")
    desk.fill(**{**OWN, "subject_line": "Your injection on {day}"})
    desk.press("Preview")
    desk.has_error("Leave “injection” out of the subject")
    desk.fill(subject_line=OWN["subject_line"])
    desk.press("Preview")
    desk.says("Preview of what you typed", "See you on Tuesday 24 March 2026 at 09:20.", "Park behind us.")
    desk.press("Send me a test")
    desk.says("A test is on its way to manager@clinic.example.")
    desk.press("Save this wording")
    desk.has_error("Say why the wording changes.")
    desk.fill(reason="A new car park")
    desk.press("Save this wording")
    desk.says("Your own wording, version 1, is in use.", "A new car park")

    desk.follow("Go back to the standard wording")
    desk.says("These are the words of the standard wording.")
    desk.fill(reason="The car park is closed")
    desk.press("Save this wording")
    desk.says("The standard wording is in use.", "Version 2", "Version 1")

    desk.follow("Use this version again")
    desk.says("These are the words of version 1.", "Park behind us.")


def test_2_no_state_of_the_page_has_anything_wrong_with_it(sit: Sits) -> None:
    """By the time of this story there are versions."""
    desk = sit("manager")
    said = listen(desk.page)
    desk = opened(desk)
    desk.says("Version 2")
    found = {"versions": problems(desk.page)}
    desk.fill(opening="<b>", reason="")
    for name, deed, words in (
        ("refused", "Save this wording", "There is a problem"),
        ("previewed", "Preview", "Preview of what you typed"),
        ("tested", "Send me a test", "A test is on its way"),
    ):
        desk.press(deed)
        desk.says(words)
        found[name] = problems(desk.page)
        desk.fill(**OWN)
    desk.follow("See whether it was sent")
    desk.says("To staff: test of message wording")
    found["the test"] = problems(desk.page)
    assert not any(found.values()), found
    assert not said


def test_3_what_the_clinic_says_of_itself_is_previewed_saved_and_put_back(plain: Plain) -> None:
    desk = plain("manager")
    desk.go("/clinic/details/")
    desk.says("nobody has changed it here")
    desk.fill(phone="ask for Jo", emergency_number="call us")
    desk.press("Preview")
    desk.has_error("The phone is not one phone number")
    desk.has_error("The emergency number is not a number to dial")
    desk.fill(phone="020 7946 0111", emergency_number="112")
    desk.press("Preview")
    desk.says("would read differently", "Nothing is saved yet.")
    desk.press("Save")
    desk.says("Version 1 is saved.", "Before: 020 7946 0100", "Version 1 is in force.")
    desk.go("/clinic/rooms/")
    assert "020 7946 0111" in desk.page.locator("footer").inner_text()
    desk.go("/clinic/details/")
    desk.follow("Put back what the environment says")
    desk.says("This is what the environment says.")
    desk.press("Preview")
    desk.press("Save")
    desk.says("Version 2 is saved.")


def test_4_no_state_of_that_page_has_anything_wrong_with_it(sit: Sits) -> None:
    """By the time of this story there are versions; the page of settings names them too."""
    desk = sit("manager")
    said = listen(desk.page)
    desk.go("/clinic/settings/").says("Edited here", "Set, and not shown")
    found = {"settings": problems(desk.page)}
    desk.go("/clinic/details/").says("Version 2")
    found["versions"] = problems(desk.page)
    desk.fill(name="", phone="ask for Jo")
    desk.press("Preview")
    desk.says("There is a problem")
    found["refused"] = problems(desk.page)
    desk.fill(name="Hill Clinic", phone="020 7946 0111")
    desk.press("Preview")
    desk.says("would read differently")
    for summary in desk.main.locator("details summary").all():
        summary.click()
    found["previewed"] = problems(desk.page)
    assert not any(found.values()), found
    assert not said
