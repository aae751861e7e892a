"""A client that others wrote is generated from the published schema, without a warning, and does a whole story."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import httpx
import pytest

from pht_clinic.people import tokens
from tests.clinic import FIT, NOW, Clinic, local, open_clinic
from tests.conftest import ClockOffset, LiveServer

ROOT: Final = Path(__file__).parents[3]
PACKAGE: Final = "pht_clinic_client"
"""As docs/doors/client.yaml names it."""


@dataclass(frozen=True)
class Program:
    """Somebody's program: the generated package, and a client of theirs with their token."""

    client: Any

    def call(self, operation: str, *path: str, **asked: Any) -> tuple[int, Any]:
        """The status, and the answer as the client's model; an `operation` is named "patients.read_patient"."""
        answer = importlib.import_module(f"{PACKAGE}.api.{operation}").sync_detailed(*path, client=self.client, **asked)
        return int(answer.status_code), answer.parsed


@dataclass(frozen=True)
class Generated:
    """The package that was generated, and the clinic that its schema is of."""

    models: ModuleType
    url: str
    clinic: Clinic
    open: ExitStack

    def program_of(self, role: str) -> Program:
        """Its connection is closed with the fixture."""
        package = importlib.import_module(PACKAGE)
        client = package.AuthenticatedClient(base_url=self.url, token=tokens.issue(self.clinic.users[role], days=1))
        return Program(self.open.enter_context(client))


@pytest.fixture
def generated(
    live_server_process: LiveServer, clock_offset: ClockOffset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Generated]:
    """What `docs/doors.md` says to do, with a fetched schema; gone from this process afterwards."""
    clinic = open_clinic()
    clock_offset.set((NOW - datetime.now(UTC)).total_seconds())
    token = tokens.issue(clinic.users["reception"], days=1)
    schema = tmp_path / "schema.yaml"
    answer = httpx.get(f"{live_server_process.url}/api/v1/schema/", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    schema.write_text(answer.text)
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none", "--fail-on-warning"),
            *("--path", str(schema), "--output-path", str(tmp_path / PACKAGE)),
            *("--config", str(ROOT / "docs/doors/client.yaml")),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, "arning" in ran.stdout) == (0, False), ran.stdout + ran.stderr
    monkeypatch.syspath_prepend(tmp_path)
    with ExitStack() as open_connections:
        models = importlib.import_module(f"{PACKAGE}.models")
        yield Generated(models, live_server_process.url, clinic, open_connections)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.mark.full_trial
def test_a_generated_client_does_a_whole_story(generated: Generated) -> None:
    models, desk, radiologist = generated.models, generated.program_of("reception"), generated.program_of("radiologist")

    # given: somebody new, who had a steroid injection in January, and with whom all else is in order
    person = models.NewPatientBodyRequest(
        given_name="Wren", family_name="Halloway", date_of_birth=local("1979-02-11").date()
    )
    status, patient = desk.call("patients.register_patient", body=person)
    assert (status, type(patient)) == (201, models.PatientWithAlerts)
    earlier = models.InjectionBodyRequest(
        site="ischiogluteal-bursa", side="left", given="2026-01-12", steroid=True, origin="elsewhere"
    )
    assert desk.call("patients.record_injection", patient.id, body=earlier)[0] == 201
    where = {"area": "ischial-tuberosity", "side": "left"}
    said = {"onset": "gradual", "main_pain_site": "sit-bone", "pain_side": "left"}
    answers = {**FIT, "steroid_injection_last_12_months": "yes"}
    sheet = models.ScreeningShapeRequest.from_dict({**where, **said, "answers": answers})
    assert desk.call("patients.answer_screening", patient.id, body=sheet)[0] == 200
    done = {"specialist_assessment": "yes", "physiotherapy": "completed", "response": "not-satisfactory"}
    done |= {"indications": ["deep-buttock-pain"], "mild_and_improving": "no", "suspected_avulsion": "no"}
    pathway = models.PathwayShapeRequest.from_dict({**where, **done})
    assert desk.call("patients.set_pathway", patient.id, body=pathway)[0] == 200
    seen = {"tendinopathy": "yes", "bursitis": "no", "tear": "none", "other_diagnosis": "none"}
    report = models.ReportShapeRequest.from_dict(
        {**where, "modality": "ultrasound", "performed_on": "2026-02-12", **seen}
    )
    status, refused = desk.call("patients.add_report", patient.id, body=report)
    assert (status, type(refused)) == (403, models.Problem)
    assert radiologist.call("patients.add_report", patient.id, body=report)[0] == 201

    # when they are booked too soon, the refusal is a model with the verdict in it
    def booking(start: Any, **more: Any) -> Any:
        place = {"practitioner": str(generated.clinic.practitioner.pk), "room": str(generated.clinic.room.pk)}
        what = {"kind": "injection", "site": "hamstring-origin", "side": "left"}
        return models.AppointmentBodyRequest(patient=patient.id, start=start, **what, **place, **more)

    status, refused = desk.call("appointments.book_appointment", body=booking(NOW + timedelta(hours=1)))
    assert (status, type(refused)) == (422, models.BlockedProblem)
    assert refused.assessment.verdict == "blocked"
    assert "repeat-interval" in {finding.rule for finding in refused.assessment.findings}

    # then the next time that may be approved is found and booked, and waits for a radiologist
    status, found = desk.call(
        "slots.find_slots",
        kind="injection",
        patient=patient.id,
        site="hamstring-origin",
        side="left",
        verdict="review",
        from_=refused.assessment.review_from,
        to=refused.assessment.review_from + timedelta(days=14),
    )
    assert status == 200
    first = found.results[0]
    assert first.start.date() >= refused.assessment.review_from
    status, booked = desk.call("appointments.book_appointment", body=booking(first.start), idempotency_key="wren-1")
    assert (status, booked.status, booked.assessment.verdict) == (201, "pending", "review")
    assert desk.call("appointments.book_appointment", body=booking(first.start), idempotency_key="wren-1")[1] == booked

    # and another one's booking at that time is a clash that says with whom
    rival = generated.clinic.fit_patient("Rival")
    clash = booking(first.start)
    clash.patient = str(rival.pk)
    status, refused = desk.call("appointments.book_appointment", body=clash)
    assert (status, type(refused)) == (409, models.Problem)
    assert {one.appointment for one in refused.clashes} == {booked.id}

    # until the radiologist's program decides
    decision = models.DecisionBodyRequest(outcome="approve", reason="The first one helped.", revision=booked.revision)
    assert desk.call("appointments.decide", booked.id, body=decision)[0] == 403
    status, decided = radiologist.call("appointments.decide", booked.id, body=decision)
    assert (status, decided.status, decided.decision.outcome) == (200, "booked", "approve")
    status, read = desk.call("appointments.read_appointment", booked.id)
    assert (status, read.status, [one.outcome for one in read.decisions]) == (200, "booked", ["approve"])
