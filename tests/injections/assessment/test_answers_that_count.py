"""Answers that count in a verdict: the hazards of a record in which one answer hides another."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.answers.screening import answer_screening
from injections.booking.book import check
from injections.booking.request import BookingRequest
from injections.models import MilderVerdict
from pht_clinic.people.actors import PATIENT
from scheduling.models import Patient
from tests.clinic import FIT, Clinic, local
from tests.pages_world import browser

TUESDAY = local("2026-03-10")
DAY = timedelta(days=1)


def said(clinic: Clinic, patient: Patient, days: float = 0, **answers: str) -> None:
    """Answers of so many days ago, about the left ischial tuberosity where they are about a place."""
    screening = {"answers": answers, "answered_at": (clinic.now - days * DAY).isoformat()}
    place = {"area": "ischial-tuberosity", "side": "left"}
    answer_screening(patient.pk, screening=screening, **place, by=clinic.reception, now=clinic.now)


def found(clinic: Clinic, patient: Patient, *, site: str = "hamstring-origin", side: str = "left") -> dict[str, str]:
    """Rule and severity of the findings on an injection on Tuesday 10 March."""
    ask = BookingRequest(patient_id=patient.pk, kind="injection", start=TUESDAY, site=site, side=side)
    return {one.rule: one.severity.value for one in check(ask, now=clinic.now).findings}


@pytest.mark.parametrize(
    ("question", "rule"),
    [
        ("steroid_or_anaesthetic_allergy", "hypersensitivity"),
        ("pregnant", "pregnancy"),
        ("infection_or_antibiotics", "systemic-infection"),
        ("interacting_medicine", "interacting-medicine"),
    ],
)
def test_h1_what_was_said_for_one_side_is_known_on_the_other(clinic: Clinic, question: str, rule: str) -> None:
    patient = clinic.fit_patient()
    said(clinic, patient, **{question: "yes"})
    for site, side in (("hamstring-origin", "right"), ("trochanteric-bursa", "left"), ("hip-joint", "right")):
        assert found(clinic, patient, site=site, side=side)[rule] == "critical"


def test_h1_what_was_said_of_a_place_is_not_known_of_another(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    said(clinic, patient, infection_at_site="yes")
    assert found(clinic, patient)["local-infection"] == "critical"
    assert "local-infection" not in found(clinic, patient, side="right")


def test_h2_newer_incomplete_answers_erase_no_yes(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    said(clinic, patient, steroid_or_anaesthetic_allergy="yes")
    clinic.now += DAY
    said(clinic, patient, diabetes="no")
    assert found(clinic, patient)["hypersensitivity"] == "critical"
    clinic.now += DAY
    said(clinic, patient, steroid_or_anaesthetic_allergy="no")
    assert "hypersensitivity" not in found(clinic, patient)


def test_h2_an_earlier_yes_stands_on_the_decision_page_without_a_fold(clinic: Clinic) -> None:
    """Answered "no" a day later: whoever decides sees both, with their days and who said it."""
    patient = clinic.fit_patient()
    said(clinic, patient, steroid_or_anaesthetic_allergy="yes")
    clinic.now += DAY
    said(clinic, patient, steroid_or_anaesthetic_allergy="no", diabetes="yes")
    clinic.earlier_injection(patient, "2025-11-20")
    appointment = clinic.book(patient, TUESDAY).appointment
    assert appointment is not None
    page = browser(clinic.users["radiologist"])
    page.get("decision", appointment.pk)
    unfolded = page.html[: page.html.index("<summary>Answers")]
    assert "no now (3 March 2026, the patient), but yes on 2 March 2026 (the patient)." in unfolded


def test_h3_older_answers_that_are_typed_later_do_not_open_a_verdict(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    said(clinic, patient, steroid_or_anaesthetic_allergy="yes")
    clinic.now += DAY
    said(clinic, patient, 9, steroid_or_anaesthetic_allergy="no")
    assert found(clinic, patient)["hypersensitivity"] == "critical"


@pytest.mark.parametrize("answer", [{}, {"steroid_injection_last_12_months": "not-sure"}])
def test_h24_an_unknown_history_is_not_taken_for_none(clinic: Clinic, answer: dict[str, str]) -> None:
    patient = clinic.patient()
    clinic.pathway(patient)
    clinic.report(patient)
    rest = {code: value for code, value in FIT.items() if code != "steroid_injection_last_12_months"}
    said(clinic, patient, **rest | answer)
    assert found(clinic, patient)["injection-history-unknown"] == "warning"


@pytest.mark.parametrize(("who", "is_seen"), [("reception", 1), ("radiologist", 0), ("patient", 0)])
def test_h4_an_answer_that_reception_corrects_to_a_milder_verdict_is_seen(
    clinic: Clinic, who: str, is_seen: int
) -> None:
    patient = clinic.fit_patient()
    said(clinic, patient, steroid_or_anaesthetic_allergy="yes")
    clinic.now += DAY
    answer_screening(
        patient.pk,
        screening={"answers": {"steroid_or_anaesthetic_allergy": "no"}},
        by=PATIENT if who == "patient" else getattr(clinic, who),
        now=clinic.now,
    )
    assert [row.what for row in MilderVerdict.objects.all()] == [
        "Answer changed: steroid or anaesthetic allergy (Yes → No)"
    ] * is_seen


def test_h4_a_gap_that_is_filled_is_no_correction(clinic: Clinic) -> None:
    patient = clinic.patient()
    said(clinic, patient, **FIT | {"fever": "not-sure"})
    clinic.now += DAY
    said(clinic, patient, fever="no")
    assert not MilderVerdict.objects.exists()
