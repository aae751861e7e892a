"""A resource that the FHIR door accepts, for each address that takes one."""

from __future__ import annotations

from typing import Any

from injections.doors.coded.own import system_of
from scheduling.models import Patient
from tests.api_world import World
from tests.clinic import local


def accepted_resources(world: World, patient: Patient) -> dict[tuple[str, str], dict[str, Any]]:
    """By the name of the address and the method."""
    clinic = world.clinic
    who = (f"Patient/{patient.pk}", f"Practitioner/{clinic.practitioner.pk}", f"Location/{clinic.room.pk}")
    appointment = {
        "resourceType": "Appointment",
        "status": "proposed",
        "serviceType": [{"coding": [{"system": system_of("service"), "code": "follow-up"}]}],
        "start": local("2026-03-26", "16:00").isoformat(),
        "comment": "From the practice’s own system",
        "participant": [{"actor": {"reference": one}, "status": "accepted"} for one in who],
    }
    return {("fhir-appointment-list", "POST"): appointment}
