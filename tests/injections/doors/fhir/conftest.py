"""The FHIR door as programs see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from tests.api_world import World, client_with_token
from tests.clinic import NOW, Clinic, open_clinic
from tests.conftest import ClockOffset


@dataclass
class Fhir:
    """One user's program, below /fhir/R4."""

    client: Client

    def get(self, path: str, query: dict[str, object] | None = None, **headers: str) -> Any:
        return self.client.get(f"/fhir/R4/{path}", query, headers=headers)

    def search(self, of: str, query: dict[str, object], **headers: str) -> Any:
        """A search by a form."""
        return self.client.post(f"/fhir/R4/{of}/_search", query_string(query), FORM, headers=headers)

    def post(self, path: str, body: object, content_type: str = "application/fhir+json", **headers: str) -> Any:
        return self.client.post(f"/fhir/R4/{path}", body, content_type, headers=headers)


FORM = "application/x-www-form-urlencoded"


def query_string(query: dict[str, object]) -> str:
    from urllib.parse import urlencode

    return urlencode(query, doseq=True)


@pytest.fixture
def world(db: None, clock_offset: ClockOffset) -> World:
    found = World(open_clinic(), clock_offset)
    found.at(NOW)
    return found


@pytest.fixture
def clinic(world: World) -> Clinic:
    return world.clinic


@pytest.fixture
def fhir(clinic: Clinic) -> Fhir:
    """As reception."""
    return as_user(clinic, "reception")


def as_user(clinic: Clinic, role: str) -> Fhir:
    return Fhir(client_with_token(clinic.users[role]))


def only(response: Any, status: int = 200) -> dict[str, Any]:
    """The resource of an answer with this status, after a look at how it came."""
    assert response.status_code == status, (response.status_code, response.content[:600])
    assert response.headers["Content-Type"] == "application/fhir+json"
    found: dict[str, Any] = response.json()
    return found


def found(response: Any) -> list[dict[str, Any]]:
    """The resources that a search found."""
    entries = only(response).get("entry", [])
    return [one["resource"] for one in entries if one["search"]["mode"] == "match"]


def said(response: Any, status: int) -> str:
    """What an OperationOutcome of this status says."""
    document = only(response, status)
    assert document["resourceType"] == "OperationOutcome"
    return " ".join(one["diagnostics"] for one in document["issue"])
