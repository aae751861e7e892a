"""This door in the published OpenAPI schema: which resource comes. What it looks like is FHIR's to say."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

from injections.doors.fhir.outcome import CONTENT_TYPE

_OUTCOMES: Final = {
    "400": "Not such a resource, or a search that cannot be understood",
    "401": "Not signed in",
    "403": "Not permitted",
    "404": "No such resource",
    "405": "No such interaction here",
    "406": "Only JSON is spoken",
    "409": "A clash, or a state that does not allow it",
    "413": "The body is too large",
    "415": "The body is of another kind",
    "422": "Some of what was sent cannot be accepted",
    "429": "Too many requests in a minute; see Retry-After",
    "503": "Busy; see Retry-After",
}


def resource_schema(*names: str) -> dict[str, Any]:
    """A resource of one of these types, as far as this schema speaks of it."""
    kind = {"type": "string", "enum": list(names)}
    properties = {"resourceType": kind, "id": {"type": "string"}, "meta": {"type": "object"}}
    return {"type": "object", "required": ["resourceType"], "properties": properties}


FORM: Final = "application/x-www-form-urlencoded"
"""How a search by a form is sent."""
Parameter = tuple[str, str, str]
"""Name, where it stands ("path", "query", "header"), and what it says."""
ABOUT_PAGES: Final[tuple[Parameter, ...]] = (
    ("_count", "query", "How many a page is to have, 200 at most; 0 asks only how many there are"),
    ("_cursor", "query", "Where the page begins: as the link to it has it"),
)


class FhirSchema(AutoSchema):
    """What a view says of itself: see `FhirEndpoint`."""

    view: Any

    def get_operation_id(self) -> str:
        creates = self.method == "POST" and "GET" in self.view.actions
        return f"fhir_{self.view.operation.replace('search', 'create') if creates else self.view.operation}"

    def get_tags(self) -> list[str]:
        return ["fhir"]

    def get_override_parameters(self) -> list[Any]:
        return [
            OpenApiParameter(name, OpenApiTypes.STR, location, description=what)
            for name, location, what in self.view.parameters(self.method)
        ]

    def get_request_serializer(self) -> Any:
        taken = self.view.takes.get(self.method)
        is_resource = taken is not None and "properties" in taken
        return {CONTENT_TYPE: taken} if is_resource else taken

    def get_response_serializers(self) -> Any:
        return self.view.answers[self.method]


def add_outcomes(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing hook: every operation of this door may answer with an OperationOutcome. The name of an operation
    gets back the $ that the generator takes for a pattern's end.
    """
    paths = result.get("paths", {})
    for path in [one for one in paths if one.startswith("/fhir/") and one.endswith("/everything")]:
        paths[path.replace("/everything", "/$everything")] = paths.pop(path)
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas["OperationOutcome"] = resource_schema("OperationOutcome")
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/OperationOutcome"}}}
    for path, operations in paths.items():
        if not path.startswith("/fhir/"):
            continue
        for operation in operations.values():
            for status, description in _OUTCOMES.items():
                if isinstance(operation, dict):
                    operation["responses"].setdefault(status, {"description": description, "content": content})
    return result
