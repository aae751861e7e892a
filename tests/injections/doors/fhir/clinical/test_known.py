"""Allergies, conditions and medicines as FHIR resources: what was recorded, no more, and what holds no longer."""

from __future__ import annotations

from datetime import timedelta

import pytest

from injections.conditions.recording import withdraw_allergy, withdraw_condition
from injections.merging.merge import merge_patients
from tests.clinic import Clinic
from tests.injections.doors.fhir.clinical.shown import only, shown

RECORDED = {"AllergyIntolerance": "recordedDate", "Condition": "recordedDate", "MedicationStatement": "dateAsserted"}


def test_an_allergy_says_what_since_when_and_by_whom(clinic: Clinic) -> None:
    patient = clinic.patient()
    row = clinic.allergy(patient, "Penicillin", reaction="Rash", since="2019-05", said_by="The GP’s letter")
    told = only(clinic, "AllergyIntolerance")
    assert told == {
        "resourceType": "AllergyIntolerance",
        "id": str(row.pk),
        "meta": {"lastUpdated": "2026-03-02T09:00:00Z"},
        "clinicalStatus": {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical", "code": "active"}
            ]
        },
        "code": {"text": "Penicillin"},
        "patient": {"reference": f"Patient/{patient.pk}"},
        "onsetDateTime": "2019-05",
        "recordedDate": "2026-03-02T09:00:00Z",
        "recorder": {"type": "Practitioner", "display": "reception"},
        "note": [{"text": "Said by: The GP’s letter"}],
        "reaction": [{"manifestation": [{"text": "Rash"}]}],
    }


def test_a_condition_and_a_medicine_are_two_types_of_one_table(clinic: Clinic) -> None:
    clinic.known(clinic.patient())
    condition, medicine = only(clinic, "Condition"), only(clinic, "MedicationStatement")
    assert (condition["code"], condition["onsetDateTime"]) == ({"text": "Epilepsy"}, "2010")
    assert medicine["medicationCodeableConcept"] == {"coding": [{"code": "325426006"}], "text": "Prednisolone 5 mg"}
    assert (medicine["status"], medicine["effectivePeriod"]) == ("active", {"start": "2010"})


@pytest.mark.parametrize("name", RECORDED)
def test_what_is_not_known_is_left_out(clinic: Clinic, name: str) -> None:
    patient = clinic.patient()
    clinic.allergy(patient, reaction="", since=None)
    clinic.condition(patient, since=None)
    clinic.condition(patient, "Prednisolone", kind="medicine", since=None)
    told = only(clinic, name)
    assert not {"onsetDateTime", "effectivePeriod", "reaction"} & told.keys()
    assert told[RECORDED[name]] == "2026-03-02T09:00:00Z"


def test_one_that_was_withdrawn_is_entered_in_error_from_then_on_and_shown_once(clinic: Clinic) -> None:
    patient = clinic.patient()
    rows = clinic.allergy(patient), clinic.condition(patient), clinic.condition(patient, "Warfarin", kind="medicine")
    by = {"by": clinic.reception, "now": clinic.now + timedelta(hours=1)}
    withdraw_allergy(rows[0].pk, reason="Another patient", **by)
    for row in rows[1:]:
        withdraw_condition(row.pk, reason="Another patient", **by)
    for name, row in zip(RECORDED, rows, strict=True):
        told = only(clinic, name)
        assert told["id"] == str(row.pk)
        assert told["meta"] == {"lastUpdated": "2026-03-02T10:00:00Z"}
        if name == "MedicationStatement":
            assert told["status"] == "entered-in-error"
        else:
            assert told["verificationStatus"]["coding"][0]["code"] == "entered-in-error"
            assert "clinicalStatus" not in told


def test_of_a_merged_record_it_is_the_patients_who_is_kept(clinic: Clinic) -> None:
    kept, merged = clinic.patient("Ash"), clinic.patient("Ashe")
    clinic.allergy(merged)
    merge_patients(merged.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    assert [one["patient"]["reference"] for one in shown(clinic, "AllergyIntolerance")] == [f"Patient/{kept.pk}"]
