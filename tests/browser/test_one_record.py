"""One person, one record, as the people at the desk and a manager live it, story by story."""

from __future__ import annotations

import pytest

from tests.browser.conftest import Plain, Sits
from tests.browser.desk import Desk

pytestmark = pytest.mark.full_trial


def search(desk: Desk, text: str) -> Desk:
    """Look for somebody from the page of patients."""
    desk.go("/patients/").fill(text=text)
    desk.press("Search")
    return desk


def fill_in(desk: Desk, **details: str) -> Desk:
    """Register somebody, up to the answer."""
    desk.follow("Register a new patient")
    desk.fill(**details)
    desk.press("Register")
    return desk


def test_1_somebody_phones_three_times_under_three_spellings(plain: Plain) -> None:
    """Once new, once found without accents, once about to be registered again: one record, whoever is at the phone."""
    desk = plain("reception")
    search(desk, "Prŷs").says("Nobody found.")
    fill_in(desk, given_name="Siân", family_name="Prŷs", date_of_birth="12 9 1965", phone="07700 900301")
    desk.says("Siân Prŷs is registered.")
    record = desk.page.url

    search(desk, "sian prys").says("1 patient found", "Siân Prŷs")
    desk.follow("Siân Prŷs")
    assert desk.page.url == record

    search(desk, "Price 1965-09-21").says("Nobody found.")
    fill_in(desk, given_name="Shan", family_name="Prys", date_of_birth="9 12 1965", phone="+44 7700 900301")
    desk.says("Is this the same person?", "phone", "day and month, which are swapped")
    desk.follow("Siân Prŷs: use this record")
    assert desk.page.url == record
    search(desk, "07700 900301").says("1 patient found")


def test_2_a_second_record_is_merged_and_the_merge_taken_back(plain: Plain) -> None:
    """Somebody passes the question; a colleague reports the pair, a manager makes one of it, and two again."""
    desk = plain("reception")
    search(desk, "Prys")
    fill_in(desk, given_name="Sian", family_name="Prys", date_of_birth="12 9 1965", email="sian@mail.example")
    desk.says("Is this the same person?")
    desk.press("Register anyway")
    desk.says("Sian Prys is registered.")
    second = desk.page.url
    desk.press("Report as registered twice")
    desk.says("May be the same person: Siân Prŷs", "Reported by reception", "a manager decides")

    manager = plain("manager").go("/duplicates/")
    manager.says("Siân Prŷs", "Sian Prys", "Reported by reception")
    manager.follow("Compare and merge")
    for label in ("Siân (record", "Prŷs (record", "Siân Prŷs, record"):
        manager.tab_to(label)
        manager.page.keyboard.press("Space")
    manager.choose(same_person="on")
    manager.press("Merge the records")
    manager.says("The records are merged: Siân Prŷs", "sian@mail.example", "07700 900301")
    search(desk, "Prys").says("1 patient found", "Found as Sian Prys")

    manager.go("/duplicates/").follow("Undo the merge: record")
    manager.choose(two_people="on")
    manager.press("Undo the merge")
    manager.says("The merge is undone")
    search(desk, "Prys").says("2 patients found")
    desk.page.goto(second)
    desk.says("Sian Prys", "sian@mail.example", "Not given")


def test_3_two_colleagues_edit_one_record_and_nothing_is_lost(sit: Sits, plain: Plain) -> None:
    """A manager changes the phone while reception writes the email: reception reads it, and then both are there."""
    reception, manager = sit("reception"), plain("manager")
    for desk in (reception, manager):
        search(desk, "Siân").follow("Siân Prŷs")
        desk.follow("Change details")
    manager.fill(phone="07700 900444")
    manager.press("Save")
    manager.says("07700 900444")

    reception.fill(email="s.prys@mail.example")
    reception.press("Save")
    reception.has_error(
        "This record was changed by manager", "“Phone” was 07700 900301 and is 07700 900444 now: manager"
    )
    reception.says("Nothing you typed has been saved yet.")
    assert reception.main.locator("[name=email]").input_value() == "s.prys@mail.example"
    assert reception.main.locator("[name=phone]").input_value() == "07700 900444"
    reception.press("Save")
    reception.says("07700 900444", "s.prys@mail.example")
