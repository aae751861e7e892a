"""Records as FHIR resources, one a line: those that are served over HTTP, as they are served, but for the trail."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fhir.resources.R4B import get_fhir_model_class

from injections.doors.fhir.registry import TYPES
from injections.doors.records.leaving.ask import texts
from injections.doors.records.leaving.wanted import WantedRecords
from pht_clinic.web.tasks import write_exports
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import Clinic
from tests.injections.doors.records.leaving.test_pages import erased
from tests.pages_world import Browser
from tests.trials.test_sec01_access import fill

pytestmark = pytest.mark.django_db


def resources_of(clinic: Clinic, patient_id: int | None = None) -> list[dict[str, Any]]:
    wanted = WantedRecords.now(form="fhir", patient_id=patient_id, now=clinic.now)
    return [json.loads(line) for line in "".join(texts(wanted)).splitlines()]


def test_each_line_is_a_resource_of_its_type(world: World) -> None:
    """The clinic's own first; of the trail nothing, which has a file of its own."""
    resources = resources_of(fill(world).clinic)
    for one in resources:
        get_fhir_model_class(one["resourceType"]).model_validate(one)
    found = {one["resourceType"] for one in resources}
    assert {"Patient", "Practitioner", "Appointment", "QuestionnaireResponse", "DiagnosticReport"} <= found
    assert found <= TYPES.keys() - {"AuditEvent", "Provenance"}
    ids = [(one["resourceType"], one["id"]) for one in resources]
    assert len(set(ids)) == len(ids)


def test_they_are_what_is_served(world: World) -> None:
    fill(world)
    for one in resources_of(world.clinic):
        if one["resourceType"] in ("Patient", "Appointment", "Procedure"):
            response = world.manager.client.get(f"/fhir/R4/{one['resourceType']}/{one['id']}")
            if response.status_code == 403:
                response = world.radiologist.client.get(f"/fhir/R4/{one['resourceType']}/{one['id']}")
            assert json.loads(response.content) == one


def test_one_patient_is_theirs_alone(world: World) -> None:
    clinic = fill(world).clinic
    patient = Patient.objects.filter(injections__isnull=False).earliest("pk")
    resources = resources_of(clinic, patient.pk)
    assert [one["id"] for one in resources if one["resourceType"] == "Patient"] == [str(patient.pk)]
    others = Patient.objects.exclude(pk=patient.pk).values_list("pk", flat=True)
    text = json.dumps(resources)
    assert not [pk for pk in others if f'"Patient/{pk}"' in text]
    assert {"Procedure", "QuestionnaireResponse"} <= {one["resourceType"] for one in resources}


def test_who_was_erased_is_in_none(clinic: Clinic) -> None:
    gone, stays = clinic.patient("Gonegirl"), clinic.fit_patient("Stays")
    clinic.earlier_injection(gone, "2020-01")
    assert f'"Patient/{gone.pk}"' in json.dumps(resources_of(clinic)), "control"
    erased(clinic, gone)
    text = json.dumps(resources_of(clinic))
    assert "Gonegirl" not in text
    assert f'"Patient/{gone.pk}"' not in text
    assert f'"Patient/{stays.pk}"' in text


def test_managers_choose_it_on_the_pages(clinic: Clinic, manager: Browser) -> None:
    patient = clinic.patient()
    manager.post("clinic-export", data={"form": "fhir"})
    write_exports()
    response = manager.client.get("/clinic/export/file/")
    assert response.headers["Content-Disposition"].endswith('.ndjson"')
    assert response.headers["Content-Type"].startswith("application/fhir+ndjson")
    types = [json.loads(line)["resourceType"] for line in b"".join(response.streaming_content).decode().splitlines()]
    assert types.count("Patient") == 1
    response = manager.client.post(f"/patients/{patient.pk}/export/", {"form": "fhir"})
    assert [json.loads(line)["resourceType"] for line in response.content.decode().splitlines()] == ["Patient"]
