"""SEC9: every model field in every body that the API reads: none is assigned that the endpoint does not list.

What is not listed is refused by its name and stores nothing at all; a page's form ignores it.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

from pht_clinic.people.models import User
from scheduling.models import Patient
from scheduling.patients.forms import PatientForm
from tests.api_world import World
from tests.clinic import NOW, local
from tests.conftest import Share
from tests.scenarios.access_table import ACCESS, ALL
from tests.scenarios.api_bodies import accepted_bodies
from tests.scenarios.test_api_access import address_of, schema_path_of
from tests.trials.fingerprint import changed, fingerprint
from tests.trials.test_sec01_access import _quiet, world

__all__ = ["_quiet", "world"]  # fixtures
pytestmark = pytest.mark.django_db

APPS = ("people", "audit", "web", "scheduling", "injections")
MOST_NAMED = 20
"""A refusal names at most so many unknown fields."""
Body = dict[str, Any]


def every_model_field() -> list[str]:
    """The names by which some column of some table of ours goes, and its relations."""
    names = set()
    for label in APPS:
        for model in apps.get_app_config(label).get_models():
            for field in model._meta.get_fields():
                names |= {field.name, getattr(field, "attname", field.name)}
    return sorted(names)


def bodies(world: World) -> dict[tuple[str, str], Body]:
    """One accepted body for every endpoint; {} for those that read none."""
    for role in ALL:  # their tokens are to outlive what is taken back, and are noted as used once a day
        assert world.api(role).get("/sites/").status_code == 200
    patient = Patient.objects.get(family_name="Quillfeather")
    found = accepted_bodies(world, patient)
    found["api-patient-merge", "POST"]["into"] = world.clinic.patient("Other").pk
    for name, access in ACCESS.items():
        for method in set(access.methods) - {"GET", "DELETE"}:
            found.setdefault((name, method), {})
    return found


def nested(body: Body) -> dict[str, Body]:
    """The objects inside a body whose fields are fixed."""
    return {name: value for name, value in body.items() if isinstance(value, dict) and name != "answers"}


def send(world: World, name: str, method: str, body: Body) -> Any:
    api = world.api(sorted(ACCESS[name].methods[method])[0])
    world.at(local("2026-03-10", "10:30") if name == "api-appointment-procedure" else NOW)
    return api.send(method, address_of(name).removeprefix("/api/v1"), body)


def alien_value(name: str) -> Any:
    return {"id": 1, "status": "booked", "revision": 99, "role": "manager"}.get(name, 1)


def listed_fields(schema: dict[str, Any], name: str, method: str) -> set[str]:
    """The fields that the published schema lists for a body."""
    content = schema["paths"][schema_path_of(name)][method.lower()].get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "").rpartition("/")[2]
    return set(schema["components"]["schemas"][reference]["properties"]) if reference else set()


def refused_fields(response: Any) -> set[str]:
    """The fields that a refusal names; none where nothing was refused."""
    errors = response.json().get("errors", []) if response.status_code == 422 else []
    return {error["pointer"].removeprefix("#/") for error in errors}


def test_sec9_no_field_is_assigned_that_the_endpoint_does_not_list(world: World, share: Share) -> None:
    """In small counts an endpoint in three gets a quarter of the fields, the next one another quarter."""
    every = 1 if share.is_full else 4
    fields = every_model_field()
    assert len(fields) > 150
    schema = SchemaGenerator().get_schema(public=True)
    told: list[Any] = []
    for number, ((name, method), body) in enumerate(share.of(bodies(world).items(), one_in=3)):
        alien = [field for field in fields if field not in listed_fields(schema, name, method) | set(body)]
        assert len(alien) > 100, (name, method)
        before = fingerprint()
        for start in range(number % every * MOST_NAMED, len(alien), every * MOST_NAMED):
            batch = alien[start : start + MOST_NAMED]
            response = send(world, name, method, {**body, **{field: alien_value(field) for field in batch}})
            if unnamed := set(batch) - refused_fields(response):
                told.append((name, method, response.status_code, sorted(unnamed)))
        if differs := changed(before, fingerprint()):
            told.append((name, method, "changed", sorted(differs)))
    assert not told, told


def test_sec9_nested_objects_are_as_strict(world: World) -> None:
    for (name, method), body in bodies(world).items():
        for inner, value in nested(body).items():
            before = fingerprint()
            with transaction.atomic():
                response = send(world, name, method, {**body, inner: {**value, "status": "given", "id": 1}})
                differs = changed(before, fingerprint()) - {"audit_entry"}
                transaction.set_rollback(True)
            assert response.status_code == 422, (name, inner, response.status_code)
            assert not differs, (name, inner, differs)


def test_sec9_a_pages_form_assigns_its_own_fields_only(world: World) -> None:
    """Registering and correcting a patient with every column of every table in the form."""
    client = Client(raise_request_exception=False)
    client.force_login(world.clinic.users["reception"])
    form = {
        "given_name": "Ada",
        "family_name": "Newcome",
        "date_of_birth_0": "1",
        "date_of_birth_1": "5",
        "date_of_birth_2": "1980",
        "date_of_birth": "1980-05-01",
        "email": "ada@mail.example",
        "phone": "",
        "nhs_number": "",
        "former_names": "",
    }
    own = set(PatientForm.base_fields) - {"revision"}
    alien: Body = {field: "1" for field in every_model_field() if field not in own}
    alien |= {"id": "4711", "merged_into": "1", "merged_into_id": "1", "registered_at": "2001-01-01", "role": "manager"}
    response = client.post("/patients/new/", {**alien, **form})
    patient = Patient.objects.filter(family_name="Newcome").first()
    assert patient is not None, response.content.decode()[:3000]
    assert patient.pk != 4711
    assert patient.merged_into_id is None
    assert patient.registered_at.year == NOW.year
    assert User.objects.get(pk=world.clinic.users["reception"].pk).role == "reception"
