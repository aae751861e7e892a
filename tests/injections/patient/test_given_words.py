"""A date that is known in part is said in part wherever it stands, with the day that it counts as."""

from __future__ import annotations

import pytest

from injections.booking.cancel import cancel
from injections.words import given_in_words
from tests.api_world import World
from tests.clinic import local
from tests.pages_world import browser, when

SAID = "ome time in 2025, counted as 31 December"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("2025-08-14", "14 August 2025"),
        ("2025-08", "some time in August 2025, counted as 31 August"),
        ("2025", "some time in 2025, counted as 31 December"),
        ("2026", "some time in 2026, counted as 2 March"),
        (None, "an unknown date, counted as 2 March 2026"),
    ],
)
def test_nee18_when_an_injection_was_given_is_said_with_the_day_it_counts_as(given: str | None, said: str) -> None:
    assert given_in_words(given, local("2026-03-02").date()) == said


def test_what_is_no_steroid_counts_as_no_day() -> None:
    assert given_in_words("2025", local("2026-03-02").date(), counts=False) == "some time in 2025"


def test_nee18_no_page_says_that_a_year_was_its_last_day(world: World) -> None:
    """On every page about the patient, in the safety check's words, and in the API's messages."""
    clinic = world.clinic
    patient = clinic.fit_patient()
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025")
    visit = clinic.book(patient, local("2026-03-10"), override_reason="Please look").appointment
    assert visit is not None
    own = browser(clinic.users["radiologist"])
    injection = patient.injections.get().pk
    pages = {
        "patient": own.get("patient", patient.pk),
        "decision": own.get("decision", visit.pk),
        "appointment": own.get("appointment", visit.pk),
        "withdraw": own.get("injection-withdraw", injection),
        "correct": own.get("injection-correct", injection),
        "check": own.get("booking-check", patient.pk, **when(patient, clinic, local("2026-03-12"))),
        "what": own.get("booking-what", patient.pk, kind="injection", site="hamstring-origin", side="left"),
        "found": own.post("patient-search", data={"text": "Birch"}, expect=200),
    }
    for name, said in pages.items():
        assert SAID in said, (name, said)
        assert "31 December 2025" not in said, (name, said)
    cancel(visit.pk, reason="Later", by=clinic.reception, now=clinic.now)
    body = {"patient": str(patient.pk), "kind": "injection", "site": "hamstring-origin", "side": "left"}
    judged = world.radiologist.post("/assessments/", {**body, "start": local("2026-03-12").isoformat()}).json()
    [message] = [one["message"] for one in judged["findings"] if one["rule"] == "repeat-interval"]
    assert SAID in message


def test_nee17_an_inr_of_4_5_is_named_where_the_visit_is_looked_at(world: World) -> None:
    clinic = world.clinic
    patient = clinic.fit_patient()
    follow_ups = {"blood_thinner_kind": "warfarin", "inr": 4.5, "inr_on": "2026-03-01"}
    clinic.answer(patient, {"blood_thinner": "yes"}, **follow_ups)
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    own = browser(clinic.users["radiologist"])
    for said in (own.get("decision", visit.pk), own.get("appointment", visit.pk)):
        assert "Warfarin with an INR of 4.5 of 1 March 2026, above 3." in said
