"""CDS Hooks over HTTP: 1,000 calls one after the other, each with a token of its own and 120 resources.

Half of them are about patients in this clinic's own books, beside 200,000 visits. The goal: p95 under 100 ms.
"""

import datetime as dt
import json
import os
import time
import uuid

from joserfc import jwt
from joserfc.jwk import ECKey

from bench import filled, measure, record
from bench.clients import ask, post
from bench.cpu import seconds_of_children
from bench.house import House, house

CALLS, IN_THE_YEAR, PATIENTS, GOAL_MS = 1_000, 200_000, 500, 100
ISSUER = "https://ehr.example/"
PATH = "/cds-services/injection-booking"
KEY = ECKey.generate_key("P-384", parameters={"kid": "bench", "use": "sig"})
OWN = "https://pht-clinic.example/fhir/CodeSystem"
SNOMED = "http://snomed.info/sct"


def main() -> None:
    """Fill the year, start the server, call."""
    with house() as found:
        patients = build(found)
        keys = found.folder / "ehr.jwks.json"
        keys.write_text(json.dumps({"keys": [KEY.as_dict(private=False)]}), encoding="utf-8")
        os.environ["CDS_ISSUERS"] = f"{ISSUER} {keys}"
        os.environ["CDS_ISSUERS_WITH_RECORDS"] = ISSUER
        os.environ["API_REQUESTS_A_MINUTE"] = "1000000"
        os.environ["API_REQUESTS_A_MINUTE_FROM_ONE_PLACE"] = "1000000"
        found.web("pht_clinic.wsgi:application", port=found.web_port)
        measure.say_machine()
        _call(found.web_port, patients)


def build(found: House) -> list[str]:
    """NHS numbers of patients in a clinic with 200,000 visits."""
    from pht_clinic import clock
    from tests.clinic import open_clinic

    now = clock.now()
    open_clinic(now)
    with found.owner() as owner:
        filled.staff(owner)
        with filled.constraints_at_the_end(owner):
            first_on = now.date() + dt.timedelta(days=1)
            filled.visits(
                owner, first_on=first_on, last_on=first_on + dt.timedelta(days=364), a_day=55, most=IN_THE_YEAR
            )
        ids = [row[0] for row in owner.execute("SELECT id FROM scheduling_patient ORDER BY id LIMIT %s", [PATIENTS])]
        numbers = [f"999{number:07}" for number in range(len(ids))]
        owner.execute(
            "UPDATE scheduling_patient SET nhs_number = given.number, date_of_birth = '1980-05-01'"
            " FROM unnest(%s::bigint[], %s::text[]) AS given (id, number) WHERE scheduling_patient.id = given.id",
            [ids, numbers],
        )
        filled.settle(owner)
    return numbers


def _call(port: int, numbers: list[str]) -> None:
    bodies = [_body(number) for number in (*numbers, *[""] * len(numbers))]
    requests = [
        post(PATH, bodies[number * 7 % len(bodies)] | {"hookInstance": str(uuid.uuid4())}, token=_token(port))
        for number in range(CALLS)
    ]
    used = seconds_of_children()
    _, statuses, seconds = ask(port, requests, clients=1)
    processor_ms = (seconds_of_children() - used) * 1000 / CALLS
    took = sorted(one * 1000 for one in seconds)
    assert set(statuses) == {200}, statuses
    measure.say_about(f"{CALLS:,} calls one after the other, 120 resources each, beside {IN_THE_YEAR:,} visits")
    measure.say_number("median", took[CALLS // 2], "ms")
    measure.say_number("p95", took[int(CALLS * 0.95)], "ms", at_most=GOAL_MS)
    measure.say_number("p99", took[int(CALLS * 0.99)], "ms")
    measure.say_number("of processors for each, server and database together", processor_ms, "ms")


def _token(port: int) -> str:
    now = int(time.time())
    address = f"http://127.0.0.1:{port}{PATH}"
    claims = {"iss": ISSUER, "aud": address, "iat": now, "exp": now + 3000, "jti": str(uuid.uuid4())}
    return jwt.encode({"alg": "ES384", "typ": "JWT", "kid": "bench"}, claims, KEY, algorithms=["ES384"])


def _body(nhs_number: str) -> dict[str, object]:
    """A call about somebody with 20 injections, 40 conditions, 40 medicines and 20 allergies on record."""
    today = dt.datetime.now(dt.UTC)
    identifier = [{"system": "https://fhir.nhs.uk/Id/nhs-number", "value": nhs_number}] if nhs_number else []
    start = (today + dt.timedelta(days=10)).replace(hour=10, minute=0, second=0, microsecond=0)
    place = [_concept(f"{OWN}/site", "hamstring-origin"), _concept(SNOMED, "7771000")]
    of = {"reference": "Patient/p1"}
    appointment = {
        "resourceType": "Appointment",
        "id": "a1",
        "status": "proposed",
        "serviceType": [_concept(f"{OWN}/service", "injection")],
        "reasonCode": place,
        "start": start.isoformat(),
        "end": (start + dt.timedelta(minutes=30)).isoformat(),
        "participant": [{"actor": of, "status": "tentative"}],
    }
    injections = [
        {
            "resourceType": "Procedure",
            "id": f"i{number}",
            "status": "completed",
            "subject": of,
            "code": _concept(f"{OWN}/injection", "steroid"),
            "bodySite": place,
            "performedDateTime": (today - dt.timedelta(days=60 + 130 * number)).date().isoformat(),
        }
        for number in range(20)
    ]
    conditions = [
        {
            "resourceType": "Condition",
            "id": f"c{number}",
            "subject": of,
            "code": _concept(SNOMED, str(44054006 + number)),
        }
        for number in range(40)
    ]
    medicines = [
        {
            "resourceType": "MedicationStatement",
            "id": f"m{number}",
            "status": "active",
            "subject": of,
            "medicationCodeableConcept": _concept(SNOMED, str(372756006 + number)),
        }
        for number in range(40)
    ]
    allergies = [
        {
            "resourceType": "AllergyIntolerance",
            "id": f"l{number}",
            "patient": of,
            "code": _concept(SNOMED, str(111088007 + number)),
        }
        for number in range(20)
    ]
    return {
        "hook": "appointment-book",
        "context": {"userId": "Practitioner/1", "patientId": "p1", "appointments": _bundle([appointment])},
        "prefetch": {
            "patient": {
                "resourceType": "Patient",
                "id": "p1",
                "birthDate": "1980-05-01",
                "identifier": identifier or None,
            },
            "procedures": _bundle(injections),
            "conditions": _bundle(conditions),
            "medicationStatements": _bundle(medicines),
            "allergies": _bundle(allergies),
            **dict.fromkeys(("appointments", "medicationRequests", "reports", "answers")),
        },
    }


def _bundle(resources: list[dict[str, object]]) -> dict[str, object]:
    return {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": one} for one in resources]}


def _concept(system: str, code: str) -> dict[str, object]:
    return {"coding": [{"system": system, "code": code}]}


if __name__ == "__main__":
    with record.of("doors.cds"):
        main()
