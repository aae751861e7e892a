"""Every type of resource that is served, in one list: routes, search, paging, the CapabilityStatement and `$everything`
come from it. A new type is a row here.
"""

from __future__ import annotations

from typing import Final

from injections.doors.fhir.administrative.appointment import APPOINTMENT
from injections.doors.fhir.administrative.clinic import LOCATION, PRACTITIONER, SCHEDULE
from injections.doors.fhir.administrative.patient import PATIENT
from injections.doors.fhir.clinical.types import CLINICAL
from injections.doors.fhir.resource_type import ResourceType

ADMINISTRATIVE: Final[tuple[ResourceType, ...]] = (PATIENT, PRACTITIONER, LOCATION, SCHEDULE, APPOINTMENT)

TYPES: Final[dict[str, ResourceType]] = {one.name: one for one in (*ADMINISTRATIVE, *CLINICAL)}
"""By name."""
