"""The main job in a real browser, with everything behind it real: web server, worker, beat, broker, mail server.

Reception finds nobody, registers the patient, records an injection from elsewhere, the answers and the pathway; the
radiologist adds the report; the verdict says too soon and offers times; one in the review zone is held, decided, told,
reminded of; on the day the procedure is recorded, and aftercare and the question of the next day go out when due.
"""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import Browser, expect

from injections.safety.gates import CHECKED_TODAY
from injections.safety.questions import QUESTIONS
from pht_clinic.demo.processes import Child
from tests import second_factor
from tests.browser.conftest import PASSWORD, browser_of
from tests.browser.desk import Desk
from tests.clinic import NOW, local, open_clinic
from tests.conftest import ClockOffset, LiveServer
from tests.smtp import SmtpServer

SECONDS = 60.0
RECEPTION, RADIOLOGIST = "reception@clinic.example", "radiologist@clinic.example"


def desk(browser: Browser, base: str, email: str, code: str) -> Desk:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, locale="en-GB")
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{base}/account/sign-in/")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Home", exact=True)).to_be_visible()
    return Desk(page, base)


@pytest.fixture
def codes(committed_db: None, clock_offset: ClockOffset) -> dict[str, str]:
    """People who can sign in, a room, sessions; it is Monday 2 March 2026. A recovery code of each, by address."""
    at(clock_offset, NOW)
    found = {}
    for user in open_clinic().users.values():
        user.set_password(PASSWORD)
        user.save()
        found[user.email] = second_factor.set_up(user)[0]
    return found


@pytest.fixture
def clinic(codes: dict[str, str], live_server_process: LiveServer) -> str:
    """The address of the clinic."""
    return live_server_process.url


def at(clock: ClockOffset, instant: datetime) -> None:
    clock.set((instant - datetime.now(UTC)).total_seconds())


def test_the_main_job_from_sign_in_to_the_question_of_the_next_day(
    clinic: str,
    codes: dict[str, str],
    celery_worker_process: Child,
    celery_beat_process: Child,
    smtp_server: SmtpServer,
    clock_offset: ClockOffset,
    chromium: str,
) -> None:
    with browser_of(chromium) as browser:
        reception = desk(browser, clinic, RECEPTION, codes[RECEPTION])
        patient = register(reception)
        history(reception)
        radiologist = desk(browser, clinic, RADIOLOGIST, codes[RADIOLOGIST])
        report(radiologist, patient)
        book_in_the_review_zone(reception)
        assert "checking your appointment" in subject(smtp_server, 1)

        decide(radiologist)
        assert subject(smtp_server, 2) == "Your appointment on Tuesday 31 March"
        calendar = [part for part in smtp_server.messages[1].walk() if part.get_content_type() == "text/calendar"]
        assert "METHOD:REQUEST" in calendar[0].get_content()

        at(clock_offset, local("2026-03-24", "10:05"))
        assert subject(smtp_server, 3) == "Your appointment on Tuesday 31 March"
        at(clock_offset, local("2026-03-29", "08:05"))
        assert subject(smtp_server, 4) == "Your appointment on Tuesday at 08:00"

        at(clock_offset, local("2026-03-31", "08:20"))
        arrive(reception)
        inject(radiologist)
        assert subject(smtp_server, 5) == "Your aftercare information"

        at(clock_offset, local("2026-04-01", "09:05"))
        assert subject(smtp_server, 6) == "How are you today?"
        what_was_sent(reception)
    assert {mail["To"] for mail in smtp_server.messages} == {"nora.quill@mail.example"}


def subject(smtp_server: SmtpServer, number: int) -> str:
    """The subject of the mail of that number, once it has arrived."""
    return str(smtp_server.wait_for(number, seconds=SECONDS)[number - 1]["Subject"])


def register(reception: Desk) -> str:
    """1 · Home, nobody found, registered. Returns the path of the patient's page."""
    reception.follow("Book a visit")
    reception.fill(text="Quill 1975")
    reception.press("Search")
    reception.says("Nobody found.")
    reception.follow("Register a new patient")
    reception.press("Register")
    reception.says("There is a problem", "Enter a given name, a family name, or both.")
    expect(reception.page).to_have_title("Error: Register a patient – PHT Clinic")
    reception.fill(
        given_name="Nora",
        family_name="Quill",
        date_of_birth="3 4 1975",
        phone="07700 900555",
        email="nora.quill@mail.example",
    )
    reception.page.get_by_label("The patient agrees to get emails").check()
    reception.press("Register")
    reception.says("Nora Quill is registered.", "What are you booking for Nora Quill?")
    return reception.page.url.removeprefix(reception.base).split("book/")[0]


def history(reception: Desk) -> None:
    """2 · Site and side, the injection elsewhere, the questions, the pathway; the booking goes on after each."""
    reception.choose(kind="injection", site="hamstring-origin", side="left")
    reception.says("What is known about the left hamstring origin", "Not asked yet")
    reception.follow("Add an injection given elsewhere")
    reception.choose(site="ischiogluteal-bursa", side="left", steroid="yes", origin="elsewhere")
    reception.fill(given="2025-12")
    reception.press("Save the injection")
    reception.says("The injection is recorded.", "counted as 31 December: left ischiogluteal bursa")
    reception.follow("Ask the questions")
    reception.choose(**dict.fromkeys(QUESTIONS, "no"))
    reception.choose(
        steroid_injection_last_12_months="yes", onset="gradual", main_pain_site="sit-bone", pain_side="left"
    )
    reception.press("Save the answers")
    reception.says("The answers are recorded.", "all answered")
    reception.follow("Record the pathway")
    reception.choose(
        specialist_assessment="yes",
        physiotherapy="completed",
        response="not-satisfactory",
        indications="deep-buttock-pain",
        mild_and_improving="no",
        suspected_avulsion="no",
    )
    reception.press("Save the pathway")
    reception.says("The pathway is recorded.")


def report(radiologist: Desk, patient: str) -> None:
    """3 · The radiologist's report."""
    radiologist.go(patient)
    radiologist.follow("Add a report")
    radiologist.choose(
        modality="ultrasound",
        area="ischial-tuberosity",
        side="left",
        tendinopathy="yes",
        bursitis="yes",
        tear="none",
        other_diagnosis="none",
    )
    radiologist.fill(performed_on="2026-02-20")
    radiologist.press("Save the report")
    radiologist.says("The report is recorded.", "Ultrasound, 20 February 2026")


def book_in_the_review_zone(reception: Desk) -> None:
    """4 · Too soon, from when a radiologist may allow it, from when it is free; a time in between is held."""
    reception.follow("Continue to dates")
    reception.says(
        "Monday 2 March 2026: not possible",
        "Interval: too soon until 31 March 2026, radiologist review until 1 May 2026, free from 1 May 2026",
    )
    expect(reception.page.get_by_text("Safety check: needs review")).to_have_count(42)
    reception.page.get_by_label("From").fill("2026-03-02")
    reception.page.get_by_label("From").press("Tab")
    expect(reception.page.get_by_text("Safety check: not possible")).to_have_count(42)
    reception.press("Monday 2 March 2026 at")
    reception.says("This time is not possible")
    reception.follow("Times from 31 March 2026, with review")
    expect(reception.page.get_by_text("Safety check: needs review")).to_have_count(42)
    reception.page.get_by_label("Show").select_option("clear")
    reception.says("Friday 1 May 2026 at 08:00")
    reception.page.get_by_label("Show").select_option("")
    reception.says("Tuesday 31 March 2026 at 08:00")
    reception.press("Tuesday 31 March 2026 at 08:00")
    reception.says("A radiologist must look at it first", "We are checking your appointment")
    reception.press("Book provisionally and send for review")
    reception.says("waits for review by a radiologist")


def decide(radiologist: Desk) -> None:
    """5 · The queue, the evidence, a decision with a reason."""
    radiologist.go("/")
    radiologist.says("1 waiting for review")
    radiologist.follow("Go to the review queue")
    radiologist.press("Review next appointment")
    radiologist.says("For you to weigh", "Repeat interval")
    radiologist.press("Save decision")
    radiologist.says("There is a problem")
    radiologist.choose(outcome="approve")
    radiologist.fill(reason="Scan seen; acceptable after 3 months.")
    radiologist.press("Save decision")
    radiologist.says("The decision on Nora Quill is saved.", "Nothing is waiting for review.")


def arrive(reception: Desk) -> None:
    """6 · The day: the patient is here."""
    reception.go("/")
    reception.says("Nora Quill")
    reception.go("/calendar/")
    reception.go("/")
    reception.press("Arrived")
    reception.says("Marked as arrived.")


def inject(radiologist: Desk) -> None:
    """7 · Identity, checks of today, injection, aftercare; then rest-until and the next safe dates."""
    radiologist.go("/")
    radiologist.follow("Procedure")
    radiologist.says("Is this the right patient?")
    for name in ("is_the_patient", "is_the_site"):
        radiologist.page.locator(f"input[name={name}]").check()
    radiologist.press("Save and continue")
    radiologist.press("Save and continue")
    radiologist.says("There is a problem")
    radiologist.choose(**dict.fromkeys(CHECKED_TODAY, "yes"))
    radiologist.press("Save and continue")
    radiologist.press("Confirm all of this, and continue")
    radiologist.choose(result="given", steroid="yes")
    radiologist.fill(
        started="08:05",
        ended="08:15",
        drug="Methylprednisolone",
        dose_mg="40",
        strength_mg_ml="40",
        volume_ml="1",
        batch="MP-123",
    )
    radiologist.press("Save and continue")
    radiologist.press("Record the procedure")
    radiologist.says("The injection is recorded", "Thursday 2 April 2026 at 08:15", "1 July 2026", "31 July 2026")


def what_was_sent(reception: Desk) -> None:
    """8 · Every message stands in the list, sent."""
    reception.go("/messages/?status=sent")
    reception.says("Question for the day after", "Aftercare", "Reminder 2 days before", "Confirmation")
    reception.follow("Aftercare")
    reception.says("Rest until Thursday 2 April at 08:15")
