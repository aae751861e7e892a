"""A clinic with its doors open to programs: one API client for each role, and a clock that can be moved."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.test import Client

from pht_clinic.people import tokens
from pht_clinic.people.models import User
from scheduling.models import Patient
from tests.clinic import Clinic, local
from tests.conftest import ClockOffset

IT = "ischial-tuberosity"


@dataclass
class Api:
    """One user's program. Paths are below /api/v1; bodies are sent as JSON."""

    client: Client

    def get(self, path: str, **query: object) -> Any:
        return self.client.get(f"/api/v1{path}", query)

    def post(self, path: str, body: object = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def put(self, path: str, body: object) -> Any:
        return self.send("PUT", path, body)

    def patch(self, path: str, body: object) -> Any:
        return self.send("PATCH", path, body)

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}")

    def send(self, method: str, path: str, body: object = None, **headers: str) -> Any:
        data = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        return self.client.generic(method, f"/api/v1{path}", data, content_type="application/json", headers=headers)


@dataclass
class World:
    """The clinic of `tests.clinic` as programs see it; `reception`, `radiologist`, `manager` are signed in."""

    clinic: Clinic
    clock: ClockOffset
    apis: dict[str, Api] = field(default_factory=dict)

    def api(self, name: str) -> Api:
        """The API as the clinic's user of this name: reception, radiologist, radiologist2, manager."""
        if name not in self.apis:
            self.apis[name] = Api(client_with_token(self.clinic.users[name]))
        return self.apis[name]

    @property
    def reception(self) -> Api:
        return self.api("reception")

    @property
    def radiologist(self) -> Api:
        return self.api("radiologist")

    @property
    def manager(self) -> Api:
        return self.api("manager")

    @property
    def anonymous(self) -> Api:
        return Api(Client(raise_request_exception=False))

    def at(self, instant: datetime) -> None:
        """Move the clock to this instant; from there it goes on."""
        self.clock.set((instant - datetime.now(UTC)).total_seconds())

    def injection(self, patient: Patient, start: datetime | str, /, **values: object) -> dict[str, object]:
        """The body that books a left hamstring-origin injection."""
        return {
            "patient": str(patient.pk),
            "kind": "injection",
            "site": "hamstring-origin",
            "side": "left",
            "start": start if isinstance(start, str) else start.isoformat(),
            "practitioner": str(self.clinic.practitioner.pk),
            "room": str(self.clinic.room.pk),
            **values,
        }

    def book(self, patient: Patient, start: datetime, /, **values: object) -> dict[str, Any]:
        """Book it through the API as reception."""
        response = self.reception.post("/appointments/", self.injection(patient, start, **values))
        assert response.status_code == 201, response.content
        booked: dict[str, Any] = response.json()
        return booked

    def in_review_zone(self, family_name: str = "Cole", day: str = "2026-03-10", at: str = "10:00") -> dict[str, Any]:
        """A pending appointment: the last injection was between 3 and 4 months ago."""
        patient = self.clinic.fit_patient(family_name)
        self.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        self.clinic.earlier_injection(patient, "2025-11-20")
        booked = self.book(patient, local(day, at))
        assert booked["status"] == "pending"
        return booked


def client_with_token(user: User) -> Client:
    """A program that sends this user's token."""
    return Client(headers={"authorization": f"Bearer {tokens.issue(user, days=1)}"}, raise_request_exception=False)


def problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document of a refusal with this status."""
    assert response.status_code == status, (response.status_code, response.content)
    assert response.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "errors"} <= document.keys()
    return document


def pointers(response: Any, status: int = 422) -> set[str]:
    """The fields that a refusal names."""
    return {error["pointer"] for error in problem(response, status)["errors"]}
