"""Of several reports one function says what holds, for the rules and for the mails alike."""

from __future__ import annotations

import pytest

from injections.assessment.verdict import judge_facts
from injections.facts.history import history_about
from injections.messages.aftercare import TEARS
from injections.review.decide import DecisionRequest, decide
from injections.safety import facts as safety
from scheduling.models import Message, Patient
from tests.clinic import Clinic, local
from tests.injections.procedure.test_record import START, give

DAY = "2026-02-20"
SIZES = {"partial": {"tear_grade": "2", "tear_size_mm": 4}, "full": {"tear_grade": "3", "tear_size_mm": 9}}


def report(clinic: Clinic, patient: Patient, tear: str, **values: object) -> None:
    clinic.report(patient, tear=tear, **{"performed_on": DAY, **SIZES.get(tear, {}), **values})


def treat(clinic: Clinic, patient: Patient) -> None:
    visit = clinic.book(patient, local("2026-03-10"), override_reason="To be looked at").appointment
    assert visit is not None
    if visit.status == "pending":
        weighed = DecisionRequest(outcome="approve", reason="Beside the tear")
        visit = decide(visit.pk, weighed, by=clinic.radiologist, now=clinic.now).appointment
    give(visit, clinic)


def rules_see_a_tear(clinic: Clinic, patient: Patient) -> bool:
    request = safety.Request(site="hamstring-origin", side="left", start=START, end=START)
    judged = judge_facts(history_about(patient, now=clinic.now).facts(request))
    return bool({"tendon-tear", "suspected-avulsion"} & {finding.rule for finding in judged.findings})


def mail_spares_the_tendon(patient: Patient) -> bool:
    """Whether the exercise programme is left out after an injection."""
    return not Message.objects.filter(subject=f"patient:{patient.pk}", kind="rest-over", status="queued").exists()


@pytest.mark.parametrize("tears", [("none", "partial"), ("partial", "none")], ids="-".join)
def test_of_two_reports_of_one_day_the_worst_holds_for_rules_and_mails(clinic: Clinic, tears: tuple[str, str]) -> None:
    """REC26, hazard H8: whichever was entered last."""
    patient = clinic.patient("Cole")
    clinic.answer(patient)
    clinic.pathway(patient)
    for tear in tears:
        report(clinic, patient, tear)
    treat(clinic, patient)
    assert rules_see_a_tear(clinic, patient) is True
    assert mail_spares_the_tendon(patient) is True


@pytest.mark.parametrize(
    ("ultrasound", "mri", "spared"), [("none", "partial", True), ("partial", "none", True), ("none", "none", False)]
)
def test_a_scan_of_one_kind_does_not_take_back_what_the_other_saw(
    clinic: Clinic, ultrasound: str, mri: str, spared: bool
) -> None:
    """The newer of the two last, in the mails as in rules_version 2. Hazard H8."""
    patient = clinic.patient("Cole")
    clinic.answer(patient)
    clinic.pathway(patient)
    report(clinic, patient, mri, modality="mri", performed_on="2026-02-10")
    report(clinic, patient, ultrasound)
    treat(clinic, patient)
    assert mail_spares_the_tendon(patient) is spared


def test_every_word_of_a_tear_is_known_to_the_mails() -> None:
    assert set(TEARS) == {"partial", "full", "avulsion"}
