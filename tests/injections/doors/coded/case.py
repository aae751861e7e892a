"""FHIR resources of one invented patient, as small as they may be, and what is read from them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from injections.doors.coded.facts import CodedFacts, read_facts
from injections.doors.coded.own import system_of
from injections.doors.coded.questionnaire import CANONICAL, ITEMS
from injections.doors.coded.resources import parse_resource
from injections.safety.facts import Request, ScreeningFacts
from injections.safety.questions import QUESTIONS

LONDON = ZoneInfo("Europe/London")
START = datetime(2026, 6, 30, 9, tzinfo=UTC)
REQUEST = Request(
    start=START, end=START + timedelta(minutes=30), site="hamstring-origin", side="left", targets=("peritendinous",)
)
SNOMED, LOINC, DMD = "http://snomed.info/sct", "http://loinc.org", "https://dmd.nhs.uk"
SUBJECT = {"reference": "Patient/7"}
Json = dict[str, Any]

PATIENT: Json = {"resourceType": "Patient", "id": "7", "birthDate": "1980-05-01"}
LEFT, RIGHT, BOTH = "7771000", "24028007", "51440002"
HIP, KNEE, ISCHIUM = "24136001", "49076000", "85710004"
STEROID_INTO_JOINT, STEROID, HYALURONIC = "231274008", "116593003", "38218009"
UNMAPPED = "12345678901"


def concept(code: str, system: str = SNOMED) -> Json:
    return {"coding": [{"system": system, "code": code}]}


def own(fact: str, code: str) -> Json:
    return concept(code, system_of(fact))


def procedure(code: str = STEROID_INTO_JOINT, *sites: str, **more: Any) -> Json:
    """A completed one of 1 June 2026, unless told otherwise."""
    return {
        "resourceType": "Procedure",
        "status": "completed",
        "subject": SUBJECT,
        "code": concept(code),
        "bodySite": [concept(site) for site in sites],
        "performedDateTime": "2026-06-01",
    } | more


def condition(code: str, **more: Any) -> Json:
    return {"resourceType": "Condition", "subject": SUBJECT, "code": concept(code)} | more


def allergy(code: str, **more: Any) -> Json:
    return {"resourceType": "AllergyIntolerance", "patient": SUBJECT, "code": concept(code)} | more


def request_for(code: str, system: str = SNOMED, **more: Any) -> Json:
    """A medicine that was prescribed, and is taken."""
    return {
        "resourceType": "MedicationRequest",
        "status": "active",
        "intent": "order",
        "subject": SUBJECT,
        "medicationCodeableConcept": concept(code, system),
    } | more


def statement(code: str, system: str = SNOMED, **more: Any) -> Json:
    return {
        "resourceType": "MedicationStatement",
        "status": "active",
        "subject": SUBJECT,
        "medicationCodeableConcept": concept(code, system),
    } | more


def appointment(service: str = "injection", *places: Json, **more: Any) -> Json:
    """Proposed for the hamstring origin on the left, unless told otherwise."""
    return {
        "resourceType": "Appointment",
        "status": "proposed",
        "serviceType": [own("service", service)],
        "reasonCode": [*(places or (own("site", "hamstring-origin"), concept(LEFT)))],
        "start": START.isoformat(),
        "participant": [{"actor": SUBJECT, "status": "accepted"}],
    } | more


def report(*findings: str, **more: Any) -> Json:
    """A final ultrasound of the left hamstring origin of 1 June 2026."""
    said = findings or ("tendinopathy-yes", "bursitis-no", "tear-none", "diagnosis-none")
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "subject": SUBJECT,
        "code": concept("24760-1", LOINC),
        "effectiveDateTime": "2026-06-01",
        "conclusionCode": [
            own("area", "ischial-tuberosity"),
            concept(LEFT),
            *(own("finding", finding) for finding in said),
        ],
    } | more


def response(answers: dict[str, Any], authored: str | None = "2026-06-28T09:00:00Z", **more: Any) -> Json:
    """Answers to our questionnaire; text is a code where the question has choices."""
    items = [
        {
            "linkId": link_id,
            "answer": [_answer(link_id, one) for one in (value if isinstance(value, list) else [value])],
        }
        for link_id, value in answers.items()
    ]
    written = {"authored": authored} if authored else {}
    return {
        "resourceType": "QuestionnaireResponse",
        "questionnaire": CANONICAL,
        "status": "completed",
        "item": items,
        **written,
    } | more


def _answer(link_id: str, value: Any) -> Json:
    if isinstance(value, bool):
        return {"valueBoolean": value}
    kind = ITEMS[link_id].kind if link_id in ITEMS else "string"
    types = {"choice": "Coding", "date": "Date", "decimal": "Decimal", "integer": "Integer", "string": "String"}
    return {f"value{types[kind]}": {"code": value} if kind == "choice" else value}


ALL_WELL = response(
    dict.fromkeys(QUESTIONS, "no")
    | {
        "onset": "gradual",
        "main_pain_site": "sit-bone",
        "pain_side": "left",
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "indications": ["deep-buttock-pain"],
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
    }
)
"""Somebody of whom everything is known and in order, with the report."""


def read(*resources: Json, request: Request = REQUEST) -> CodedFacts:
    return read_facts([parse_resource(one) for one in resources], request=request, zone=LONDON)


def answers(*resources: Json) -> dict[str, str | None]:
    """What the questions are answered with."""
    return dict(screening(*resources).answers)


def screening(*resources: Json) -> ScreeningFacts:
    return read(PATIENT, *resources).facts.screening or ScreeningFacts()
