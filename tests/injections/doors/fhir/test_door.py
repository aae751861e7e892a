"""What holds of every type: pages, versions, errors, who may, what it costs, and that it says what it can do."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from fhir.resources.R4B.capabilitystatement import CapabilityStatement

from injections.doors.fhir.registry import TYPES
from injections.doors.fhir.served import SERVED
from injections.merging.merge import merge_patients
from injections.patient.keeping.erase import AskedToErase, erase
from pht_clinic.audit.models import Entry
from pht_clinic.people import tokens
from scheduling.models import Appointment, Patient, Practitioner
from tests.clinic import Clinic, local
from tests.injections.doors.fhir.conftest import FORM, Fhir, as_user, found, only, said

NEEDED: dict[str, dict[str, object]] = {
    "Patient": {"_lastUpdated": "ge2026"},
    "Slot": {"service-type": "injection", "start": "2026-03-10"},
}


def listing(of: str, more: dict[str, object] | None = None) -> dict[str, object]:
    return {**NEEDED.get(of, {}), **(more or {})}


def whoever_may(clinic: Clinic, name: str) -> Fhir:
    role = "manager" if name == "AuditEvent" else "radiologist"
    return as_user(clinic, role)


# -- Pages and versions -----------------------------------------------------------------------------------


def test_pages_hold_every_row_once(fhir: Fhir, clinic: Clinic) -> None:
    wanted = {str(clinic.patient(f"Ash{letter}").pk) for letter in "abcde"}
    seen: list[str] = []
    address = "Patient?_lastUpdated=ge2026-01-01&_count=2"
    while address:
        document = only(fhir.get(address))
        assert document["total"] == 5
        seen += [one["resource"]["id"] for one in document["entry"]]
        links = {one["relation"]: one["url"] for one in document["link"]}
        address = links.get("next", "").removeprefix("http://testserver/fhir/R4/")
    assert sorted(seen) == sorted(wanted)


def test_a_count_of_nothing_asks_how_many_there_are(fhir: Fhir, clinic: Clinic) -> None:
    clinic.patient()
    document = only(fhir.get("Patient", {"_lastUpdated": "ge2026", "_count": "0"}))
    assert (document["total"], "entry" in document) == (1, False)


def test_more_than_fit_of_what_is_personal_is_said_and_leads_to_no_address(fhir: Fhir, clinic: Clinic) -> None:
    clinic.patient("Ash")
    clinic.patient("Ashdown")
    document = only(fhir.search("Patient", {"name": "ash", "_count": "1"}))
    assert [one["relation"] for one in document["link"]] == ["self"]
    assert "ash" not in document["link"][0]["url"].lower()
    assert document["total"] == 2
    assert document["entry"][-1]["resource"]["resourceType"] == "OperationOutcome"


def test_an_etag_that_is_known_is_answered_in_a_line(fhir: Fhir, clinic: Clinic) -> None:
    patient = clinic.patient()
    etag = fhir.get(f"Patient/{patient.pk}").headers["ETag"]
    again = fhir.get(f"Patient/{patient.pk}", **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    Patient.objects.filter(pk=patient.pk).update(given_name="Alex")
    assert only(fhir.get(f"Patient/{patient.pk}", **{"If-None-Match": etag}))["name"][0]["given"] == ["Alex"]


def test_what_is_no_row_is_known_by_its_etag_too(clinic: Clinic) -> None:
    fhir = as_user(clinic, "reception")
    for name in ("Slot", "Questionnaire"):
        first, *_ = found(fhir.get(name, listing(name)))
        etag = fhir.get(f"{name}/{first['id']}").headers["ETag"]
        again = fhir.get(f"{name}/{first['id']}", **{"If-None-Match": etag})
        assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
        assert only(fhir.get(f"{name}/{first['id']}", **{"If-None-Match": 'W/"another"'})) == first


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("name", [one.name for one in TYPES.values() if one.updated])
def test_what_is_searched_by_change_says_when_it_changed(clinic: Clinic, name: str) -> None:
    fill(clinic)
    resources = found(whoever_may(clinic, name).get(name, {"_lastUpdated": "ge2000"}))
    assert resources
    for one in resources:
        at = {"_lastUpdated": one["meta"]["lastUpdated"]}
        assert one in found(whoever_may(clinic, name).get(name, {**at, "_count": "200"}))


# -- What it says of itself -------------------------------------------------------------------------------


def test_the_capability_statement_tells_the_truth(clinic: Clinic) -> None:
    """Each interaction and parameter that it names is answered, and what it does not name is not."""
    fill(clinic)
    document = only(as_user(clinic, "reception").get("metadata"))
    CapabilityStatement.model_validate(document)
    assert document["software"] == {"name": "PHT Clinic", "version": settings.VERSION}
    rest = {one["type"]: one for one in document["rest"][0]["resource"]}
    assert set(rest) == {one.name for one in SERVED} == {*TYPES, "Slot", "Questionnaire"}
    for name, said_of in rest.items():
        fhir = whoever_may(clinic, name)
        codes = {one["code"] for one in said_of["interaction"]}
        listed = fhir.get(name, listing(name))
        assert only(listed)["type"] == "searchset"
        assert only(fhir.search(name, listing(name)))["type"] == "searchset"
        assert only(fhir.get(f"{name}/1"), 404) if name == "Slot" else "read" in codes
        created = fhir.post(name, "{}").status_code
        assert ("create" in codes) == (created != 405), name
        assert fhir.client.put(f"/fhir/R4/{name}/1", "{}", "application/fhir+json").status_code == 405
        assert fhir.client.delete(f"/fhir/R4/{name}/1").status_code == 405
        assert said(fhir.get(name, listing(name, {"nonsense": "1"}), Prefer="handling=strict"), 400)


OF_SLOTS: dict[str, object] = {**NEEDED["Slot"], "schedule": "1", "status": "free"}
VALUES = {"token": "x", "reference": "1", "date": "2026-03", "string": "x"}


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("name", [one.name for one in SERVED])
def test_every_parameter_that_is_named_is_understood(clinic: Clinic, name: str) -> None:
    """By the address, or where it is personal by a form alone; in strict words none is unknown."""
    fhir = whoever_may(clinic, name)
    [served] = [one for one in SERVED if one.name == name]
    for param in served.params:
        value = (OF_SLOTS if name == "Slot" else {}).get(param.name, VALUES[param.kind])
        query = listing(name, {param.name: value})
        assert only(fhir.search(name, query, Prefer="handling=strict"))
        response = fhir.get(name, query, Prefer="handling=strict")
        assert (response.status_code == 400) == param.is_personal, (param.name, response.content)
        if name != "Slot":
            assert said(fhir.get(name, listing(name, {f"{param.name}:exact": value})), 400)
        if param.kind in ("reference", "date"):
            assert said(fhir.search(name, listing(name, {param.name: "!"})), 400)


def test_an_unknown_parameter_is_passed_over_and_the_link_says_so(fhir: Fhir) -> None:
    document = only(fhir.get("Practitioner", {"active": "true", "nonsense": "1", "_pretty": "false"}))
    assert urlsplit(document["link"][0]["url"]).query == "active=true"


# -- Errors -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("Patient/99999", {}, 404),
        ("Patient/abc", {}, 404),
        ("Patient/1/_history", {}, 404),
        ("Nothing", {}, 404),
        ("Patient", {}, 400),
        ("Practitioner?_count=201", {}, 400),
        ("Practitioner?_count=-1", {}, 400),
        ("Practitioner?_cursor=AAAA", {}, 400),
        ("Practitioner?active=", {}, 400),
        ("Practitioner?active.name=x", {}, 400),
        ("Practitioner?_id=a%20b", {}, 400),
        ("Practitioner?_format=xml", {}, 406),
        ("Practitioner", {"Accept": "text/html"}, 406),
        ("Practitioner", {"Accept": "application/fhir+json; fhirVersion=5.0"}, 406),
        ("Practitioner?active=%00", {}, 400),
    ],
    ids=[
        *("no-row", "no-id", "no-history", "no-type", "whole", "count", "negative", "cursor", "empty", "chain"),
        *("id", "xml", "html", "version", "nul"),
    ],
)
def test_errors_are_operation_outcomes(fhir: Fhir, path: str, headers: dict[str, str], status: int) -> None:
    assert said(fhir.get(path, **headers), status)


@pytest.mark.parametrize("accept", ["*/*", "application/json", "text/html, application/fhir+json;q=0.9"])
def test_json_is_spoken_by_any_of_its_names(fhir: Fhir, accept: str) -> None:
    assert only(fhir.get("Practitioner", Accept=accept))


def test_every_mistake_is_named_at_once(fhir: Fhir) -> None:
    words = said(fhir.get("Appointment", {"date": "x", "patient": "y", "_count": "999"}), 400)
    assert all(name in words for name in ("date:", "patient:", "_count:"))


def test_strangers_wrong_tokens_and_bodies(fhir: Fhir) -> None:
    stranger = Fhir(Client(raise_request_exception=False))
    response = stranger.get("Practitioner")
    assert said(response, 401)
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert said(stranger.get("Practitioner", authorization="Bearer pht_nonsense"), 401)
    assert said(fhir.post("Practitioner/_search", "{}"), 415)
    assert said(fhir.client.post("/fhir/R4/Practitioner", "{}", "application/fhir+json"), 405)
    assert said(fhir.client.post("/fhir/R4/Appointment", "x" * 3_000_000, "application/fhir+json"), 413)
    assert only(fhir.client.post("/fhir/R4/Practitioner/_search", "", FORM))


def test_too_many_requests_are_said_so(fhir: Fhir, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 1
    fhir.get("Practitioner")
    response = fhir.get("Practitioner")
    assert "Too many requests" in said(response, 429)
    assert int(response.headers["Retry-After"]) >= 1


# -- Who may ----------------------------------------------------------------------------------------------


def test_a_token_to_read_books_nothing(clinic: Clinic) -> None:
    secret = tokens.issue(clinic.users["reception"], days=1, scope="read")
    fhir = Fhir(Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False))
    assert only(fhir.get("Practitioner"))
    assert "read alone" in said(fhir.post("Appointment", "{}"), 403)


def test_a_look_is_one_view_row_with_everybody_on_it(fhir: Fhir, clinic: Clinic) -> None:
    people = [clinic.patient("Ash").pk, clinic.patient("Birch").pk]
    before = Entry.objects.filter(verb="viewed").count()
    found(fhir.get("Patient", {"_lastUpdated": "ge2026"}))
    fhir.get("Practitioner")
    rows = list(Entry.objects.filter(verb="viewed").order_by("pk"))[before:]
    assert [(row.subject, sorted(row.patient_ids), row.door) for row in rows] == [("fhir-patient-list", people, "api")]


def test_a_merged_record_says_what_replaces_it_and_counts_in(fhir: Fhir, clinic: Clinic) -> None:
    old, kept = merged(clinic)
    clinic.book(kept, local("2026-03-12"), kind="follow-up")
    document = only(fhir.get(f"Patient/{old.pk}"))
    assert (document["active"], document["link"][0]["type"]) == (False, "replaced-by")
    assert only(fhir.get(f"Patient/{kept.pk}"))["link"][0]["type"] == "replaces"
    for pk in (old.pk, kept.pk):
        assert len(found(fhir.get("Appointment", {"patient": f"Patient/{pk}"}))) == 1
        ids = [one["id"] for one in found(fhir.get(f"Patient/{pk}/$everything", {"_type": "Patient"}))]
        assert sorted(ids) == sorted([str(old.pk), str(kept.pk)])


def merged(clinic: Clinic) -> tuple[Patient, Patient]:
    old, kept = clinic.patient("Ash"), clinic.patient("Birch")
    merge_patients(old.pk, into_id=kept.pk, by=clinic.manager, now=clinic.now)
    return old, kept


def test_whoever_was_erased_is_for_few(clinic: Clinic) -> None:
    patient = clinic.patient("Ash", nhs_number="9990000018")
    clinic.book(patient, local("2026-03-12"), kind="follow-up")
    visit = Appointment.objects.get()
    Appointment.objects.update(status="cancelled")
    asked = AskedToErase(reason_code="asked", reason="By letter", number=str(patient.pk))
    erase(patient.pk, asked, by=clinic.manager, now=clinic.now)
    for role, sees in (("reception", False), ("radiologist", True), ("manager", True)):
        fhir = as_user(clinic, role)
        addresses = [f"Patient/{patient.pk}", f"Patient/{patient.pk}/$everything", f"Appointment/{visit.pk}"]
        for response in map(fhir.get, addresses):
            assert response.status_code == (200 if sees else 403)
            assert sees or "This person was erased" in said(response, 403)
        assert len(found(fhir.get("Appointment", {"patient": str(patient.pk)}))) == sees
        assert len(found(fhir.get("Patient", {"_id": str(patient.pk)}))) == sees


# -- Everything of a patient ------------------------------------------------------------------------------


def test_everything_comes_in_pages_and_names_what_is_left_out(clinic: Clinic) -> None:
    patient = fill(clinic)
    whole = found(as_user(clinic, "radiologist").get(f"Patient/{patient.pk}/$everything", {"_count": "200"}))
    kinds = {one["resourceType"] for one in whole}
    assert {"Patient", "Appointment"} <= kinds
    seen: list[tuple[str, str]] = []
    address = f"Patient/{patient.pk}/$everything?_count=1"
    while address:
        document = only(as_user(clinic, "radiologist").get(address))
        seen += [(one["resource"]["resourceType"], one["resource"]["id"]) for one in document.get("entry", [])]
        links = {one["relation"]: one["url"] for one in document["link"]}
        address = links.get("next", "").removeprefix("http://testserver/fhir/R4/")
    assert seen == [(one["resourceType"], one["id"]) for one in whole]
    document = only(as_user(clinic, "manager").get(f"Patient/{patient.pk}/$everything"))
    assert "Your role does not see" in json.dumps(document)
    assert said(as_user(clinic, "manager").get(f"Patient/{patient.pk}/$everything", {"_type": "Slot"}), 400)
    assert said(as_user(clinic, "manager").get("Patient/99999/$everything"), 404)
    assert "1 at least" in said(
        as_user(clinic, "manager").get(f"Patient/{patient.pk}/$everything", {"_count": "0"}), 400
    )


# -- What it costs ----------------------------------------------------------------------------------------


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("name", [*TYPES])
def test_queries_do_not_grow_with_the_rows(clinic: Clinic, name: str) -> None:
    fill(clinic)
    fhir = whoever_may(clinic, name)
    few = queries(fhir, name)
    fill(clinic, "Second")
    fill(clinic, "Third")
    Practitioner.objects.create(name="Another", kinds=["follow-up"])
    many = queries(fhir, name)
    assert few[1] < many[1] or name in ("Location", "Schedule")
    assert many[0] <= few[0]


def queries(fhir: Fhir, name: str) -> tuple[int, int]:
    """How many queries a search takes, and how many resources it finds."""
    fhir.get(name, listing(name))
    with CaptureQueriesContext(connection) as seen:
        resources = found(fhir.get(name, listing(name)))
    return len(seen), len(resources)


def fill(clinic: Clinic, family_name: str = "Ashdown") -> Patient:
    """Somebody of whom there is something of every type."""
    patient = clinic.fit_patient(family_name)
    clinic.known(patient)
    clinic.earlier_injection(patient, "2020-01")
    day = {"Ashdown": "2026-03-10", "Second": "2026-03-17", "Third": "2026-03-24"}[family_name]
    clinic.book(patient, local(day))
    clinic.answer(patient, {"fever": "yes"})
    return patient
