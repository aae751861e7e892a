"""What stands at the top of every page about a patient, from each thing that it comes from."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from injections.conditions.recording import withdraw_allergy, withdraw_condition
from injections.facts.alerts import Alerts, alerts_of, is_injected_here
from injections.facts.history import history_to_show
from injections.merging.merge import merge_patients
from injections.patient.notes import add_note
from injections.review.decide import DecisionRequest, decide
from scheduling.models import Patient
from tests.clinic import NOW, Clinic, local


def alerts(patient: Patient, now: Any = NOW) -> Alerts:
    return alerts_of(history_to_show(patient.pk, now=now))


def said(patient: Patient, now: Any = NOW) -> list[tuple[str, str]]:
    return [(one.kind, one.text) for one in alerts(patient, now).standing]


def test_of_whom_nothing_is_known_nothing_is_said(clinic: Clinic) -> None:
    found = alerts(clinic.fit_patient())
    assert not found
    assert not found.standing


def test_an_allergy_and_each_condition_and_medicine_warn_until_they_are_withdrawn(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    allergy = clinic.allergy(patient, "Penicillin", reaction="Rash", since="2019-05")
    clinic.allergy(patient, "Plasters", reaction="", since=None)
    clinic.condition(patient, "Prednisolone 5 mg", kind="medicine", since=None)
    condition = clinic.condition(patient, "Epilepsy", since="2010")
    assert said(patient) == [
        ("allergy", "Penicillin (Rash), since May 2019"),
        ("allergy", "Plasters"),
        ("condition", "Epilepsy, since 2010"),
        ("medicine", "Prednisolone 5 mg"),
    ]
    assert [one.is_grave for one in alerts(patient).standing] == [True, True, False, False]
    withdraw_allergy(allergy.pk, reason="No", by=clinic.radiologist, now=NOW)
    withdraw_condition(condition.pk, reason="No", by=clinic.radiologist, now=NOW)
    assert said(patient) == [("allergy", "Plasters"), ("medicine", "Prednisolone 5 mg")]


@pytest.mark.parametrize(
    ("answers", "values", "expected"),
    [
        ({"blood_thinner": "yes"}, {}, ("blood-thinner", "Which one is not known (2 March 2026, the patient)")),
        (
            {"blood_thinner": "yes"},
            {"blood_thinner_kind": "warfarin", "inr": 2.5, "inr_on": "2026-03-01"},
            ("blood-thinner", "Warfarin, last INR 2.5 on 1 March 2026 (2 March 2026, the patient)"),
        ),
        ({"diabetes": "yes"}, {}, ("diabetes", "control is not known (2 March 2026, the patient)")),
        (
            {"diabetes": "yes"},
            {"diabetes_poorly_controlled": "yes"},
            ("diabetes", "poorly controlled (2 March 2026, the patient)"),
        ),
        ({"skin_or_latex_allergy": "yes"}, {}, ("allergy", "Skin or latex allergy: yes (2 March 2026, the patient)")),
    ],
)
def test_an_answer_of_yes_warns(
    clinic: Clinic, answers: dict[str, str], values: dict[str, Any], expected: tuple[str, str]
) -> None:
    patient = clinic.patient()
    clinic.answer(patient, answers, **values)
    [(kind, text)] = said(patient)
    assert (kind, text) == expected


@pytest.mark.parametrize("answer", ["no", "not-sure"])
def test_no_and_not_sure_warn_of_nothing(clinic: Clinic, answer: str) -> None:
    """An open question is a finding of the rules."""
    patient = clinic.patient()
    clinic.answer(patient, {"blood_thinner": answer, "diabetes": answer, "skin_or_latex_allergy": answer})
    assert said(patient) == []


def test_an_allergy_that_was_a_yes_before_goes_on_warning(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.answer(patient, {"steroid_or_anaesthetic_allergy": "yes"})
    clinic.now = NOW + timedelta(days=1)
    clinic.answer(patient)
    [(kind, text)] = said(patient, clinic.now)
    assert kind == "allergy"
    assert "no now (3 March 2026" in text
    assert "but yes before (2 March 2026" in text


@pytest.mark.parametrize(
    ("substance", "expected"),
    [
        ("Methylprednisolone", True),
        ("DEPO-MEDRONE", True),
        ("Kenalog 40", True),
        ("lidocaine", True),
        ("Lignocaine (spray)", True),
        ("Marcain", True),
        ("local anaesthetics", True),
        ("Cortisone", True),
        ("Penicillin", False),
        ("Latex", False),
        ("Ibuprofen", False),
    ],
)
def test_what_is_injected_here_is_known_by_its_name(substance: str, expected: bool) -> None:
    assert is_injected_here(substance) is expected


def test_an_allergy_to_what_is_injected_says_that_the_question_does_not_know_of_it(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.allergy(patient, "Lidocaine", reaction="", since=None)
    assert said(patient)[0][1] == (
        "Lidocaine, and the question about an allergy to steroid or anaesthetic is not answered"
    )
    clinic.answer(patient)
    assert "is answered “no” (2 March 2026" in said(patient)[0][1]
    clinic.now = NOW + timedelta(days=1)
    clinic.answer(patient, {"steroid_or_anaesthetic_allergy": "yes"})
    assert said(patient, clinic.now)[0][1] == "Lidocaine"


@pytest.mark.parametrize(
    ("outcome", "until", "kind", "words"),
    [
        ("decline", None, "do-not-inject", "declined on 2 March 2026"),
        ("delay", date(2026, 5, 4), "delayed", "not before 4 May 2026"),
    ],
)
def test_a_decision_not_to_inject_warns_as_long_as_the_rule_says(
    clinic: Clinic, outcome: str, until: date | None, kind: str, words: str
) -> None:
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2025-11-20")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    visit = clinic.book(patient, local("2026-03-10")).appointment
    assert visit is not None
    ask = DecisionRequest(outcome=outcome, reason="Not yet", delay_until=until)
    decide(visit.pk, ask, by=clinic.radiologist, now=NOW)
    [(found, text)] = said(patient)
    assert found == kind
    assert text.startswith("Sit bone (ischial tuberosity), left: ")
    assert words in text
    ends = local("2027-03-02" if outcome == "decline" else "2026-05-04", "00:00")
    assert said(patient, ends - timedelta(minutes=1))
    assert not said(patient, ends)


def test_notes_of_today_alone_newest_first(clinic: Clinic) -> None:
    """Today is the clinic's own day."""
    patient = clinic.patient()
    for text, at in (("Old", local("2026-03-01", "23:59")), ("First", local("2026-03-02", "00:00")), ("Last", NOW)):
        add_note(patient.pk, text=text, by=clinic.reception, now=at)
    assert [note.text for note in alerts(patient).notes] == ["Last", "First"]
    assert not alerts(patient, local("2026-03-03", "00:00"))


def test_what_stood_on_a_merged_record_warns_on_the_one_that_stands(clinic: Clinic) -> None:
    gone, kept = clinic.patient("Ashdown"), clinic.patient("Ashdowne")
    clinic.allergy(gone, "Latex", reaction="", since=None)
    merge_patients(gone.pk, into_id=kept.pk, by=clinic.manager, now=NOW)
    assert said(kept) == [("allergy", "Latex")]
