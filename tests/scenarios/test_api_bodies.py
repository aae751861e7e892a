"""Bodies and addresses that no program should send: a 4xx in words, nothing stored; and the schema that says so."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest
from django.apps import apps as django_apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

from scheduling.models import Appointment, Patient
from tests.api_world import World, pointers, problem
from tests.clinic import NOW, local
from tests.conftest import Share
from tests.injections.doors.fhir.access import FHIR
from tests.scenarios.access_table import ACCESS
from tests.scenarios.api_bodies import Bodies, accepted_bodies
from tests.scenarios.test_api_access import CANARY, address_of, populated, schema_path_of

__all__ = ["populated"]  # a fixture


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"", 422),
        (b"[]", 422),
        (b'"text"', 422),
        (b"null", 422),
        (b"\xff\xfe", 400),
        (b'{"given_name": "A", "given_name": "B"}', 400),
        (b'{"given_name": NaN}', 400),
        (b'{"given_name": 1e999}', 400),
        (b'{"given_name": ' + b"9" * 5000 + b"}", 400),
        (b'{"given_name": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 400),
        (b'{"given_name": ' + b'{"a":' * 40 + b"1" + b"}" * 40 + b"}", 400),
        (b'{"given_name": "\\u0000"}', 422),
        (b'{"given_name": "\\ud800"}', 422),
        (b'{"given_name": "' + b"x" * 10_000_000 + b'"}', 413),
    ],
)
def test_a_body_that_is_no_sensible_object_is_refused(world: World, body: bytes, status: int) -> None:
    problem(world.reception.post("/patients/", body), status)
    assert not Patient.objects.exists()


def test_a_body_in_another_language_is_415(world: World) -> None:
    response = world.reception.client.post("/api/v1/patients/", {"given_name": "Robin"})
    problem(response, 415)


WRONG: tuple[object, ...] = (
    None,
    True,
    0,
    -1,
    2**70,
    1.5,
    "",
    " ",
    "x",
    "0",
    [],
    [[]],
    {},
    {"a": 1},
    ["left"],
    "2026-03-10T10:00:00",
    "²²²²",
    "\u202e",
    "a\nb",
    "\r\nBcc: x@mail.example",
    "x" * 5000,
    "\U0001f600" * 50,
    "%s{}",
    "\\",
    "'",
    "İı",
    "9999-12-31",
)


def spoiled(body: dict[str, Any], *, every: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """The body with one field after the other replaced, nested ones too, and with one that nobody knows.

    `every` 1 tries all values on each field; more tries one in so many, others on the next field.
    """
    for place, (field, value) in enumerate([*body.items(), ("unheard_of", None)]):
        for wrong in WRONG[place % every :: every]:
            yield field, {**body, field: wrong}
        if isinstance(value, dict):
            for inner, changed in spoiled(value, every=every):
                yield f"{field}/{inner}", {**body, field: changed}


@pytest.fixture
def bodies(populated: World) -> Bodies:
    found = accepted_bodies(populated, Patient.objects.get(family_name=CANARY))
    found["api-patient-merge", "POST"]["into"] = populated.clinic.patient("Other").pk
    return found


def answers_of(world: World, name: str, method: str) -> Callable[[dict[str, Any]], Any]:
    """Sends a body to an endpoint and undoes what it did. The clock stands half an hour after the visit's start."""
    api = world.api(sorted(ACCESS[name].methods[method])[0])
    path = address_of(name).removeprefix("/api/v1")

    def send(body: dict[str, Any]) -> Any:
        with transaction.atomic():
            response = api.send(method, path, body)
            transaction.set_rollback(True)
        return response

    return send


def test_a_body_is_accepted_for_every_endpoint_that_reads_one(populated: World, bodies: Bodies) -> None:
    """So that spoiling one field shows what that field does."""
    reads = {(name, method) for name, access in ACCESS.items() for method in access.methods if method[0] == "P"}
    without = {
        (f"api-{name}", "POST")
        for name in (
            "appointment-arrive",
            "appointment-no-show",
            "appointment-undo",
            "message-send-now",
            "message-withhold",
            "message-retry",
            "milder-verdict-seen",
            "webhook-pause",
            "webhook-resume",
            "webhook-secret",
            "webhook-delivery-replay",
        )
    }
    assert set(bodies) == reads - without
    for (name, method), body in bodies.items():
        populated.at(local("2026-03-10", "10:30") if name == "api-appointment-procedure" else NOW)
        response = answers_of(populated, name, method)(body)
        # the patient of the procedure has a fever, which a radiologist must phone about first
        assert response.status_code in (200, 201, 409), (name, method, response.content)


def test_no_field_of_any_body_can_cause_a_5xx(populated: World, bodies: Bodies, is_full_trial: bool) -> None:
    """Every field of every body, filled with values of every type, one at a time, the others as they should be."""
    every = 1 if is_full_trial else len(WRONG)
    failures = []
    for (name, method), body in bodies.items():
        send = answers_of(populated, name, method)
        for field, changed in spoiled(body, every=every):
            response = send(changed)
            if response.status_code >= 500:
                failures.append((name, field, changed, response.content[:200]))
    assert failures == []


def test_no_body_reaches_a_field_that_is_not_its_own(populated: World, bodies: Bodies, is_full_trial: bool) -> None:
    """Every field of every model, added to every body: refused by name. In small counts all of them at once."""
    apps = ("scheduling", "injections", "people", "audit", "web")
    fields = {
        name
        for model in django_apps.get_models()
        if model._meta.app_label in apps
        for field in model._meta.concrete_fields
        for name in (field.name, field.attname)
    }
    for (name, method), body in bodies.items():
        send = answers_of(populated, name, method)
        foreign = sorted(fields - _known_to(name, method))
        for batch in [[field] for field in foreign] if is_full_trial else [foreign]:
            response = send({**dict.fromkeys(batch, "1"), **body})
            assert response.status_code == 422, (name, method, batch, response.content)
            assert f"#/{batch[0]}" in pointers(response), (name, method, batch)


@cache
def _schema() -> dict[str, Any]:
    schema: dict[str, Any] = SchemaGenerator().get_schema(public=True)
    return schema


def _known_to(name: str, method: str) -> set[str]:
    """The fields that the schema says this body has."""
    schema = _schema()
    content = _operation(schema, name, method)["requestBody"]["content"]["application/json"]
    reference = content["schema"]["$ref"].rsplit("/", 1)[1]
    return set(schema["components"]["schemas"][reference].get("properties", ()))


def test_a_search_reads_any_text(world: World) -> None:
    """Digits of other alphabets are letters like any other."""
    for text in ("²²²²", "٣٤٥٦", "1980", "31/02/1980", "99/99/9999", "%", "_", "'", "\\", "o'brien 1980", "a " * 90):
        assert world.reception.post("/patients/search/", {"text": text}).status_code == 200, text


def test_no_query_can_cause_a_5xx(populated: World, share: Share) -> None:
    schema = _schema()
    values = (
        "",
        "x",
        "-1",
        "0",
        "9" * 40,
        "2026-02-30",
        "2026-03-10",
        "0001-01-01",
        "9999-12-31",
        "ü",
        "a,b",
        "\u0131",
    )
    for name, access in ACCESS.items():
        if "GET" not in access.methods or not name.startswith("api-") or name == "api-docs":
            continue
        api = populated.api(sorted(access.methods["GET"])[0])
        path = address_of(name).removeprefix("/api/v1")
        for parameter in _operation(schema, name, "GET").get("parameters", ()):
            if parameter["in"] == "query":
                for value in share.of(values, one_in=4):
                    response = api.get(path, **{parameter["name"]: value})
                    assert response.status_code in (200, 404, 422), (path, parameter["name"], value)


def _operation(schema: dict, name: str, method: str) -> dict:  # type: ignore[type-arg]
    return schema["paths"].get(schema_path_of(name), {}).get(method.lower(), {})  # type: ignore[no-any-return]


def test_the_schema_is_generated_without_a_warning_and_is_valid() -> None:
    said = io.StringIO()
    with contextlib.redirect_stderr(said):
        schema = SchemaGenerator().get_schema(public=True)
    assert said.getvalue() == ""
    assert schema["openapi"].startswith("3.1.")
    validate_schema(schema)
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert "book_appointment" in ids
    documented = {name for name in ACCESS if name.startswith("api-") and name != "api-docs"}
    assert len([path for path in schema["paths"] if path.startswith("/api/v1/")]) == len(documented)
    assert len([path for path in schema["paths"] if path.startswith("/fhir/R4/")]) == len(FHIR)
    assert len(schema["paths"]) == len(documented) + len(FHIR)


def test_the_schema_and_its_pages_are_served(world: World) -> None:
    assert world.reception.get("/schema/").status_code == 200
    assert world.reception.client.get("/api/docs/").status_code == 200


def test_a_page_session_needs_its_csrf_token(world: World) -> None:
    """The pages' session is good for the API, but never from another site."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.force_login(world.clinic.users["reception"])
    patient = world.clinic.fit_patient()
    body = json.dumps(world.injection(patient, local("2026-03-10")))
    problem(client.post("/api/v1/appointments/", body, content_type="application/json"), 403)
    assert not Appointment.objects.exists()


def test_lists_of_a_patient_take_the_same_queries_however_long_they_are(world: World) -> None:
    patient = world.clinic.fit_patient()
    world.clinic.earlier_injection(patient, "2020")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            for what in ("injections", "reports", "activities"):
                assert world.reception.get(f"/patients/{patient.pk}/{what}/").status_code == 200
        return len(captured)

    count()
    one = count()
    for year in range(2012, 2018):
        world.clinic.earlier_injection(patient, str(year))
        world.clinic.report(patient)
    assert count() == one


def test_times_are_accepted_with_any_offset(world: World) -> None:
    patient = world.clinic.fit_patient()
    booked = world.book(patient, local("2026-03-10"), start="2026-03-10T15:30:00+05:30")
    assert booked["start"] == "2026-03-10T10:00:00+00:00"
    assert pointers(world.reception.post("/appointments/", world.injection(patient, "2026-03-10T10:00:00+24:00"))) == {
        "#/start"
    }
