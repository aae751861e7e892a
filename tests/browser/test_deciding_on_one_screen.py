"""A radiologist decides: evidence, five outcomes and the button on one screen; the next case opens by itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import House, Sits
from tests.browser.desk import Desk
from tests.browser.looking import problems
from tests.clinic import local

pytestmark = pytest.mark.full_trial


@dataclass
class Cases:
    """What waits: one that is too soon and asked for all the same, and one to weigh."""

    blocked: int
    weigh: int


def _case(house: House, name: str, given: str, at: str) -> int:
    """With two warnings beside the interval."""
    clinic = house.clinic
    patient = clinic.fit_patient(name)
    clinic.earlier_injection(patient, given)
    answers = {"steroid_injection_last_12_months": "yes", "cancer_history": "yes", "diabetes": "yes"}
    clinic.answer(patient, answers)
    outcome = clinic.book(patient, local("2026-03-10", at), override_reason="A race on 1 April")
    assert outcome.appointment is not None
    return outcome.appointment.pk


@pytest.fixture(scope="module")
def given(house: House) -> Cases:
    return Cases(_case(house, "Dunn", "2026-01-20", "10:00"), _case(house, "Cole", "2025-11-20", "11:00"))


def bottom_of(desk: Desk, wanted: str) -> float:
    box = desk.main.locator(wanted).last.bounding_box()
    assert box is not None, wanted
    return box["y"] + box["height"]


def test_what_a_decision_needs_is_on_one_screen(given: Cases, sit: Sits) -> None:
    """At 1280 × 800, without scrolling: the headline, 3 findings with their evidence, five outcomes, the button."""
    desk = sit("radiologist").go(f"/reviews/{given.blocked}/")
    desk.says("Not possible without an override", "What clears it", "Not decided on before")
    assert desk.main.locator(".outcome").count() == 5
    for wanted in (".findings > li:nth-child(3)", ".outcome", "button[type=submit]"):
        assert bottom_of(desk, wanted) <= 800, wanted
    expect(desk.main.get_by_role("radio", name="Approve")).to_be_disabled()
    desk.says("Not now: A critical finding stands (repeat interval): override it, or choose another outcome.")
    assert problems(desk.page) == []


def test_the_fields_of_an_outcome_show_with_it(given: Cases, sit: Sits) -> None:
    desk = sit("radiologist").go(f"/reviews/{given.blocked}/")
    code, until = desk.main.get_by_label("Kind of reason"), desk.main.get_by_label("For a delay")
    expect(code).to_be_hidden()
    expect(until).to_be_hidden()
    desk.choose(outcome="override")
    expect(code).to_be_visible()
    assert bottom_of(desk, "button[type=submit]") <= 800
    desk.choose(outcome="delay")
    expect(code).to_be_hidden()
    desk.press("Save decision")
    desk.has_error("Enter the reason.")
    expect(until).to_be_visible()
    expect(until).to_have_value("2026-05-20")
    assert problems(desk.page) == []


def test_after_a_decision_the_next_case_opens_by_itself_and_is_taken(given: Cases, sit: Sits) -> None:
    """One interruption, at the override; then the other case, which a colleague sees is being reviewed."""
    desk = sit("radiologist").go("/reviews/")
    desk.press("Review next appointment")
    desk.says("Robin Dunn: Injection")
    desk.choose(outcome="override")
    desk.pick(reason_code="There is no alternative")
    desk.fill(reason="She cannot sit at all.")
    desk.press("Save decision")
    desk.says("You are about to override a safety finding", "She cannot sit at all.")
    assert problems(desk.page) == []
    desk.press("Override and book")
    desk.says("The decision on Robin Dunn is saved.", "Robin Cole: Injection")
    colleague = sit("radiologist2").go(f"/reviews/{given.weigh}/")
    colleague.says("radiologist is reviewing this now")
    assert problems(colleague.page) == []
    desk.choose(outcome="approve")
    desk.fill(reason="Weighed with her.")
    desk.press("Save decision")
    desk.says("Nothing is waiting for review.")
