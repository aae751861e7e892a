"""Records as FHIR resources: the types that are served over HTTP, one resource a line.

What each looks like has its home there (`injections/doors/fhir/`); here it is read in steps like every other type of
line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from django.db.models import QuerySet

from injections.doors.fhir.bundle import with_version
from injections.doors.fhir.clinical.types import AUDIT_EVENT, PROVENANCE
from injections.doors.fhir.registry import TYPES
from injections.doors.fhir.resource_type import ResourceType
from injections.doors.records.leaving.kind import Line, LineKind
from pht_clinic import clock
from pht_clinic.people.actors import SYSTEM


def _rows(of: ResourceType) -> QuerySet[Any]:
    return of.rows(SYSTEM, clock.now())


def _resources(of: ResourceType, found: Sequence[Any]) -> Iterator[Line]:
    """With their versions, as when they are asked for one by one."""
    for resource in of.resources(found):
        yield json.loads(with_version(resource).model_dump_json())


def _kind(of: ResourceType) -> LineKind:
    rows = partial(_rows, of)
    path = {"": None, "pk": ""}.get(of.patient_path, f"{of.patient_path}__")
    return LineKind(
        name=of.name, about=of.name, rows=rows, shape=partial(_resources, of), columns=(), path=path, is_whole=True
    )


RESOURCES: Final = tuple(_kind(of) for of in TYPES.values() if of not in (PROVENANCE, AUDIT_EVENT))
"""In the order of the registry; but for the trail, which speaks of several people at once and is a file of its own."""
