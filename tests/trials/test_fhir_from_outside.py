"""The FHIR door judged and read by programs that others wrote: a validator of R4, fhir-kit-client and fhirpy.

Those of Node are installed by `make trials` and are looked at there alone; `make test` needs no Node.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from fhirpy import SyncFHIRClient

from injections.doors.fhir.clinical.questionnaire import questionnaire
from injections.doors.fhir.registry import TYPES
from pht_clinic.people import tokens
from scheduling.models import Patient
from tests.clinic import Clinic, open_clinic
from tests.conftest import LiveServer
from tests.injections.doors.fhir.clinical.test_http import whole
from tests.injections.doors.fhir.clinical.test_judged_alike import unlike
from tests.scenarios.queries_world import Filled

PROGRAMS: Final = Path(__file__).parent / "fhir_validator"
INSTALLED: Final = Path(__file__).parents[2] / ".venv/fhir_validator/node_modules"
SECONDS: Final = 120
UNSOUND: Final = {"resourceType": "Procedure", "id": "unsound", "status": "done"}
"""What the validator has to find something in."""
READ: Final = ("Procedure", "DiagnosticReport", "AllergyIntolerance", "QuestionnaireResponse", "DetectedIssue", "Task")


def node(program: str, *arguments: str, given: str = "", **env: str) -> str:
    """What one of the programs prints."""
    command = ["node", str(INSTALLED.parent / program), *arguments]
    done = subprocess.run(
        command, input=given, env={**os.environ, **env}, capture_output=True, text=True, timeout=SECONDS
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def shown(clinic: Clinic) -> Iterator[str]:
    """Every resource of every type, as JSON, and the questionnaire."""
    for kind in TYPES.values():
        for by in (clinic.manager, clinic.radiologist):
            for one in kind.resources(list(kind.rows(by, clinic.now))):
                yield one.model_dump_json()
    yield questionnaire().model_dump_json()


@pytest.mark.full_trial
def test_whatever_a_whole_clinic_shows_is_r4_by_the_published_definitions(clinic: Clinic) -> None:
    filled = Filled(clinic)
    filled.more_of_the_first()
    resources = set(shown(clinic))
    kinds = {json.loads(one)["resourceType"] for one in resources}
    assert kinds >= {*TYPES} | {"Questionnaire"}
    printed = node("judge.cjs", given="\n".join([*resources, json.dumps(UNSOUND)])).splitlines()
    assert len([line for line in printed if UNSOUND["id"] in line]) == 1
    found = [line for line in printed if UNSOUND["id"] not in line]
    assert not found, "\n".join(found)


@pytest.mark.full_trial
def test_what_a_whole_clinic_exports_is_judged_as_its_record_is(clinic: Clinic) -> None:
    filled = Filled(clinic)
    filled.more_of_the_first()
    found = unlike(clinic)
    assert not found, "\n".join(found)


@pytest.fixture
def served(live_server_process: LiveServer) -> tuple[str, Patient, str]:
    """The address of a served clinic, a patient of whom there is something of every type, and a radiologist's token."""
    clinic = open_clinic()
    patient = whole(clinic)
    return f"{live_server_process.url}/fhir/R4", patient, tokens.issue(clinic.users["radiologist"], days=1)


@pytest.mark.full_trial
def test_fhir_kit_client_reads_everything_of_a_patient(served: tuple[str, Patient, str]) -> None:
    address, patient, token = served
    found: dict[str, Any] = json.loads(node("read.mjs", address, str(patient.pk), FHIR_TOKEN=token))
    assert {*found["kinds"]} >= {*TYPES}
    kinds = {one.partition("/")[0] for one in found["everything"]}
    assert kinds >= {"Patient", *READ}
    assert len(found["everything"]) == len({*found["everything"]})
    assert (found["subject"], f"Procedure/{found['again']}" in found["everything"]) == (str(patient.pk), True)


def test_fhirpy_searches_pages_and_reads(served: tuple[str, Patient, str]) -> None:
    address, patient, token = served
    client = SyncFHIRClient(address, authorization=f"Bearer {token}")
    for name in READ:
        found = client.resources(name).search(patient=f"Patient/{patient.pk}").limit(1).fetch_all()
        assert found, name
        for one in found:
            assert client.reference(name, one.id).to_resource().serialize() == one.serialize()
