"""What is recorded of a patient is put right, story by story: the booking follows, and whoever must see it does."""

from __future__ import annotations

import pytest

from tests.browser.conftest import House, Plain, Sits
from tests.browser.desk import Desk
from tests.clinic import local

pytestmark = pytest.mark.full_trial

LONG = "Wolfeschlegelsteinhausenbergerdorff"
"""35 letters without a place to break it."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def given(house: House) -> None:
    """Booked: Adler, Dunmore, somebody with a long name. Injected elsewhere a while ago: Boyce. Lately: Crane."""
    clinic = house.clinic
    clinic.book(clinic.fit_patient("Adler"), local("2026-03-10", "09:20"))
    boyce = clinic.fit_patient("Boyce")
    clinic.answer(boyce, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(boyce, "2025-12-20")
    clinic.earlier_injection(clinic.fit_patient("Crane"), "2026-03-01")
    clinic.book(clinic.fit_patient("Dunmore"), local("2026-03-11", "09:20"))
    clinic.book(clinic.fit_patient(LONG), local("2026-03-12", "09:20"))


def at(desk: Desk, name: str) -> Desk:
    """At this patient's page, found by name."""
    desk.go("/patients/").fill(text=name)
    desk.press("Search")
    desk.follow(f"Robin {name}")
    return desk


def test_1_a_report_is_withdrawn_and_the_booking_follows(sit: Sits, plain: Plain) -> None:
    """Somebody else's avulsion stops the visit and asks for a call; taken back, neither stands, and it is booked."""
    reception = at(sit("reception"), "Adler")
    reception.says("booked", "Safety check: clear")
    doctor = at(plain("radiologist"), "Adler")
    doctor.follow("Add a report")
    doctor.choose(modality="mri", area="ischial-tuberosity", side="left")
    doctor.fill(performed_on="2026-02-27")
    doctor.choose(tendinopathy="no", bursitis="no", tear="avulsion", other_diagnosis="none")
    doctor.press("Save the report")
    doctor.says("1 open booking was checked again: now waiting for review.", "Phone the patient:")
    at(reception, "Adler").says("waiting for review", "Safety check: not possible", "Phone the patient:")

    doctor.follow("Withdraw the report of 27 February 2026")
    doctor.says("MRI of 27 February 2026", "tear avulsion")
    doctor.press("Withdraw it")
    doctor.has_error("Enter the reason.")
    doctor.fill(reason="The scan of another patient")
    doctor.press("Withdraw it")
    doctor.says(
        "The report is withdrawn. The call opened because of it alone is closed",
        "now waiting for review, though nothing speaks against it any more.",
        "The scan of another patient (radiologist, 2 March 2026)",
    )
    at(reception, "Adler").says("waiting for review", "Safety check: clear")
    reception.go("/calls/").says("There is nobody to phone.")

    doctor.go("/reviews/").press("Review: Robin Adler")
    doctor.says("Nothing speaks against it any more")
    doctor.choose(outcome="approve")
    doctor.fill(reason="The report was another patient's.")
    doctor.press("Save decision")
    at(reception, "Adler").says("booked", "Safety check: clear")


def test_2_what_reception_unlocks_is_seen_by_a_radiologist(sit: Sits) -> None:
    """A day read wrongly is corrected, which ends the interval; the radiologist reads what was changed, once."""
    reception = at(sit("reception"), "Boyce")
    reception.follow("Correct the injection of 20 December 2025")
    reception.says("Recorded now: 20 December 2025")
    reception.fill(reason="The letter was read wrongly")
    reception.press("Save the correction")
    reception.has_error("Nothing differs from what is recorded.")
    reception.fill(given="20 10 2025")
    reception.press("Save the correction")
    reception.says("The record is corrected.", "Date: 20 December 2025 → 20 October 2025")
    doctor = sit("radiologist").go("/")
    doctor.says("changed by reception, for you to look at")
    doctor.go("/reviews/").says(
        "Robin Boyce", "Date: 20 December 2025 → 20 October 2025", "The letter was read wrongly"
    )
    doctor.press("Seen")
    doctor.says("Marked as seen.")
    doctor.says("Review queue")
    assert "Changed by reception" not in doctor.main.inner_text()


def test_3_sport_too_soon_after_an_injection_is_a_call_for_reception(sit: Sits) -> None:
    reception = at(sit("reception"), "Crane")
    reception.follow("Add a planned activity")
    reception.choose(kind="sport")
    reception.fill(on="2026-03-03", at="18:00")
    reception.press("Save the plan")
    reception.says("The plan is recorded.", "Phone the patient: Sport on 3 March 2026 at 18:00")
    reception.follow("Record the call")
    reception.choose(reached="patient")
    reception.fill(said="Plays a week later")
    reception.press("Record the call")
    at(reception, "Crane").press("Remove")
    reception.go("/calls/").says("There is nobody to phone.")


def test_4_one_answer_is_corrected_by_two_clicks_and_nothing_else_changes(sit: Sits) -> None:
    """The questions open as they are answered; the booking stands, and every other answer with its day."""
    reception = at(sit("reception"), "Dunmore")
    reception.says("booked", "Safety check: clear")
    reception.follow("Questions")
    before = answers(reception)
    reception.choose(diabetes="yes")
    reception.press("Save the answers")
    reception.says("The answers are recorded.", "booked")
    reception.follow("Questions")
    assert answers(reception) == {**before, "diabetes": "yes"}


def answers(desk: Desk) -> dict[str, str]:
    """What is ticked on the page of the questions."""
    ticked = "all => Object.fromEntries(all.map(one => [one.name, one.value]))"
    found: dict[str, str] = desk.main.locator("input[type=radio]:checked").evaluate_all(ticked)
    return found


def test_5_a_name_of_35_letters_pushes_no_page_sideways(sit: Sits) -> None:
    """REC22, at the width of a small phone, on every page that shows it."""
    reception = at(sit("reception", width=375), LONG)
    paths = [reception.page.url.removeprefix(reception.base), "/patients/", "/calendar/?day=2026-03-12"]
    links = reception.main.get_by_role("link").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    paths += sorted({link.partition("#")[0] for link in links if link.startswith("/")})
    assert len(paths) > 8
    wide = {path: reception.go(path).page.evaluate(TOO_WIDE) for path in paths}
    assert {path: pixels for path, pixels in wide.items() if pixels > 0} == {}
