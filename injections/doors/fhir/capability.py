"""What this server can do, as FHIR asks it: read from the views that there are, so that it cannot say anything else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from fhir.resources.R4B.capabilitystatement import (
    CapabilityStatement,
    CapabilityStatementImplementation,
    CapabilityStatementRest,
    CapabilityStatementRestResource,
    CapabilityStatementRestResourceInteraction,
    CapabilityStatementRestResourceOperation,
    CapabilityStatementRestResourceSearchParam,
    CapabilityStatementRestSecurity,
    CapabilityStatementSoftware,
)

from injections.doors.fhir.outcome import CONTENT_TYPE
from injections.doors.fhir.resource_type import SearchParam
from injections.doors.fhir.served import Served

FHIR_VERSION: Final = "4.0.1"
EVERYTHING: Final = "http://hl7.org/fhir/OperationDefinition/Patient-everything"
_SECURITY: Final = "A token of somebody who works here (Authorization: Bearer …); each sees what their role may."
_POSTED: Final = " Never in an address: POST it to _search."


def capability_statement(
    served: Sequence[Served], *, address: str, name: str, version: str, now: datetime
) -> CapabilityStatement:
    """The statement of this server. `address` is its base, `name` the clinic's, `version` the product's."""
    return CapabilityStatement(
        status="active",
        date=now,
        kind="instance",
        software=CapabilityStatementSoftware(name="PHT Clinic", version=version),
        implementation=CapabilityStatementImplementation(description=name, url=address),
        fhirVersion=FHIR_VERSION,
        format=[CONTENT_TYPE, "json"],
        rest=[
            CapabilityStatementRest(
                mode="server",
                security=CapabilityStatementRestSecurity(description=_SECURITY),
                resource=[_resource(one) for one in served],
            )
        ],
    )


def _resource(one: Served) -> CapabilityStatementRestResource:
    return CapabilityStatementRestResource(
        type=one.name,
        documentation=one.what or None,
        interaction=[CapabilityStatementRestResourceInteraction(code=code) for code in one.interactions],
        versioning="versioned" if one.one is not None else "no-version",
        conditionalRead="not-match" if one.one is not None else "not-supported",
        conditionalCreate=False,
        searchParam=[_param(param) for param in one.params],
        operation=_operations(one),
    )


def _param(param: SearchParam) -> CapabilityStatementRestResourceSearchParam:
    what = f"{param.what}.{_POSTED if param.is_personal else ''}"
    kind = "token" if param.name == "_id" else param.kind
    return CapabilityStatementRestResourceSearchParam(name=param.name, type=kind, documentation=what)


def _operations(one: Served) -> list[Any] | None:
    if one.everything is None:
        return None
    return [CapabilityStatementRestResourceOperation(name="everything", definition=EVERYTHING)]
