"""The door in OpenAPI, as the specification and its page have it: what is sent, and what is answered. For tests alone;
CDS Hooks publishes its own discovery document, and no schema.

What may be sent is narrow on purpose: ids of one patient, codes that mean something here beside those that do not, so
that what is made from it comes to be judged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from injections.doors.cds_hooks.services import BOOKING, SERVICES, Service
from injections.doors.coded.questionnaire import CANONICAL, ITEMS
from injections.doors.coded.table import SNOMED_CT, rows
from tests.injections.doors.cds_hooks.ehr import BORN, patient, place

Schema = dict[str, Any]

DISCOVERY: Final = "/cds-services"
_TEXT: Final[Schema] = {"type": "string"}
_ID: Final[Schema] = {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"}
_UUID: Final[Schema] = {"type": "string", "format": "uuid"}
_DAY: Final[Schema] = {"type": "string", "format": "date"}
_INSTANT: Final[Schema] = {"type": "string", "format": "date-time"}
_WHEN: Final[Schema] = {"anyOf": [_DAY, _INSTANT, {"enum": ["2026", "2026-08", "0001", "9999-12-31T23:59:59-12:00"]}]}
_ADDRESS: Final[Schema] = {"type": "string", "format": "uri", "pattern": "^https?://"}


def door(given: Sequence[Mapping[str, Any]] = ()) -> Schema:
    """All of the door's addresses. `given` are cards that were answered before, so that feedback finds them."""
    paths: Schema = {DISCOVERY: {"get": {"security": [], "responses": {"200": _json(_DISCOVERED), "429": _PROBLEM}}}}
    for service in SERVICES.values():
        paths[f"{DISCOVERY}/{service.id}"] = {"post": _posted(_call(service), {"200": _json(_CARDS), "412": _PROBLEM})}
        paths[f"{DISCOVERY}/{service.id}/feedback"] = {"post": _posted(_feedback(given), {"200": {"description": "-"}})}
    signed = {"securitySchemes": {"signed": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}}
    about = {"title": "CDS Hooks", "version": "2.0"}
    return {"openapi": "3.1.0", "info": about, "security": [{"signed": []}], "components": signed, "paths": paths}


def _object(properties: Mapping[str, Schema], *required: str, more: bool = True) -> Schema:
    return {"type": "object", "properties": dict(properties), "required": list(required), "additionalProperties": more}


def _list(of: Schema, least: int = 0, most: int = 3) -> Schema:
    return {"type": "array", "items": of, "minItems": least, "maxItems": most}


def _json(schema: Schema, media_type: str = "application/json") -> Schema:
    return {"description": "-", "content": {media_type: {"schema": schema}}}


def _posted(body: Schema, answers: Mapping[str, Schema]) -> Schema:
    refusals = dict.fromkeys(("400", "401", "405", "413", "415", "422", "429"), _PROBLEM)
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {**refusals, **answers},
    }


# -- What is answered -------------------------------------------------------------------------------

_PROBLEM: Final = _json(
    _object(
        {
            "type": {"type": "string", "pattern": "^(about:blank|urn:pht-clinic:problem:[a-z-]+)$"},
            "title": _TEXT,
            "status": {"type": "integer", "minimum": 400, "maximum": 499},
            "detail": {"type": "string", "minLength": 1},
            "errors": {
                "type": "array",
                "maxItems": 100,
                "items": _object(
                    {"pointer": {"type": "string", "pattern": "^#"}, "detail": _TEXT}, "pointer", "detail", more=False
                ),
            },
        },
        *("type", "title", "status", "detail", "errors"),
        more=False,
    ),
    "application/problem+json",
)
_SERVICE: Final = _object(
    {
        "hook": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "id": _TEXT,
        "prefetch": {"type": "object", "additionalProperties": _TEXT},
        "usageRequirements": _TEXT,
    },
    *("hook", "description", "id"),
    more=False,
)
_DISCOVERED: Final = _object({"services": _list(_SERVICE, 2, 2)}, "services", more=False)
_CODING: Final = _object({"system": _ADDRESS, "code": _TEXT, "display": _TEXT}, "system", "code", more=False)
_SOURCE: Final = _object({"label": _TEXT, "url": _ADDRESS, "topic": _CODING}, "label", more=False)
_ACTION: Final = _object(
    {"type": {"enum": ["create", "update"]}, "description": _TEXT, "resource": _object({}, "resourceType")},
    *("type", "description", "resource"),
    more=False,
)
_SUGGESTION: Final = _object(
    {"label": _TEXT, "uuid": _UUID, "isRecommended": {"type": "boolean"}, "actions": _list(_ACTION, 1, 1)},
    *("label", "uuid"),
    more=False,
)
_CARD: Final = _object(
    {
        "uuid": _UUID,
        "summary": {"type": "string", "minLength": 1, "maxLength": 139},
        "detail": {"type": "string", "minLength": 1},
        "indicator": {"enum": ["info", "warning", "critical"]},
        "source": _SOURCE,
        "links": _list(_object({"label": _TEXT, "url": _ADDRESS, "type": {"const": "absolute"}}, "label"), 1),
        "suggestions": _list(_SUGGESTION, 1),
        "selectionBehavior": {"const": "at-most-one"},
        "overrideReasons": _list(_CODING, 1, 20),
    },
    *("uuid", "summary", "indicator", "source"),
    more=False,
)
_CARDS: Final = _object({"cards": _list(_CARD, most=400)}, "cards", more=False)

# -- What is sent -----------------------------------------------------------------------------------


def _concept(*facts: str) -> Schema:
    """A code of each meaning of these kinds in the table, or any code."""
    known = {(row.fact, row.value, row.side): {"coding": [{"system": row.system, "code": row.code}]} for row in rows()}
    coding = _object({"system": {"enum": [SNOMED_CT, "urn:oid:1.2.3"]}, "code": _ID}, "code", more=False)
    any_code = _object({"coding": _list(coding, 1)}, "coding", more=False)
    return {"anyOf": [{"enum": [one for (fact, *_), one in known.items() if fact in facts]}, any_code]}


def _resource(kind: str, properties: Mapping[str, Schema], *required: str) -> Schema:
    said = {"resourceType": {"const": kind}, "id": _ID, **properties}
    return _object(said, "resourceType", *required, more=False)


def _found(of: Schema) -> Schema:
    """What a search found: a page of it, or that there is nothing."""
    bundle = _object(
        {
            "resourceType": {"const": "Bundle"},
            "type": {"const": "searchset"},
            "total": {"type": "integer", "minimum": 0, "maximum": 5},
            "entry": _list(_object({"resource": of}, "resource", more=False), 1),
        },
        *("resourceType", "type", "entry"),
        more=False,
    )
    return {"anyOf": [{"type": "null"}, bundle, {"const": {"resourceType": "OperationOutcome"}}]}


_ANSWER: Final[Schema] = {
    "anyOf": [
        _object(
            {"valueCoding": _object({"code": {"enum": ["yes", "no", "not-sure", "sudden", "warfarin"]}})}, more=False
        ),
        _object({"valueDate": _DAY}, more=False),
        _object({"valueDecimal": {"type": "number"}}, more=False),
        _object({"valueInteger": {"type": "integer"}}, more=False),
    ]
}
_PLACE: Final = _list(_concept("site", "side"), 1)
_OF: Final[Schema] = {"enum": [{"reference": "Patient/p1"}]}
_STATUS: Final = {"clinicalStatus": _concept(), "verificationStatus": _concept()}
_APPOINTMENT: Final = _resource(
    "Appointment",
    {
        "status": {"enum": ["proposed", "booked", "arrived", "cancelled", "fulfilled"]},
        "serviceType": _list(_concept("service", "target")),
        "reasonCode": {"anyOf": [{"const": place("hamstring-origin", "left")}, _PLACE]},
        "start": _INSTANT,
        "end": _INSTANT,
        "participant": _list(
            _object({"actor": _OF, "status": {"const": "tentative"}}, "actor", "status", more=False), 1
        ),
    },
    *("status", "participant", "start", "end"),
)
_KNOWN: Final[Mapping[str, Schema]] = {
    "patient": _resource(
        "Patient",
        {
            "id": {"const": "p1"},
            "birthDate": {"anyOf": [{"const": BORN}, _DAY]},
            "identifier": {"const": patient()["identifier"]},
        },
        "id",
    ),
    "procedures": _resource(
        "Procedure",
        {
            "status": {"enum": ["completed", "not-done", "in-progress", "unknown", "entered-in-error", "preparation"]},
            "subject": _OF,
            "code": _concept("injection", "question"),
            "usedCode": _list(_concept("drug")),
            "bodySite": _PLACE,
            "performedDateTime": _WHEN,
        },
        *("status", "subject", "code"),
    ),
    "appointments": _APPOINTMENT,
    "allergies": _resource(
        "AllergyIntolerance", {"patient": _OF, "code": _concept("drug", "no-allergy"), **_STATUS}, "patient"
    ),
    "medicationRequests": _resource(
        "MedicationRequest",
        {
            "status": {"enum": ["active", "completed", "stopped", "draft"]},
            "intent": {"const": "order"},
            "subject": _OF,
            "medicationCodeableConcept": _concept("drug"),
            "dispenseRequest": _object({"validityPeriod": _object({"end": _WHEN}, more=False)}, more=False),
        },
        *("status", "intent", "subject", "medicationCodeableConcept"),
    ),
    "medicationStatements": _resource(
        "MedicationStatement",
        {
            "status": {"enum": ["active", "completed", "not-taken"]},
            "subject": _OF,
            "medicationCodeableConcept": _concept("drug"),
            "effectivePeriod": _object({"start": _WHEN, "end": _WHEN}, more=False),
        },
        *("status", "subject", "medicationCodeableConcept"),
    ),
    "conditions": _resource(
        "Condition",
        {"subject": _OF, "code": _concept("question", "follow-up"), "bodySite": _PLACE, **_STATUS},
        "subject",
    ),
    "reports": _resource(
        "DiagnosticReport",
        {
            "status": {"enum": ["final", "preliminary", "amended"]},
            "subject": _OF,
            "code": _concept("modality"),
            "conclusionCode": _list(_concept("finding", "area", "side"), most=6),
            "effectiveDateTime": _WHEN,
        },
        *("status", "subject", "code"),
    ),
    "answers": _resource(
        "QuestionnaireResponse",
        {
            "status": {"enum": ["completed", "amended", "in-progress"]},
            "questionnaire": {"const": CANONICAL},
            "subject": _OF,
            "authored": _WHEN,
            "item": _list(
                _object({"linkId": {"enum": [*ITEMS, "?"]}, "answer": _list(_ANSWER, 1)}, "linkId", more=False), 1, 6
            ),
        },
        *("status", "questionnaire", "subject"),
    ),
}
_AUTHORIZATION: Final = _object(
    {
        "access_token": {"type": "string", "pattern": "^[!-~]{1,40}$"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "minimum": 0, "maximum": 86_400},
        "scope": {"const": "patient/*.read"},
        "subject": _ID,
    },
    *("access_token", "token_type", "expires_in", "scope", "subject"),
)


def _call(service: Service) -> Schema:
    """Whoever gives a token to fetch with gives the address of a machine that is never asked: one of this network."""
    context = {"userId": {"enum": ["Practitioner/dr1", "Patient/p1"]}, "patientId": {"const": "p1"}, "encounterId": _ID}
    needed = ["userId", "patientId"]
    if service is BOOKING:
        proposed = _list(_object({"resource": _APPOINTMENT}, "resource", more=False), 1)
        bundle = {"resourceType": {"const": "Bundle"}, "type": {"const": "collection"}, "entry": proposed}
        context["appointments"] = _object(bundle, *bundle, more=False)
        needed.append("appointments")
    sent = {key: _KNOWN[key] if key == "patient" else _found(_KNOWN[key]) for key in service.prefetch}
    body = {
        "hook": {"const": service.hook},
        "hookInstance": _UUID,
        "fhirServer": {"enum": ["https://127.0.0.1:1/fhir", "https://[::1]:1", "https://localhost:1/"]},
        "context": _object(context, *needed, more=False),
        "prefetch": _object(sent, *sorted(service.required)),
    }
    with_token = {"fhirAuthorization": _AUTHORIZATION}
    plain = _object(body, "hook", "hookInstance", "context", "prefetch", more=False)
    return {"anyOf": [plain, _object({**body, **with_token}, *body, *with_token, more=False)]}


def _feedback(given: Sequence[Mapping[str, Any]]) -> Schema:
    """On cards that were given, and, where they say so, on what they suggested."""
    reason = _object({"reason": _object({"system": _ADDRESS, "code": _ID}, "system", "code"), "userComment": _TEXT})
    passed = {"outcome": {"const": "overridden"}, "outcomeTimestamp": _INSTANT, "overrideReason": reason}
    told = []
    for card in given:
        told.append(_object({"card": {"const": card["uuid"]}, **passed}, "card", "outcome", "outcomeTimestamp"))
        for one in card.get("suggestions", ()):
            accepted = {"outcome": {"const": "accepted"}, "acceptedSuggestions": {"const": [{"id": one["uuid"]}]}}
            said = {"card": {"const": card["uuid"]}, "outcomeTimestamp": _INSTANT, **accepted}
            told.append(_object(said, *said))
    return _object({"feedback": _list({"anyOf": told}, 1)}, "feedback")
