"""Imaging reports as DiagnosticReport: what the rules judge as codes, the rest beside it, and each version's status."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from injections.imaging.reports import correct_report, withdraw_report
from injections.models import ImagingReport
from tests.clinic import Clinic
from tests.injections.doors.fhir.clinical.shown import only, shown

HOUR = timedelta(hours=1)


def codes_of(told: dict[str, Any]) -> list[str]:
    return [coding["code"] for one in told["conclusionCode"] for coding in one["coding"]]


def test_a_report_says_what_the_rules_judge_in_codes_and_the_rest_beside(clinic: Clinic) -> None:
    patient = clinic.patient()
    said = {"tear": "partial", "tear_grade": "2", "tear_size_mm": 4.5, "findings": "Thickened.", "conclusion": "Tear."}
    clinic.report(patient, **said, reported_by="Dr Hale", tendinopathy_grade="mild")
    told = only(clinic, "DiagnosticReport")
    assert (told["status"], told["effectiveDateTime"]) == ("final", "2026-02-23")
    assert told["subject"] == {"reference": f"Patient/{patient.pk}"}
    assert told["category"][0]["coding"][0]["code"] == "RUS"
    assert {"ischial-tuberosity", "tendinopathy-yes", "bursitis-no", "tear-partial", "diagnosis-none"} <= {
        *codes_of(told)
    }
    assert told["performer"] == [{"display": "Dr Hale"}]
    assert told["conclusion"] == "Thickened.\n\nTear."
    beside = {one["id"]: one for one in told["contained"]}
    assert [one["reference"] for one in told["result"]] == [f"#{name}" for name in beside]
    assert beside["tear-size-mm"]["valueQuantity"] == {
        "value": 4.5,
        "unit": "mm",
        "system": "http://unitsofmeasure.org",
        "code": "mm",
    }
    assert beside["tendinopathy-grade"]["valueCodeableConcept"] == {"text": "Mild"}
    assert beside["tear-grade"]["valueCodeableConcept"] == {"text": "2"}


def test_a_corrected_report_takes_the_place_of_the_old_and_a_withdrawn_one_of_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    clinic.report(patient)
    by = {"by": clinic.radiologist, "now": clinic.now + HOUR}
    old = ImagingReport.objects.get()
    correct_report(old.pk, changes={"bursitis": "yes"}, reason="Second look", **by)
    first, second = shown(clinic, "DiagnosticReport")
    assert (first["status"], second["status"]) == ("entered-in-error", "corrected")
    assert first["meta"]["lastUpdated"] == "2026-03-02T10:00:00Z"
    assert "bursitis-yes" in codes_of(second)
    withdraw_report(int(second["id"]), reason="Another patient", **by)
    assert [one["status"] for one in shown(clinic, "DiagnosticReport")] == ["entered-in-error"] * 2
