"""What a type of the registry shows, without HTTP: its rows, and its resources as the JSON that leaves."""

from __future__ import annotations

import json
from typing import Any

from injections.doors.fhir.registry import TYPES
from pht_clinic.people.actors import Actor
from tests.clinic import Clinic


def shown(clinic: Clinic, name: str, *, by: Actor | None = None) -> list[dict[str, Any]]:
    """Every resource of a type that this person (a radiologist) sees, the oldest row first."""
    kind = TYPES[name]
    rows = list(kind.rows(by or clinic.radiologist, clinic.now).order_by("pk"))
    return [json.loads(one.model_dump_json()) for one in kind.resources(rows)]


def only(clinic: Clinic, name: str) -> dict[str, Any]:
    [one] = shown(clinic, name)
    return one
