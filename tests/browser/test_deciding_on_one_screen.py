"""A radiologist decides: evidence, five outcomes and the button on one screen; the next case opens by itself."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.browser.conftest import House, Sits
from tests.clinic import local

OUTCOMES = ("approve", "override", "delay", "decline", "ask")


@dataclass
class Cases:
    """What waits: one to weigh, one that is blocked and asked for all the same."""

    weigh: int
    blocked: int


def _case(house: House, name: str, given: str, at: str) -> int:
    clinic = house.clinic
    patient = clinic.fit_patient(name)
    clinic.earlier_injection(patient, given)
    clinic.answer(
        patient, {"steroid_injection_last_12_months": "yes", "cancer_history": "yes", "diabetes": "yes"}
    )
    outcome = clinic.book(patient, local("2026-03-10", at), override_reason="A race on 1 April")
    assert outcome.appointment is not None
    return outcome.appointment.pk


@pytest.fixture(scope="module")
def given(house: House) -> Cases:
    return Cases(_case(house, "Cole", "2025-11-20", "10:00"), _case(house, "Dunn", "2026-01-20", "11:00"))


def test_look(given: Cases, sit: Sits) -> None:
    for width in (1280, 768, 320):
        desk = sit("radiologist", width=width)
        for name in ("weigh", "blocked"):
            desk.go(f"/reviews/{getattr(given, name)}/")
            desk.page.screenshot(path=f"/work/tmp/desk/{name}-{width}.png", full_page=width < 1000)
