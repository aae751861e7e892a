"""Another clinic's record system, as far as CDS Hooks goes: its keys, its tokens, what it sends."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.test import Client
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from injections.doors.coded.body_sites import body_sites
from injections.doors.coded.questionnaire import CANONICAL
from injections.safety.questions import QUESTIONS

ISSUER: Final = "https://ehr.example/"
BASE: Final = "https://clinic.example"
BOOKING: Final = "/cds-services/injection-booking"
VIEW: Final = "/cds-services/injection-next-dates"
NHS: Final = "9990548609"
BORN: Final = "1980-05-01"


@cache
def key(kind: str = "EC", number: int = 0) -> ECKey | RSAKey:
    """One of its keys, the same all through a test run."""
    about = {"kid": f"{kind}-{number}", "use": "sig"}
    if kind == "EC":
        return ECKey.generate_key("P-384", parameters=about)
    return RSAKey.generate_key(2048, parameters=about)


def jwk_set(*keys: ECKey | RSAKey) -> str:
    return json.dumps({"keys": [one.as_dict(private=False) for one in keys or (key(),)]})


def listed(settings: Any, folder: Path, *, sees_records: bool = False) -> None:
    """The clinic lists this system, with its keys in a file."""
    file = folder / "ehr.jwks.json"
    file.write_text(jwk_set(key(), key("RSA")))
    settings.CDS_ISSUERS = [f"{ISSUER} {file}"]
    settings.CDS_ISSUERS_WITH_RECORDS = [ISSUER] if sees_records else []


def token(endpoint: str, *, header: Mapping[str, Any] | None = None, by: Any = None, **claims: Any) -> str:
    """A token for one address; claims that are None are left out."""
    now = int(time.time())
    said = {"iss": ISSUER, "aud": f"{BASE}{endpoint}", "iat": now, "exp": now + 300, "jti": str(uuid.uuid4())}
    said = {name: value for name, value in (said | claims).items() if value is not None}
    signed_by = by or key()
    names = {"alg": "ES384", "typ": "JWT", "kid": signed_by.kid} | dict(header or {})
    names = {name: value for name, value in names.items() if value is not None}
    return jwt.encode(names, said, signed_by, algorithms=[names["alg"]])


def post(endpoint: str, body: Any, *, bearer: str | None = None, **headers: str) -> Any:
    """One call, by a program without cookies."""
    signed = token(endpoint) if bearer is None else bearer
    return Client(raise_request_exception=False).post(
        endpoint,
        body if isinstance(body, str | bytes) else json.dumps(body),
        content_type="application/json",
        headers={"Authorization": f"Bearer {signed}", **headers},
    )


def patient(**values: Any) -> dict[str, Any]:
    """Their Patient, whom this clinic's own books need not know."""
    number = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": NHS}]
    return {"resourceType": "Patient", "id": "p1", "birthDate": BORN, "identifier": number, **values}


def searchset(*resources: Mapping[str, Any], following: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset"}
    if resources:
        found["entry"] = [{"resource": dict(one)} for one in resources]
    if following:
        found["link"] = [{"relation": "next", "url": following}]
    return found


def prefetch(procedures: Iterable[Mapping[str, Any]] = (), **values: Any) -> dict[str, Any]:
    """All that the booking service asks for: the patient, what was done, and that there is nothing else."""
    nothing = ("appointments", "allergies", "medicationRequests", "medicationStatements", "conditions", "reports")
    done = list(procedures)
    return {
        "patient": patient(),
        "procedures": searchset(*done) if done else None,
        **dict.fromkeys((*nothing, "answers")),
        **values,
    }


def call(hook: str = "appointment-book", *appointments: Mapping[str, Any], **values: Any) -> dict[str, Any]:
    """The body of a call."""
    context: dict[str, Any] = {"userId": "Practitioner/dr1", "patientId": "p1"}
    if hook == "appointment-book":
        context["appointments"] = searchset(*appointments) | {"type": "collection"}
    return {"hook": hook, "hookInstance": str(uuid.uuid4()), "context": context, "prefetch": prefetch(), **values}


def coded(fact: str, code: str) -> dict[str, Any]:
    """A concept with a code of this clinic's own table."""
    return {"coding": [{"system": f"https://pht-clinic.example/fhir/CodeSystem/{fact}", "code": code}]}


def place(site: str, side: str) -> list[dict[str, Any]]:
    return [json.loads(one.model_dump_json()) for one in body_sites(site, side)]


def injection(on: str, site: str = "hamstring-origin", side: str = "left", **values: Any) -> dict[str, Any]:
    """A Procedure: a steroid injection on that day."""
    return {
        "resourceType": "Procedure",
        "id": f"i-{on}-{side}",
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "code": coded("injection", "steroid"),
        "bodySite": place(site, side),
        "performedDateTime": on,
        **values,
    }


def appointment(start: str, site: str = "hamstring-origin", side: str = "left", **values: Any) -> dict[str, Any]:
    """A proposed Appointment of half an hour."""
    end = (datetime.fromisoformat(start) + timedelta(minutes=30)).isoformat()
    return {
        "resourceType": "Appointment",
        "id": f"a-{start[:10]}-{side}",
        "status": "proposed",
        "serviceType": [coded("service", "injection")],
        "reasonCode": place(site, side),
        "start": start,
        "end": end,
        "participant": [{"actor": {"reference": "Patient/p1"}, "status": "tentative"}],
        **values,
    }


def in_order(at: str = "2026-03-01T09:00:00Z") -> dict[str, Any]:
    """The prefetch of somebody of whom everything is known and in order."""
    answers = {**dict.fromkeys(QUESTIONS, "no"), **FIT_BESIDE}
    items = [{"linkId": name, "answer": [{"valueCoding": {"code": value}}]} for name, value in answers.items()]
    response = {
        "resourceType": "QuestionnaireResponse",
        "id": "q1",
        "questionnaire": CANONICAL,
        "status": "completed",
        "subject": {"reference": "Patient/p1"},
        "authored": at,
        "item": items,
    }
    found = [coded("finding", code) for code in ("tendinopathy-yes", "bursitis-no", "tear-none", "diagnosis-none")]
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "code": coded("modality", "ultrasound"),
        "conclusionCode": [*found, *place("hamstring-origin", "left")],
        "effectiveDateTime": "2026-02-01",
    }
    return prefetch(answers=searchset(response), reports=searchset(report))


FIT_BESIDE: Final = {
    "onset": "gradual",
    "main_pain_site": "sit-bone",
    "pain_side": "left",
    "specialist_assessment": "yes",
    "physiotherapy": "completed",
    "response": "not-satisfactory",
    "indications": "deep-buttock-pain",
    "mild_and_improving": "no",
    "suspected_avulsion": "no",
}
