"""Findings as DetectedIssue: those of the newest check of a visit and of refusals, with what covers them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.doors.coded.own import system_of
from injections.doors.fhir.clinical.detected_issues import assessment_of
from injections.models import Assessment
from injections.review.decide import DecisionRequest, decide
from tests.clinic import Clinic, local
from tests.injections.doors.fhir.clinical.shown import shown

HOUR = timedelta(hours=1)
START = local("2026-03-24")


def rules_found(clinic: Clinic) -> set[str]:
    return {one["code"]["coding"][0]["code"] for one in shown(clinic, "DetectedIssue")}


def test_each_finding_of_a_visit_is_one_worst_first(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"diabetes": "yes", "immunosuppressed": "yes"})
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    row = Assessment.objects.get(appointment=visit)
    told = shown(clinic, "DetectedIssue")
    assert [one["id"] for one in told] == [f"{row.pk}-{finding['rule']}" for finding in row.findings]
    assert len(told) > 1
    first, finding = told[0], row.findings[0]
    assert (first["status"], first["severity"]) == ("final", "moderate")
    assert first["code"]["coding"] == [{"system": system_of("rule"), "code": finding["rule"]}]
    assert first["patient"] == {"reference": f"Patient/{patient.pk}"}
    assert first["implicated"] == [{"reference": f"Appointment/{visit.pk}"}]
    assert first["identifiedDateTime"] == "2026-03-02T09:00:00Z"
    assert first["detail"].splitlines()[0] == finding["message"]
    assert f"Source: {finding['source']}" in first["detail"]
    names = [one["code"][0]["coding"][0]["code"] for one in first.get("evidence", [])]
    assert names == list(finding["evidence"])
    assert "mitigation" not in first


def test_a_refused_request_has_its_findings_and_no_visit(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-02-20")
    assert clinic.book(patient, START).appointment is None
    told = {one["code"]["coding"][0]["code"]: one for one in shown(clinic, "DetectedIssue")}
    assert told["repeat-interval"]["severity"] == "high"
    assert "implicated" not in told["repeat-interval"]


def test_a_decision_that_covers_a_finding_mitigates_it_and_no_other(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    decide(
        visit.pk,
        DecisionRequest(outcome="approve", reason="Mild, on a small dose"),
        by=clinic.radiologist,
        now=clinic.now + HOUR,
    )
    told = shown(clinic, "DetectedIssue")
    covered = [one for one in told if one["severity"] != "low"]
    assert covered
    for one in covered:
        [mitigation] = one["mitigation"]
        assert mitigation["action"]["coding"][0] == {
            "system": system_of("decision"),
            "code": "approve",
            "display": "Approved: Mild, on a small dose",
        }
        assert (mitigation["date"], mitigation["author"]["display"]) == ("2026-03-02T10:00:00Z", "radiologist")
        assert one["meta"]["lastUpdated"] == "2026-03-02T10:00:00Z"
    assert all("mitigation" not in one for one in told if one["severity"] == "low")


def test_a_decision_that_holds_no_more_changed_it_all_the_same(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a search by _lastUpdated has it."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    visit = clinic.book(patient, START).appointment
    assert visit is not None
    asked = DecisionRequest(outcome="approve", reason="Mild, on a small dose")
    decide(visit.pk, asked, by=clinic.radiologist, now=clinic.now + HOUR)
    monkeypatch.setattr("injections.doors.fhir.clinical.detected_issues.holding", lambda decisions, on: frozenset())
    assert {one["meta"]["lastUpdated"] for one in shown(clinic, "DetectedIssue")} == {"2026-03-02T10:00:00Z"}


def test_what_a_later_check_no_longer_finds_is_gone(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"immunosuppressed": "yes"})
    assert clinic.book(patient, START).appointment
    assert "immunosuppressed" in rules_found(clinic)
    clinic.now += HOUR
    clinic.answer(patient)
    assert "immunosuppressed" not in rules_found(clinic)


def test_an_id_leads_to_its_assessment_and_nothing_else_does() -> None:
    assert assessment_of("12-repeat-interval") == 12
    for wrong in ("12", "12-", "-repeat-interval", "x-repeat-interval", "012-a", "9" * 19 + "-a"):
        assert assessment_of(wrong) is None, wrong
