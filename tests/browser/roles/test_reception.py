"""What reception does all day, story by story: at a narrow window, without scripts, by the keyboard alone.

A booking from Home to Confirm, with scripts, is told in test_booking_plainly.py; registering and the first booking of
somebody new in test_main_job.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from urllib.parse import urlencode

import pytest
from playwright.sync_api import expect

from injections.patient_link.recovery import Answers, answer_recovery
from injections.procedure.record import record_procedure
from injections.safety.questions import QUESTIONS
from pht_clinic.people.actors import PATIENT
from scheduling.clinic.closures import save_closure
from scheduling.models import Message, Patient
from tests.browser.conftest import House, Plain, Sits
from tests.browser.desk import Desk
from tests.clinic import NOW, Clinic, local
from tests.injections.procedure.test_record import GIVEN
from tests.pages_world import when

SOON = "2026-03-10"


@pytest.fixture(scope="module")
def given(house: House) -> dict[str, str]:
    """Each story's own people, none of whom meets another's. The last step of a booking, by whom it is of."""
    clinic = house.clinic
    house.at(local("2026-02-27", "07:30"))
    clinic.book(clinic.fit_patient("Null"), local("2026-02-27", "09:00"))
    treated_and_worse(house)
    house.at(local("2026-03-02", "07:30"))
    clinic.book(clinic.patient("Noakes"), local("2026-03-02", "08:45"), kind="physiotherapy")
    clinic.book(clinic.patient("Arden"), local("2026-03-02", "09:30"), kind="physiotherapy")
    Message.objects.filter(kind="confirmed").update(status="sent", sent_at=clinic.now)
    house.at(NOW)
    clinic.patient("Smith", phone="020 7946 0777", date_of_birth=date(1984, 7, 9))
    clinic.patient("O'Brien", date_of_birth=date(1980, 2, 3))
    frost = clinic.fit_patient("Frost")
    clinic.answer(frost, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(frost, "2026-01-20")
    clinic.answer(clinic.patient("Irwin"), {"fever": "yes"})
    for name, at in (("Maple", "08:00"), ("Cedar", "08:40")):
        clinic.book(clinic.fit_patient(name), local(SOON, at))
    clinic.book(clinic.fit_patient("Jarvis", email=""), local(SOON, "12:00"))
    waits_for_answers(clinic)
    displaced(clinic)
    return {name: check_of(clinic, clinic.fit_patient(name)) for name in ("Hazel", "Hobbs")}


def treated_and_worse(house: House) -> None:
    """An injection of 3 days ago, and an answer to the mail of the next day that needs a call, but no radiologist."""
    clinic, start = house.clinic, local("2026-02-27", "08:00")
    visit = clinic.book(clinic.fit_patient("Elder"), start).appointment
    assert visit is not None
    house.at(start + timedelta(minutes=40))
    given = replace(GIVEN, started_at=start, ended_at=start + timedelta(minutes=20))
    record_procedure(visit.pk, given, by=clinic.radiologist, now=clinic.now)
    house.at(local("2026-03-01", "10:00"))
    worse = Answers(question="flare-check", pain=9, change="worse")
    answer_recovery(visit.pk, worse, by=PATIENT, now=clinic.now)


def waits_for_answers(clinic: Clinic) -> None:
    """Everything is known but the patient's own answers."""
    patient = clinic.patient("Dale")
    clinic.pathway(patient)
    clinic.report(patient)
    clinic.book(patient, local(SOON, "13:00"))


def displaced(clinic: Clinic) -> None:
    """Booked for a day on which the clinic is closed since."""
    clinic.book(clinic.fit_patient("Hurst"), local("2026-03-12", "09:20"))
    closed = {"starts_at": local("2026-03-12", "00:00"), "ends_at": local("2026-03-13", "00:00"), "reason": "Repairs"}
    save_closure(None, closed, confirm=True, by=clinic.manager, now=clinic.now)


def check_of(clinic: Clinic, patient: Patient) -> str:
    """10 o'clock on 10 March is chosen, and nothing but the yes is missing."""
    return f"/patients/{patient.pk}/book/check/?{urlencode(when(patient, clinic, local(SOON)))}"


@pytest.mark.full_trial
@pytest.mark.parametrize(
    ("typed", "found"), [("smyth", "Robin Smith"), ("o'brien 1980", "Robin O'Brien"), ("7946 0777", "Robin Smith")]
)
def test_1_somebody_is_found_by_what_they_say_on_the_phone(typed: str, found: str, plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("Book a visit")
    desk.fill(text=typed)
    desk.press("Search")
    desk.says("1 patient found.")
    desk.follow(found)
    desk.says(f"What are you booking for {found}?")


@pytest.mark.full_trial
def test_1_what_is_found_is_announced_without_leaving_the_page(sit: Sits) -> None:
    desk = sit("reception").go("/patients/")
    for typed, said in (("smyth", "1 patient found."), ("zzzz", "Nobody found."), ("", "Enter the name")):
        desk.fill(text=typed)
        desk.press("Search")
        expect(desk.page.get_by_role("status").filter(has_text=said)).to_be_visible()
    assert desk.page.url.endswith("/patients/")


@pytest.mark.full_trial
def test_2_somebody_new_is_registered_unless_we_know_them(plain: Plain) -> None:
    """What is missing is named and what was typed stays; who is much alike is shown before a second record is made."""
    desk = plain("reception").go("/patients/")
    desk.follow("Register a new patient")
    desk.fill(given_name="Robin", phone="020 7946 0778")
    desk.press("Register")
    desk.has_error("Enter the date of birth.")
    assert desk.main.get_by_label("Given name").input_value() == "Robin"
    desk.fill(family_name="Smith", date_of_birth="9 7 1984")
    desk.press("Register")
    desk.says("Is this the same person?", "Robin Smith: use this record")
    desk.press("Register anyway")
    desk.says("Robin Smith is registered.")


@pytest.mark.full_trial
def test_2_who_needs_an_interpreter_or_has_a_carer_is_registered_with_it(sit: Sits) -> None:
    """By keyboard: what only some have to say is unfolded, and kept."""
    desk = sit("reception", by_keys=True).go("/patients/new/")
    desk.fill(given_name="Nadia", family_name="Quorn", date_of_birth="9 7 1954", phone="020 7946 0779")
    desk.pick(preferred_contact="Phone call")
    desk.open("Interpreter, access needs, GP or referrer, carer")
    desk.fill(language="Urdu", gp_name="Dr Ines Faulk", carer_name="Samir Quorn", carer_relation="Son")
    desk.press("Register")
    desk.says("Nadia Quorn is registered.", "Interpreter Urdu", "Dr Ines Faulk", "Samir Quorn, Son")
    desk.says("Preferred contact", "Phone call", "May not speak for the patient")


@pytest.mark.full_trial
def test_3_too_soon_becomes_a_time_that_a_radiologist_may_allow(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("Book a visit")
    desk.fill(text="frost")
    desk.press("Search")
    desk.follow("Robin Frost")
    desk.choose(kind="injection", site="hamstring-origin", side="left")
    desk.press("Show what is known")
    desk.says("January 2026: left ischiogluteal bursa")
    desk.follow("Continue to dates")
    desk.fill(from_on=SOON)
    desk.press("Show times")
    desk.says("Tuesday 10 March 2026: not possible", "Too soon")
    desk.press("Tuesday 10 March 2026 at")
    desk.says("This time is not possible")
    desk.press("Hold the time and ask a radiologist")
    desk.has_error("Say why a radiologist should look at it anyway.")
    desk.follow("Times from 20 April 2026, with review")
    desk.press("Monday 20 April 2026 at 08:00")
    desk.says("A radiologist must look at it first", "We are checking your appointment")
    desk.press("Book provisionally and send for review")
    desk.says("The time is held and waits for review by a radiologist.")


@pytest.mark.full_trial
def test_4_a_time_lost_to_somebody_else_keeps_every_answer(given: dict[str, str], plain: Plain) -> None:
    first, second = plain("reception").go(given["Hazel"]), plain("radiologist").go(given["Hobbs"])
    note = "Comes with her daughter, who interprets."
    first.fill(note=note)
    second.press("Confirm and send email")
    second.says("Booked. The email goes out now.")
    first.press("Confirm and send email")
    first.says("That time is already taken", "Nothing is lost: choose another time")
    first.press("Tuesday 10 March 2026 at")
    assert first.main.locator("[name=note]").input_value() == note
    first.press("Confirm and send email")
    first.says("Booked. The email goes out now.", "Robin Hazel", note)


def test_5_a_visit_is_moved_by_a_form_and_moved_back(plain: Plain) -> None:
    desk = patient(plain, "maple")
    desk.follow("Move the visit of Robin Maple")
    desk.says("Tuesday 3 March", "More times from")
    desk.open("Another time")
    desk.fill(on="2026-03-11", at="11:20")
    desk.press("Check this time")
    desk.says("Wednesday 11 March 2026 at 11:20", "Clear to book")
    desk.press("Move the visit")
    desk.has_error("Tell the patient?")
    desk.choose(tell="yes")
    desk.press("Move the visit")
    desk.says("Wednesday 11 March 2026 at 11:20")
    desk.follow("Undo")
    desk.says("It will be at Tuesday 10 March 2026 at 08:00 again")
    answer_whether_told(desk)
    desk.press("Undo it")
    desk.says("Undone.", "Tuesday 10 March 2026 at 08:00")


@pytest.mark.full_trial
def test_6_a_visit_is_cancelled_and_taken_back(plain: Plain) -> None:
    desk = patient(plain, "cedar")
    desk.follow("Cancel the visit of Robin Cedar")
    desk.says("no message about this visit has reached the patient")
    desk.choose(tell="no")
    desk.press("Cancel the visit")
    desk.has_error("Who cancels, and why")
    desk.choose(reason_code="patient-cannot-come")
    desk.fill(reason="On holiday")
    desk.press("Cancel the visit")
    desk.says("You can undo this for 10 minutes.", "On holiday")
    desk.follow("Undo")
    answer_whether_told(desk)
    desk.press("Undo it")
    desk.says("Undone.")


def answer_whether_told(desk: Desk) -> None:
    """Asked only if the patient has heard of what is taken back."""
    if desk.main.locator("input[name=tell]").count():
        desk.choose(tell="no")


def test_7_of_those_expected_today_one_arrives_and_one_does_not_come(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.press("Arrived: Robin Arden")
    desk.says("Marked as arrived.")
    desk.press("Did not come: Robin Noakes")
    desk.says("Marked as missed")
    desk.go("/calendar/")
    desk.says("Robin Arden", "arrived", "Robin Noakes", "missed")


@pytest.mark.full_trial
def test_8_what_nobody_said_an_outcome_of_gets_one(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("1 visit without an outcome")
    desk.press("Did not come: Robin Null")
    desk.says("Every visit has its outcome.")


@pytest.mark.full_trial
def test_9_who_must_be_phoned_is_phoned_and_red_flags_are_put_through(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("2 to call")
    desk.follow("Record an attempt to call Robin Irwin")
    desk.says("closed by a radiologist who reached the patient.")
    desk.go("/calls/")
    desk.follow("Record an attempt to call Robin Elder")
    desk.press("Record the attempt")
    desk.has_error()
    desk.choose(reached="no-answer")
    desk.press("Record the attempt")
    desk.go("/calls/").says("Robin Elder", ": no answer")


@pytest.mark.full_trial
def test_10_what_waits_for_answers_books_itself_when_they_come(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("1 waiting for answers")
    desk.says("Each is booked automatically as soon as the answers clear it")
    desk.follow("Ask the questions, for Robin Dale")
    desk.choose(onset="gradual", main_pain_site="sit-bone", pain_side="left", **dict.fromkeys(QUESTIONS, "no"))
    desk.press("Save the answers")
    desk.says("The answers are recorded.")
    desk.go("/waiting/")
    desk.says("Nothing waits for answers.")
    patient(plain, "dale").says("Safety check: clear")


@pytest.mark.full_trial
def test_11_what_a_closure_displaced_is_moved(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("1 to be moved in the next 2 weeks")
    desk.follow("See them as a short list")
    desk.says("Robin Hurst")
    desk.go("/to-be-moved/times/")
    desk.follow("Other times for Robin Hurst")
    desk.press("Saturday 7 March 2026 at")
    desk.says("Held for you until")
    desk.choose(tell="yes")
    desk.press("Move the visit")
    desk.says("Saturday 7 March 2026 at")
    desk.go("/to-be-moved/")
    desk.says("Every booked visit has its place.")


@pytest.mark.full_trial
def test_12_whom_no_message_reached_is_phoned(plain: Plain) -> None:
    desk = plain("reception").go("/")
    desk.follow("1 message that did not arrive")
    desk.follow("Confirmation")
    desk.says("The patient has no email address.", "Phone the patient", "07700 900123")
    desk.choose(told="yes")
    desk.fill(reason="Told on the phone; a letter is in the post.")
    desk.press("Close the phone task")
    desk.says("The phone task is closed.")
    desk.go("/messages/?status=phone")
    desk.says("There is nobody to phone about a message.")


def patient(plain: Plain, name: str) -> Desk:
    """Reception at this patient's page."""
    desk = plain("reception").go("/patients/")
    desk.fill(text=name)
    desk.press("Search")
    desk.follow(f"Robin {name.title()}")
    return desk
