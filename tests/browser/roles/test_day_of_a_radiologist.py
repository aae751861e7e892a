"""A radiologist's day through the pages: what is decided arrives, what is done can be read back; axe on each page."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from scheduling.patients import link
from tests.browser.conftest import House, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems
from tests.clinic import NOW, local
from tests.injections.booking.test_several import fit_on_both_sides
from tests.injections.patient_link.conftest import BORN

pytestmark = pytest.mark.full_trial

TODAY = "2026-03-02"
MOST_CLICKS, MOST_TYPED = 12, 4


@dataclass
class Day:
    """Who comes today and later: their visits, their own numbers, and where their links lead."""

    visits: dict[str, int] = field(default_factory=dict)
    patients: dict[str, int] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)

    def __getitem__(self, name: str) -> int:
        return self.visits[name]


@pytest.fixture(scope="module")
def given(house: House) -> Day:
    """Two usual patients of today, one for a scan and an injection, one within the interval and one too soon; and one
    whose both sides hurt.
    """
    clinic, visits = house.clinic, {}
    house.at(local(TODAY, "07:30"))
    for name, at in (("Fenn", "08:00"), ("Grove", "08:40")):
        patient = clinic.fit_patient(name, gp_name="Dr Gale Winter", gp_practice="Harbour Surgery")
        visits[name] = clinic.book(patient, local(TODAY, at)).appointment
    to_scan = clinic.patient("Hale")
    clinic.answer(to_scan)
    clinic.pathway(to_scan)
    visits["Hale"] = clinic.book(to_scan, local(TODAY, "09:20"), kind="scan-and-injection").appointment
    for name, last, day, at in (
        ("Cole", "2025-12-01", "2026-03-10", "10:00"),
        ("Dunn", "2025-12-01", "2026-03-10", "11:00"),
        ("Eaton", "2026-01-20", TODAY, "10:20"),
    ):
        patient = clinic.fit_patient(name)
        clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        clinic.earlier_injection(patient, last)
        visits[name] = clinic.book(patient, local(day, at), override_reason="Cannot sit at all").appointment
    house.at(NOW)
    day = Day()
    day.patients["Frame"] = fit_on_both_sides(clinic, "Frame").pk
    for name, visit in visits.items():
        assert visit is not None, name
        day.visits[name], day.patients[name] = visit.pk, visit.patient_id
        day.links[name] = f"/p/{link.token_of(visit.pk, visit.link_version)}/"
    return day


def decide(desk: Desk, visit: int, outcome: str, reason: str) -> None:
    desk.go("/reviews/").go(f"/reviews/{visit}/")
    desk.choose(outcome=outcome)
    desk.fill(reason=reason)


def test_1_a_question_reaches_the_patient_and_comes_back_answered(given: Day, house: House, sit: Sits) -> None:
    desk = sit("radiologist")
    decide(desk, given["Cole"], "ask", "Which tablets do you take for your blood?")
    assert problems(desk.page) == []
    desk.press("Save decision")
    desk.says("The decision on Robin Cole is saved.")
    patient = sit("").go(given.links["Cole"])
    patient.page.get_by_label("Your date of birth").fill(BORN)
    patient.press("Open my page")
    patient.says("We have a question for you", "Which tablets do you take for your blood?")
    patient.follow("Answer it")
    expect(patient.main.get_by_role("button", name="Send my answer")).to_be_visible()
    assert problems(patient.page) == []
    patient.press("Send my answer")
    patient.has_error("Enter your answer")
    patient.fill(text="Apixaban, twice a day")
    patient.press("Send my answer")
    patient.says("Thank you for your answers")
    desk.go("/reviews/").says("The patient has answered")
    desk.go(f"/reviews/{given['Cole']}/").says("Apixaban, twice a day")


def test_2_a_decline_is_seen_at_the_next_booking_and_the_next_decision(given: Day, house: House, sit: Sits) -> None:
    desk = sit("radiologist")
    decide(desk, given["Dunn"], "decline", "The tendon is torn.")
    desk.press("Save decision")
    said = "Declined by radiologist on 2 March 2026: do not inject"
    reception = sit("reception").go(f"/appointments/{given['Dunn']}/")
    reception.says(said, "The tendon is torn.")
    assert problems(reception.page) == []
    patient = given.patients["Dunn"]
    wish = "kind=injection&site=hamstring-origin&side=left"
    reception.go(f"/patients/{patient}/book/?{wish}").says("Do not inject")
    reception.go(f"/patients/{patient}/book/when/?{wish}&from_on=2026-04-08")
    reception.page.locator("button.slot").first.click()
    reception.says("declined")
    reception.main.get_by_role("button", name=re.compile("send for review")).click()
    reception.says("waiting for review")
    again = int(reception.page.url.rstrip("/").rpartition("/")[2])
    desk.go(f"/reviews/{again}/").says("Decisions on other visits", said)
    assert problems(desk.page) == []


def identify(desk: Desk) -> None:
    for name in ("is_the_patient", "is_the_site"):
        desk.main.locator(f"[name={name}]").check()


def walk(desk: Desk, visit: int, *, started: str, ended: str, look: Callable[[], None] = lambda: None) -> None:
    """All steps of an injection as it is usual; what stands there already is not typed again."""
    desk.go(f"/appointments/{visit}/procedure/")
    identify(desk)
    look()
    desk.press("Save and continue")
    for what in ("Confirm all as recorded", "All of this"):
        expect(desk.main.get_by_role("button", name=f"{what}, and continue")).to_be_visible()
        look()
        desk.press(f"{what}, and continue")
    desk.says("What was injected")
    desk.choose(result="given", steroid="yes", targets="peritendinous")
    typed = {"drug": "Methylprednisolone", "volume_ml": "1", "strength_mg_ml": "40", "dose_mg": "40", "batch": "MP-123"}
    typed |= {"started": started, "ended": ended}
    for name, value in typed.items():
        if not desk.main.locator(f"[name={name}]").input_value():
            desk.fill(**{name: value})
    look()
    desk.press("Save and continue")
    expect(desk.main.get_by_role("button", name="Record the procedure")).to_be_visible()
    look()
    desk.press("Record the procedure")


def test_3_the_second_usual_patient_takes_few_clicks(given: Day, house: House, sit: Sits) -> None:
    """At most 12 clicks and 4 typed fields; the pages of the first are looked at."""
    house.at(local(TODAY, "09:10"))
    desk = sit("radiologist")
    looked: list[str] = []
    walk(desk, given["Fenn"], started="08:05", ended="08:15", look=lambda: looked.extend(problems(desk.page)))
    desk.says("The injection is recorded")
    assert looked == []
    desk.page.add_init_script(COUNT)
    walk(desk, given["Grove"], started="08:45", ended="08:55")
    desk.says("The injection is recorded")
    counted = desk.page.evaluate("[sessionStorage.clicks, sessionStorage.typed].map(Number)")
    assert 0 < counted[0] <= MOST_CLICKS, counted
    assert 0 < counted[1] <= MOST_TYPED, counted


COUNT = """
  for (const [event, name] of [["click", "clicks"], ["change", "typed"]]) {
    document.addEventListener(event, (one) => {
      const box = one.target.closest ? one.target : document.body;
      if (name === "clicks" && !one.isTrusted) return;
      if (name === "typed" && !box.matches("input:not([type=radio]):not([type=checkbox]), textarea")) return;
      if (name === "clicks" && box.matches("label")) return;
      sessionStorage[name] = Number(sessionStorage[name] || 0) + 1;
    }, true);
  }
"""
"""Counts what is pressed and what is typed into, over all pages."""


def test_4_a_scan_that_finds_a_full_tear_stops_before_the_needle(given: Day, house: House, sit: Sits) -> None:
    house.at(local(TODAY, "09:30"))
    desk = sit("radiologist").go(f"/appointments/{given['Hale']}/procedure/")
    identify(desk)
    desk.press("Save and continue")
    desk.says("Scan before anything is drawn up.")
    assert problems(desk.page) == []
    desk.choose(tendinopathy="yes", bursitis="no", tear="full", other_diagnosis="none")
    desk.fill(tear_grade="3", tear_size_mm="12")
    desk.press("Save the report")
    desk.says("full")
    assert problems(desk.page) == []
    desk.go(f"/appointments/{given['Hale']}/procedure/injection/")
    expect(desk.main).not_to_contain_text("What was injected")


def test_5_what_is_overridden_is_recorded_by_the_page(given: Day, house: House, sit: Sits) -> None:
    """NEE1: the reason of the override stands there already."""
    desk = sit("radiologist")
    decide(desk, given["Eaton"], "override", "A race on Sunday; weighed with her.")
    desk.pick(reason_code="There is no alternative")
    desk.press("Save decision")
    desk.says("You are about to override a safety finding")
    desk.press("Override and book")
    desk.go(f"/appointments/{given['Eaton']}/").says("Overridden by radiologist on 2 March 2026")
    house.at(local(TODAY, "10:50"))
    desk = sit("radiologist")
    walk(desk, given["Eaton"], started="10:25", ended="10:35")
    desk.says("The injection is recorded")


def test_6_a_correction_and_a_late_complication_are_read_back(given: Day, house: House, sit: Sits) -> None:
    desk = sit("radiologist").go(f"/patients/{given.patients['Fenn']}/")
    desk.follow("Correct the injection of 2 March 2026")
    desk.fill(dose_mg="20", volume_ml="0.5", reason="Half of it was drawn up.")
    desk.press("Save the correction")
    desk.says("40mg", "20mg")
    desk.go(f"/appointments/{given['Fenn']}/procedure/complication/")
    assert problems(desk.page) == []
    desk.press("Record the complication")
    desk.has_error()
    desk.choose(kind="bleed", severity="mild")
    desk.fill(on=TODAY, note="A bruise of 3 cm.")
    desk.press("Record the complication")
    desk.go(f"/appointments/{given['Fenn']}/procedure/report/")
    desk.says("Methylprednisolone", "MP-123", "40mg", "20mg", "Bleeding or a large bruise", "A bruise of 3 cm.")
    assert problems(desk.page) == []
    assert sheets_of(desk) == 1


def sheets_of(desk: Desk) -> int:
    """How many sheets of A4 the page takes when it is printed."""
    return len(PdfReader(io.BytesIO(desk.page.pdf(format="A4"))).pages)


def test_7_a_letter_is_read_back_from_its_pdf(given: Day, sit: Sits) -> None:
    """What was corrected and what came after it stand in it; so does the writer's own paragraph."""
    desk = sit("radiologist").go(f"/appointments/{given['Fenn']}/letters/new/")
    desk.choose(kind="gp")
    desk.fill(paragraph="Thank you for sending her; she hopes to run in May.")
    desk.press("Preview")
    desk.says("Preview, not filed yet", "she hopes to run in May")
    assert problems(desk.page) == []
    desk.press("Save the letter")
    desk.says("version 1")
    address = desk.main.get_by_role("link", name="PDF to print or keep").get_attribute("href")
    assert address is not None
    answer = desk.page.context.request.get(desk.base + address)
    assert answer.headers["content-type"] == "application/pdf"
    [sheet] = PdfReader(io.BytesIO(answer.body())).pages
    text = " ".join(sheet.extract_text().split())
    for words in ("Robin Fenn", "20mg", "MP-123", "Bleeding or a large bruise", "she hopes to run in May"):
        assert words in text, words


def test_8_both_sides_in_one_visit_with_one_side_not_given(given: Day, house: House, sit: Sits) -> None:
    """Asked for once, decided once, recorded side by side; report, patient's page and link read it back."""
    house.at(local(TODAY, "11:00"))
    reception = sit("reception").go(f"/patients/{given.patients['Frame']}/book/")
    reception.choose(kind="injection", site="hamstring-origin", side="left")
    reception.page.get_by_text("Another area or side at the same visit").click()
    reception.pick(second="Left ischiogluteal bursa")
    reception.says("Injection 1 is already for this area and side.")
    reception.pick(second="Right hamstring origin")
    reception.says("What is known about the left hamstring origin", "What is known about the right hamstring origin")
    assert problems(reception.page) == []
    reception.follow("Continue to dates")
    reception.says("left and right hamstring origin")
    reception.page.locator("button.slot").first.click()
    reception.says("The right side of the same area is injected on 2 March 2026 too.")
    assert problems(reception.page) == []
    reception.press("Book provisionally and send for review")
    reception.says("waiting for review", "left and right hamstring origin")
    visit = int(reception.page.url.rstrip("/").rpartition("/")[2])

    desk = sit("radiologist")
    decide(desk, visit, "approve", "Both hurt alike; half the dose each.")
    desk.says("(left sit bone)", "(right sit bone)")
    assert problems(desk.page) == []
    desk.press("Save decision")
    desk.says("The decision on Robin Frame is saved.")

    house.at(local(TODAY, "11:50"))
    desk = sit("radiologist").go(f"/appointments/{visit}/procedure/")
    identify(desk)
    desk.says("Left and right hamstring origin", "Injection 1", "Injection 2")
    desk.press("Save and continue")
    desk.press("Confirm all as recorded, and continue")
    desk.says("One consent for each of them")
    desk.press("Confirm all of this, and continue")
    desk.says("Injection 1 of 2: left hamstring origin")
    desk.choose(result="given", steroid="yes", targets="peritendinous")
    desk.fill(drug="Methylprednisolone", volume_ml="0.5", strength_mg_ml="40", dose_mg="20", batch="MP-456")
    desk.fill(started="11:41", ended="11:45")
    assert problems(desk.page) == []
    desk.press("Save and continue")
    desk.says("Injection 2 of 2: right hamstring origin", "those of the injection before")
    desk.choose(result="not-given")
    desk.press("Save and continue")
    desk.has_error()
    assert problems(desk.page) == []
    desk.fill(reason="Felt faint after the left")
    desk.press("Save and continue")
    desk.press("Record the procedure")
    desk.says("The injections are recorded", "Right hamstring origin, not given: Felt faint after the left")
    assert problems(desk.page) == []
    desk.follow("Procedure report")
    desk.says("Injection 1: left hamstring origin", "20mg", "MP-456", "Injection 2: right hamstring origin")
    desk.says("Felt faint after the left", "For each: left and right hamstring origin.")
    assert problems(desk.page) == []
    assert sheets_of(desk) == 1
    desk.go(f"/patients/{given.patients['Frame']}/").says(
        "left hamstring origin given", "right hamstring origin not given"
    )
    own = sit("").go(f"/p/{link.token_of(visit, 1)}/")
    own.page.get_by_label("Your date of birth").fill(BORN)
    own.press("Open my page")
    own.says("Rest until Wednesday 4 March at 11:45")
    assert problems(own.page) == []
