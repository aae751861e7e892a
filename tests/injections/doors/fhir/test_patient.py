"""Patients: read, searched, merged, erased."""

from __future__ import annotations

import pytest

from injections.doors.fhir.administrative import patient as patient_type
from tests.clinic import Clinic
from tests.injections.doors.fhir.conftest import Fhir, found, only, said


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
    assert response.headers["Last-Modified"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert response.headers["ETag"] == f'W/"{document["meta"]["versionId"]}"'


@pytest.mark.parametrize("query", [{"identifier": "9990000018"}, {"name": "robin ash"}, {"birthdate": "1980-05"}])
def test_who_somebody_is_is_searched_by_a_form_alone(fhir: Fhir, clinic: Clinic, query: dict[str, object]) -> None:
    patient = clinic.patient("Ashdown", nhs_number="9990000018")
    assert [one["id"] for one in found(fhir.search("Patient", query))] == [str(patient.pk)]
    assert "POST it to _search" in said(fhir.get("Patient", query), 400)


def test_what_begins_too_many_names_is_not_cut_in_silence(
    fhir: Fhir, clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    clinic.patient("Ashdown")
    clinic.patient("Ashby")
    monkeypatch.setattr(patient_type, "MOST_WORDS", 1)
    assert "say more" in said(fhir.search("Patient", {"name": "ash"}), 400)
    assert len(found(fhir.search("Patient", {"name": "ashb"}))) == 1


def test_whoever_has_died_says_so_as_exactly_as_it_is_known(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.patient("Ashdown", carer_name="Ida Ashdown", carer_relation="daughter", language="Polish")
    before = only(fhir.get(f"Patient/{patient.pk}"))
    clinic.death(patient, on="2026-02")
    after = only(fhir.get(f"Patient/{patient.pk}"))
    assert ("deceasedDateTime" in before, after["deceasedDateTime"]) == (False, "2026-02")
    assert before["meta"]["versionId"] != after["meta"]["versionId"]
    assert after["contact"][0]["name"] == {"text": "Ida Ashdown"}
    assert after["communication"] == [{"language": {"text": "Polish"}}]
