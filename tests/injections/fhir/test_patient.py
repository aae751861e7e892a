"""Patients: read, searched, merged, erased."""

from __future__ import annotations

import pytest

from tests.clinic import Clinic
from tests.injections.fhir.conftest import Fhir, found, only, said


def test_a_patient_is_read(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.patient("Ashdown", nhs_number="9990000018", former_names=["Robin Birch"])
    response = fhir.get(f"Patient/{patient.pk}")
    document = only(response)
    assert document["identifier"] == [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": "9990000018"}]
    assert document["name"][0] == {"use": "official", "text": "Robin Ashdown", "family": "Ashdown", "given": ["Robin"]}
    assert document["name"][1] == {"use": "old", "text": "Robin Birch"}
    assert document["birthDate"] == "1980-05-01"
    assert document["active"] is True
    assert document["meta"]["lastUpdated"].startswith("2026-03-02T09:00")
    assert response.headers["ETag"] == f'W/"{document["meta"]["versionId"]}"'


def test_metadata(fhir: Fhir) -> None:
    print(only(fhir.get("metadata")))


@pytest.mark.parametrize("query", [{"identifier": "9990000018"}, {"name": "robin ash"}, {"birthdate": "1980-05"}])
def test_who_somebody_is_is_searched_by_a_form_alone(fhir: Fhir, clinic: Clinic, query: dict[str, object]) -> None:
    patient = clinic.patient("Ashdown", nhs_number="9990000018")
    assert [one["id"] for one in found(fhir.search("Patient", query))] == [str(patient.pk)]
    assert "POST it to _search" in said(fhir.get("Patient", query), 400)


def test_everything(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.patient("Ashdown", nhs_number="9990000018")
    assert [one["id"] for one in found(fhir.get(f"Patient/{patient.pk}/$everything"))] == [str(patient.pk)]
