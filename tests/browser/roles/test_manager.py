"""What a manager does, story by story: at a narrow window, without scripts, by the keyboard alone.

How messages are worded is told in test_message_texts.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from injections.procedure.record import record_procedure
from tests import second_factor
from tests.browser.conftest import PASSWORD, House, Plain, Sits
from tests.browser.desk import Desk
from tests.clinic import local
from tests.injections.procedure.test_record import GIVEN

SOON = "2026-03-10"


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """Visits to come, one of somebody registered twice, and one injection of last week for the statistics."""
    clinic, start = house.clinic, local("2026-02-23", "10:00")
    house.at(local("2026-02-20", "10:00"))
    visit = clinic.book(clinic.fit_patient("Elder"), start).appointment
    assert visit is not None
    house.at(start + timedelta(minutes=40))
    treated = replace(GIVEN, started_at=start, ended_at=start + timedelta(minutes=20))
    record_procedure(visit.pk, treated, by=clinic.radiologist, now=clinic.now)
    house.at(local("2026-03-02", "09:00"))
    clinic.book(clinic.fit_patient("Hurst"), local(SOON, "09:20"))
    clinic.book(clinic.fit_patient("Ives"), local("2026-03-11", "09:20"))
    clinic.patient("Quarrie", email="", phone="")
    clinic.book(clinic.patient("Quarrye", nhs_number="9990000018"), local("2026-03-17"), kind="physiotherapy")


@pytest.mark.full_trial
def test_1_somebody_is_invited_chooses_a_password_and_is_shut_out_again(plain: Plain) -> None:
    desk = plain("manager").go("/clinic/staff/")
    desk.follow("Invite somebody")
    desk.fill(name="Nia Park", email="reception@clinic.example")
    desk.press("Make the sign-in")
    desk.has_error("Role")
    desk.choose(role="reception")
    desk.press("Make the sign-in")
    desk.has_error("Somebody already signs in with this address.")
    desk.fill(email="nia@clinic.example")
    desk.press("Make the sign-in")
    desk.says("This password is shown once.")
    first = desk.main.locator("code").inner_text()
    desk.follow("I have passed it on")
    desk.says("Nia Park", "Has never signed in")

    invited = plain("")
    sign_in(invited, "nia@clinic.example", first)
    invited.says("Choose a password of your own first")
    invited.fill(oldpassword=first, password1=PASSWORD + "x", password2=PASSWORD + "x")
    invited.press("Change password")
    invited.go("/").says("Set up a second factor first")
    invited.go("/account/second-factor/totp/activate/")
    invited.fill(password=PASSWORD + "x")
    invited.press("Confirm")
    secret = invited.page.locator("#authenticator_secret").input_value()
    invited.fill(code=second_factor.code_to_type(secret))
    invited.press("Activate")
    invited.go("/").says("Today", "Needs action")

    desk.follow("Nia Park")
    desk.untick("active")
    desk.press("Save")
    desk.says("May not sign in")
    invited.go("/")
    expect(invited.page).to_have_title("Sign in – PHT Clinic")


def sign_in(desk: Desk, email: str, password: str) -> None:
    desk.go("/account/sign-in/")
    desk.fill(login=email, password=password)
    desk.press("Sign in")


@pytest.mark.full_trial
def test_2_a_room_a_practitioner_and_their_sessions_are_added(plain: Plain) -> None:
    desk = plain("manager").go("/clinic/rooms/")
    desk.follow("Add a room")
    desk.fill(name="Ultrasound 2")
    desk.choose(has_ultrasound="on")
    desk.press("Save")
    desk.says("Ultrasound 2", "With ultrasound")
    desk.follow("Practitioners")
    desk.follow("Add a practitioner")
    desk.fill(name="Dr Jo Lund")
    desk.choose(kinds="injection")
    desk.press("Save")
    desk.says("Dr Jo Lund", "Does not sign in")
    desk.follow("Sessions")
    desk.follow("Add a weekly session")
    desk.pick(practitioner="Dr Jo Lund", room="Ultrasound 2", weekday="Wednesday")
    desk.fill(opens="13:00", closes="12:00", valid_from="2026-03-02")
    desk.press("Save")
    desk.has_error()
    desk.fill(closes="17:00")
    desk.press("Save")
    desk.says("The session is saved.", "Dr Jo Lund", "13:00 to 17:00")
    desk.follow("Add an extra session")
    desk.pick(practitioner="Dr Jo Lund", room="Ultrasound 2")
    desk.fill(on="2026-03-13", opens="09:00", closes="12:00")
    desk.press("Save")
    desk.says("Extra one-day sessions", "Friday 13 March 2026")
    desk.go("/calendar/day/?day=2026-03-13&kind=injection").says("Dr Jo Lund", "09:00 free")


def test_3_a_closure_names_whom_it_hits_before_it_is_saved(plain: Plain) -> None:
    desk = plain("manager").go("/clinic/closures/")
    desk.follow("Add a closure")
    desk.pick(what="Ultrasound 1")
    desk.fill(from_on=SOON, to_on=SOON, reason="Repairs")
    desk.press("Save")
    desk.says(
        "1 booked visit would lose its place", "Tuesday 10 March 2026 at 09:20, Robin Hurst", "Nothing is saved yet."
    )
    desk.press("Yes, save it and move them later")
    desk.says("The closure is saved.", "Ultrasound 1: Repairs")
    desk.follow("To be moved")
    desk.says("Robin Hurst")


@pytest.mark.full_trial
def test_4_who_did_what_and_who_looked_is_found(plain: Plain) -> None:
    look = plain("reception").go("/patients/")
    look.fill(text="ives")
    look.press("Search")
    look.follow("Robin Ives")
    desk = plain("manager").go("/audit/")
    desk.pick(user="reception")
    desk.press("Apply filters")
    desk.says("Viewed: patient’s page", "Robin Ives")
    desk.pick(user="manager")
    desk.press("Apply filters")
    desk.says("manager")
    desk.open("Details")
    desk.fill(**{"from": "2020-01-01", "to": "2020-01-02"})
    desk.press("Apply filters")
    desk.says("No entry matches.")


@pytest.mark.full_trial
def test_5_a_statistic_is_a_picture_a_sentence_a_table_and_a_file(sit: Sits, plain: Plain) -> None:
    desk = plain("manager").go("/statistics/")
    desk.follow("Visits")
    desk.fill(**{"from": "2026-02-16", "to": "2026-03-01"})
    desk.press("Apply filters")
    desk.says("Bookings and missed visits by week", "as a table", "23 February 2026")
    expect(desk.main.get_by_role("img", name="Bookings and missed visits by week")).to_be_visible()
    desk.tab_to("Download as CSV")
    with desk.page.expect_download() as taken:
        desk.page.keyboard.press("Enter")
    lines = Path(taken.value.path()).read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "2026-02-23" in lines[2]


@pytest.mark.full_trial
def test_6_what_was_entered_in_error_leaves_the_diary_and_keeps_its_history(plain: Plain) -> None:
    desk = plain("manager").go("/calendar/?day=2026-03-11")
    desk.follow("Robin Ives")
    desk.follow("This was entered in error")
    desk.press("Mark as entered in error")
    desk.has_error("Reason")
    desk.fill(reason="Booked for the wrong patient.")
    desk.press("Mark as entered in error")
    desk.says("entered in error", "Booked for the wrong patient.", "Booked")
    desk.go("/calendar/?day=2026-03-11").says("Nothing is booked on this day.")


@pytest.mark.full_trial
def test_7_somebody_registered_twice_becomes_one(plain: Plain) -> None:
    desk = plain("manager").go("/patients/")
    desk.fill(text="quarrie")
    desk.press("Search")
    desk.follow("Robin Quarrie")
    desk.follow("Merge with another record")
    desk.fill(text="quarr")
    desk.press("Search")
    desk.says("1 patient found")
    desk.follow("Robin Quarrye")
    desk.says("Do these two records belong to one person?", "Robin Quarrie", "9990000018", "17 March 2026")
    desk.press("Merge the records")
    desk.has_error(
        "Choose which family name is right.", "Choose which record is kept.", "Say that you have compared both records."
    )
    for label in ("Quarrie (record", "Robin Quarrie, record"):
        desk.tab_to(label)
        desk.page.keyboard.press("Space")
    desk.choose(same_person="on")
    desk.press("Merge the records")
    desk.says("Robin Quarrie", "9990000018", "Tuesday 17 March 2026", "Two records merged")
    desk.go("/patients/")
    desk.fill(text="9990000018")
    desk.press("Search")
    desk.says("1 patient found", "Robin Quarrie")


@pytest.mark.full_trial
def test_8_two_people_after_all(plain: Plain) -> None:
    """The merge is undone from the list of duplicates."""
    desk = plain("manager").go("/duplicates/")
    desk.says("Merged in the last 30 days", "Robin Quarrye")
    desk.follow("Undo the merge: record")
    desk.says("Undo this merge?", "becomes a separate record again")
    desk.press("Undo the merge")
    desk.has_error("Say that they are two people.")
    desk.choose(two_people="on")
    desk.press("Undo the merge")
    desk.says("The merge is undone", "Robin Quarrye")
