"""What a radiologist does, story by story: at a narrow window, without scripts, by the keyboard alone."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from injections.safety.gates import CHECKED_TODAY
from scheduling.models import Patient
from tests.browser.conftest import House, Plain
from tests.browser.desk import Desk
from tests.clinic import NOW, Clinic, local

SOON = "2026-03-10"
CASES = {"Adler": "08:00", "Boyce": "08:40", "Crane": "09:20", "Dunne": "10:00", "Eaton": "10:40"}
"""Who waits for review, in the order in which they are seen; the last of them was given an injection too lately."""


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """Five cases in the queue; two patients of today; somebody with an injection from elsewhere."""
    clinic = house.clinic
    house.at(local("2026-03-02", "07:30"))
    for name, at in (("Fenn", "08:20"), ("Grove", "09:00")):
        clinic.book(clinic.fit_patient(name), local("2026-03-02", at))
    house.at(NOW)
    for name, at in CASES.items():
        clinic.book(treated_elsewhere(clinic, name), local(SOON, at), override_reason="Cannot sit at all.")
    treated_elsewhere(clinic, "Holm")


def treated_elsewhere(clinic: Clinic, name: str) -> Patient:
    patient = clinic.fit_patient(name)
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2026-01-20" if name == "Eaton" else "2025-12-01")
    return patient


def test_1_the_next_case_is_taken_and_colleagues_see_by_whom(plain: Plain) -> None:
    """It is nobody's until it is taken; the colleague's next case is another one."""
    desk = plain("radiologist").go("/")
    desk.follow("Go to the review queue")
    desk.says("5 waiting for review")
    desk.press("Review next appointment")
    is_case(desk, "Adler")
    desk.says("Repeat interval:", "What clears it", "Source")
    colleague = plain("radiologist2").go("/reviews/")
    colleague.says("radiologist is reading it")
    colleague.press("Review next appointment")
    is_case(colleague, "Boyce")
    colleague.go("/reviews/").press("Review: Robin Adler")
    colleague.says("radiologist opened this case a few minutes ago")
    colleague.follow("Only look at it")
    colleague.says("radiologist is reviewing this now")


@pytest.mark.full_trial
def test_2_five_cases_five_outcomes_and_the_next_one_opens_by_itself(house: House, plain: Plain) -> None:
    """Who was asked for information waits for answers and not for a radiologist; a delay opens with the free day."""
    house.at(local("2026-03-02", "09:40"))  # what was taken in the story before is free again
    desk = plain("radiologist").go("/reviews/")
    desk.press("Review next appointment")
    is_case(desk, "Adler")
    desk.press("Save decision")
    desk.has_error("What is your decision?")
    decide(desk, "approve", "Scan seen; acceptable after 3 months.")
    desk.says("The decision on Robin Adler is saved.")
    is_case(desk, "Boyce")
    decide(desk, "delay", "Let the interval pass.")
    is_case(desk, "Crane")
    decide(desk, "decline", "The scan shows a full tear.")
    is_case(desk, "Dunne")
    decide(desk, "ask", "We need the letter of the other clinic.")
    is_case(desk, "Eaton")
    override(desk)
    desk.says("The decision on Robin Eaton is saved.", "Nothing is waiting for review.")
    plain("reception").go("/waiting/").says("Robin Dunne", "We need the letter of the other clinic.")


def decide(desk: Desk, outcome: str, reason: str) -> None:
    desk.choose(outcome=outcome)
    desk.fill(reason=reason)
    desk.press("Save decision")


def override(desk: Desk) -> None:
    """One interruption repeats what is overridden and why; going back from it loses nothing."""
    desk.choose(outcome="override")
    desk.pick(reason_code="There is no alternative")
    desk.fill(reason="She cannot work, and surgery is not possible.")
    desk.press("Save decision")
    desk.says("You are about to override a safety finding", "Too soon", "There is no alternative")
    desk.press("Go back")
    assert desk.main.locator("[name=reason]").input_value() == "She cannot work, and surgery is not possible."
    desk.press("Save decision")
    desk.press("Override and book")


def is_case(desk: Desk, name: str) -> None:
    expect(desk.page.get_by_role("heading", level=1)).to_contain_text(f"Robin {name}")


@pytest.mark.full_trial
def test_3_a_procedure_is_paused_taken_up_and_recorded(plain: Plain) -> None:
    desk = plain("radiologist").go("/calendar/")
    desk.follow("Procedure of Robin Fenn")
    desk.says("Is this the right patient?", "Left hamstring origin")
    identify(desk)
    desk.press("Save and continue")
    desk.has_error()
    desk.choose(**dict.fromkeys(CHECKED_TODAY, "yes"))
    desk.press("Pause")
    desk.says("The procedure is paused.")
    desk.follow("Procedure of Robin Fenn")
    desk.says("Started, and last saved at")
    desk.press("Save and continue")
    desk.press("Confirm all of this, and continue")
    desk.says("What was injected")
    desk.choose(result="given", steroid="yes", targets="peritendinous")
    desk.fill(
        started="08:25",
        ended="08:40",
        drug="Methylprednisolone",
        volume_ml="1",
        strength_mg_ml="40",
        dose_mg="40",
        batch="MP-123",
    )
    desk.press("Save and continue")
    desk.press("Record the procedure")
    desk.says("The injection is recorded", "Wednesday 4 March 2026 at 08:40", "2 June 2026", "2 July 2026")


def identify(desk: Desk) -> None:
    desk.choose(is_the_patient="on", is_the_site="on")
    desk.press("Save and continue")


@pytest.mark.full_trial
def test_4_what_is_wrong_with_the_record_is_corrected_later(plain: Plain) -> None:
    """The old record stays readable, struck through, with who corrected it and why."""
    desk = patient(plain, "fenn")
    desk.follow("Correct the injection of 2 March 2026")
    desk.fill(batch="MP-124")
    desk.press("Save the correction")
    desk.has_error("Why it is being corrected")
    desk.fill(reason="The batch was misread.")
    desk.press("Save the correction")
    desk.says("corrected", "The batch was misread.")
    for batch, found in ((" mp-124", "1 injection from batch"), ("MP-123", "0 injections from batch")):
        desk.go("/patients/").follow("Find the patients given one batch (recall)")
        desk.fill(batch=batch)
        desk.press("Find the patients")
        desk.says(found)


@pytest.mark.full_trial
def test_5_what_cannot_go_ahead_is_recorded_as_not_given(plain: Plain) -> None:
    desk = plain("radiologist").go("/calendar/")
    desk.follow("Procedure of Robin Grove")
    identify(desk)
    desk.follow("It cannot go ahead")
    desk.press("Record as not given")
    desk.has_error("Why it cannot go ahead")
    desk.choose(reason_code="unwell")
    desk.fill(reason="She has a cold and a temperature.")
    desk.press("Record as not given")
    desk.says("Recorded as not given", "She has a cold and a temperature.", "no rest and no interval start")


@pytest.mark.full_trial
def test_6_a_report_is_added_and_an_injection_from_elsewhere_withdrawn(plain: Plain) -> None:
    desk = patient(plain, "holm")
    desk.follow("Withdraw the injection of 1 December 2025")
    desk.press("Withdraw")
    desk.has_error("Reason")
    desk.fill(reason="It was given to somebody else of that name.")
    desk.press("Withdraw")
    desk.says("withdrawn", "It was given to somebody else of that name.")
    desk.follow("Add a report")
    desk.choose(
        modality="mri",
        area="ischial-tuberosity",
        side="left",
        tendinopathy="yes",
        bursitis="no",
        tear="none",
        other_diagnosis="none",
    )
    desk.fill(performed_on="2026-02-27")
    desk.press("Save the report")
    desk.says("The report is recorded.", "27 February 2026")


def patient(plain: Plain, name: str) -> Desk:
    """A radiologist at this patient's page."""
    desk = plain("radiologist").go("/patients/")
    desk.fill(text=name)
    desk.press("Search")
    desk.follow(f"Robin {name.title()}")
    return desk
