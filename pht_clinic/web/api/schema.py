"""The OpenAPI schema and its pages, and what is true of every operation in it."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from pht_clinic.web.problem import CONTENT_TYPE

_PROBLEMS = {
    "400": "Not JSON as this API reads it",
    "401": "Not signed in",
    "403": "Not permitted",
    "404": "No such thing",
    "405": "No such method here",
    "406": "Only JSON is spoken",
    "409": "A clash, a stale revision, or a state that does not allow it",
    "413": "The body is too large",
    "415": "The body is not JSON",
    "422": "Some of what was sent cannot be accepted",
    "429": "Too many requests in a minute; see Retry-After",
    "503": "Busy; see Retry-After",
}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem document",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail"],
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
        "clashes": {
            "type": "array",
            "description": "of a clash: who is in the way of what, and when",
            "items": {
                "type": "object",
                "required": ["resource", "appointment", "start", "end"],
                "properties": {
                    "resource": {"type": "string"},
                    "appointment": {"type": "string"},
                    "start": {"type": "string", "format": "date-time"},
                    "end": {"type": "string", "format": "date-time"},
                },
            },
        },
        "duplicates": {
            "type": "array",
            "description": "of a likely duplicate: which patient, and why",
            "items": {
                "type": "object",
                "required": ["patient", "because"],
                "properties": {
                    "patient": {"type": "string"},
                    "because": {"type": "array", "items": {"type": "string"}},
                },
            },
        },
    },
}
_PROBLEM: dict[str, Any] = {"$ref": "#/components/schemas/Problem"}


class Schema(SpectacularAPIView):
    """The schema, for everybody with a role."""

    actions = {"GET": "read-rules"}
    # fixed, so that no query parameter reaches a header
    api_version = "v1"


class Docs(SpectacularSwaggerSplitView):
    """The pages; script and page come apart, so the strict CSP holds."""

    actions = {"GET": "read-rules"}


class BearerScheme(OpenApiAuthenticationExtension):
    """Tells the schema of API tokens."""

    target_class = "pht_clinic.people.authentication.BearerToken"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


def keep_enums_inline(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing hook: choices stay where they are used, so that their names need no inventing, and the marks that
    the generator left for naming them go. A choice or nothing is two shapes: one of the codes, or null.
    """
    waiting: list[Any] = [result]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            item.pop("x-spec-enum-id", None)
            if isinstance(item.get("enum"), list) and isinstance(kinds := item.get("type"), list):
                codes = {"type": kinds[0], "enum": [code for code in item.pop("enum") if code is not None]}
                item.pop("type")
                item["oneOf"] = [codes, {"type": "null"}]
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
    return result


def add_problems(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing hook: every operation may answer with a problem document, some with one that carries more."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    for name in _carried(result):
        schemas[name] = {"allOf": [dict(_PROBLEM), schemas[name]]}
    schemas["Problem"] = _PROBLEM_SCHEMA
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            for status, description in _PROBLEMS.items():
                said = operation["responses"].setdefault(
                    status, {"content": {CONTENT_TYPE: {"schema": dict(_PROBLEM)}}}
                )
                said["description"] = said.get("description") or description
    return result


def _carried(result: dict[str, Any]) -> set[str]:
    """The names of the shapes that operations say their problem documents carry."""
    return {
        media["schema"]["$ref"].rpartition("/")[2]
        for operations in result.get("paths", {}).values()
        for operation in operations.values()
        for answer in operation.get("responses", {}).values()
        for kind, media in answer.get("content", {}).items()
        if kind == CONTENT_TYPE
    }
