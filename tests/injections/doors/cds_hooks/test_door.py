"""The door over HTTP: discovery, statuses, who may read from a browser, the trail, and feedback on cards."""

from __future__ import annotations

import uuid
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from injections.doors.coded.own import system_of
from injections.models import CdsCard, CdsFeedback
from injections.models.cds import REASON_SYSTEM
from pht_clinic.audit.models import Entry
from tests.clinic import Clinic
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.cds_hooks.ehr import BASE, BOOKING, ISSUER, VIEW, appointment, call, injection, post, token

pytestmark = pytest.mark.django_db

START = "2027-03-10T10:00:00+00:00"
DISCOVERY = "/cds-services"
FEEDBACK = f"{BOOKING}/feedback"
PAGE = "https://ehr.example"


@pytest.fixture(autouse=True)
def _listed(settings: Any, tmp_path: Path) -> None:
    settings.PUBLIC_BASE_URL = BASE
    settings.CDS_ORIGINS = [PAGE]
    ehr.listed(settings, tmp_path)


def booking(**values: Any) -> dict[str, Any]:
    return call("appointment-book", appointment(START), **values)


# -- Discovery --------------------------------------------------------------------------------------


def test_discovery_is_open_to_everybody_and_names_each_service(settings: Any) -> None:
    settings.CDS_ISSUERS = []
    response = Client().get(DISCOVERY)
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    listed = response.json()["services"]
    assert [one["hook"] for one in listed] == ["appointment-book", "patient-view"]
    for one in listed:
        assert {"hook", "title", "description", "id", "prefetch", "usageRequirements"} == set(one)
        assert all(one.values())


def test_templates_use_only_what_every_client_can_do() -> None:
    """Reads and searches by patient and coded status, with no token but the patient's id."""
    for service in Client().get(DISCOVERY).json()["services"]:
        for query in service["prefetch"].values():
            kind, _, rest = query.partition("?")
            assert query.count("{{") == query.count("{{context.patientId}}") == 1
            assert kind.split("/")[0].isalpha()
            assert {part.split("=")[0] for part in filter(None, rest.split("&"))} <= {"patient", "status"}


# -- Calls ------------------------------------------------------------------------------------------


def test_a_call_is_answered_with_cards() -> None:
    prefetch = ehr.prefetch([injection("2027-01-15")])
    response = post(BOOKING, booking(prefetch=prefetch))
    assert response.status_code == 200
    assert set(response.json()) == {"cards"}
    assert response.json()["cards"][0]["indicator"] == "critical"
    assert response.headers["Cache-Control"] == "no-store, private"


def test_without_guidance_the_list_of_cards_is_empty() -> None:
    response = post(VIEW, call("patient-view"))
    assert (response.status_code, response.json()) == (200, {"cards": []})


def test_what_is_needed_and_missing_is_a_412_that_names_it() -> None:
    response = post(BOOKING, booking(prefetch={"patient": ehr.patient()}))
    assert response.status_code == 412
    assert "procedures" in response.json()["detail"]
    assert not CdsCard.objects.exists()


@pytest.mark.parametrize(
    ("endpoint", "body", "headers", "status"),
    [
        ("/cds-services/nothing", "{}", {}, 404),
        ("/cds-services/nothing/feedback", "{}", {}, 404),
        (BOOKING, "{", {}, 400),
        (BOOKING, b"\xff", {}, 400),
        (BOOKING, '{"hook": 1, "hook": 2}', {}, 400),
        (BOOKING, "[]", {}, 422),
        (BOOKING, "{}", {"Content-Type": "text/plain"}, 415),
    ],
)
def test_what_cannot_be_read_says_so_in_a_problem_document(
    endpoint: str, body: str, headers: dict[str, str], status: int
) -> None:
    response = post(endpoint, body, **headers)
    assert response.status_code == status
    assert response.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "endpoint"), [("get", BOOKING), ("put", BOOKING), ("get", FEEDBACK), ("post", DISCOVERY)]
)
def test_another_method_is_a_405_that_names_the_right_one(method: str, endpoint: str) -> None:
    response = getattr(Client(), method)(endpoint)
    assert response.status_code == 405
    assert response.headers["Allow"] in ("POST", "GET, HEAD")


def test_all_that_is_wrong_is_named_at_once() -> None:
    body = {
        "hook": "order-sign",
        "hookInstance": "7",
        "fhirServer": "http://ehr.example/fhir",
        "fhirAuthorization": {"access_token": "a b", "token_type": "basic", "expires_in": "soon"},
        "context": {"userId": "dr1", "patientId": "a/b", "encounterId": "?"},
        "prefetch": [],
    }
    response = post(BOOKING, body)
    assert response.status_code == 422
    assert {error["pointer"] for error in response.json()["errors"]} == {
        "#/hook",
        "#/hookInstance",
        "#/fhirServer",
        *(f"#/fhirAuthorization/{name}" for name in ("access_token", "token_type", "expires_in", "scope", "subject")),
        *(f"#/context/{name}" for name in ("userId", "patientId", "encounterId", "appointments")),
        "#/prefetch",
    }


@pytest.mark.parametrize("name", ["hook", "hookInstance", "context"])
@pytest.mark.parametrize("value", [None, "", [], {}, 1], ids=str)
def test_what_is_required_is_neither_left_out_nor_empty(name: str, value: Any) -> None:
    response = post(BOOKING, booking() | {name: value})
    assert response.status_code == 422
    assert any(error["pointer"].startswith(f"#/{name}") for error in response.json()["errors"])


def test_a_token_to_fetch_with_needs_a_server_to_fetch_from() -> None:
    given = {"access_token": "t", "token_type": "Bearer", "expires_in": 1, "scope": "s", "subject": "p"}
    response = post(BOOKING, booking(fhirAuthorization=given))
    assert [error["pointer"] for error in response.json()["errors"]] == ["#/fhirServer"]


@pytest.mark.parametrize(
    "server", ["http://ehr.example", "https://u:p@ehr.example", "https://ehr.example?x=1", "file:///", 7]
)
def test_records_are_read_over_https_alone(server: Any) -> None:
    assert post(BOOKING, booking(fhirServer=server)).status_code == 422


def test_appointments_come_as_a_bundle_or_as_a_list() -> None:
    body = booking()
    body["context"]["appointments"] = [appointment(START)]
    assert post(BOOKING, body).status_code == 200
    for nothing in ([], {"resourceType": "Bundle", "type": "collection"}, {"resourceType": "Patient"}, "x"):
        body["context"]["appointments"] = nothing
        assert post(BOOKING, body).status_code == 422


def test_an_extension_and_prefetch_that_nobody_asked_for_change_nothing() -> None:
    prefetch = {**ehr.prefetch(), "more": injection("2027-03-01")}
    body = call("patient-view", prefetch=prefetch, extension={"com.example.more": 1})
    assert post(VIEW, body).json() == {"cards": []}


def test_whoever_is_shown_our_records_stands_on_the_trail(clinic: Clinic, settings: Any, tmp_path: Path) -> None:
    patient = clinic.patient(nhs_number=ehr.NHS, date_of_birth=date.fromisoformat(ehr.BORN))
    assert post(VIEW, call("patient-view")).status_code == 200
    seen = Entry.objects.get(verb="viewed")
    assert (seen.subject, seen.patient_ids, seen.door) == ("cds-service", [patient.pk], "api")
    assert (seen.actor_kind, seen.actor_name) == ("client", f"Practitioner/dr1 of {ISSUER}")


def test_of_nobody_whom_we_know_nothing_stands_there() -> None:
    post(VIEW, call("patient-view"))
    assert not Entry.objects.filter(verb="viewed").exists()


# -- From a browser ---------------------------------------------------------------------------------


def asked_beforehand(origin: str, path: str = BOOKING) -> Any:
    headers = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    return Client().options(path, headers=headers)


def test_a_page_of_a_listed_origin_may_ask() -> None:
    response = asked_beforehand(PAGE)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == PAGE
    assert "authorization" in response.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert "Origin" in response.headers["Vary"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://ehr.example", "https://ehr.example:8443", "null", "*"]
)
def test_a_page_of_any_other_may_not(origin: str) -> None:
    assert asked_beforehand(origin).status_code == 405
    for response in (asked_beforehand(origin), Client().get(DISCOVERY, headers={"Origin": origin})):
        assert not any(name.startswith("Access-Control") for name in response.headers)


def test_refusals_can_be_read_there_too() -> None:
    assert post(BOOKING, "{}", bearer="no", Origin=PAGE).headers["Access-Control-Allow-Origin"] == PAGE


def test_no_other_address_is_open_to_pages_of_others() -> None:
    assert "Access-Control-Allow-Origin" not in asked_beforehand(PAGE, "/api/v1/patients/").headers
    assert "Access-Control-Allow-Origin" not in Client().get("/readyz", headers={"Origin": PAGE}).headers


# -- Feedback ---------------------------------------------------------------------------------------


@pytest.fixture
def card() -> dict[str, Any]:
    """A card that was given, with suggestions."""
    prefetch = ehr.prefetch([injection("2027-01-15")])
    found: dict[str, Any] = post(BOOKING, booking(prefetch=prefetch)).json()["cards"][0]
    return found


def feedback(card: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"card": card["uuid"], "outcome": "overridden", "outcomeTimestamp": "2027-03-01T09:00:00Z", **values}


def tell(*told: dict[str, Any], endpoint: str = FEEDBACK) -> Any:
    return post(endpoint, {"feedback": list(told)}, bearer=token(endpoint))


def test_a_card_that_was_passed_over_is_kept_with_its_reason(card: dict[str, Any]) -> None:
    reason = {"system": REASON_SYSTEM, "code": "specialist-advice"}
    told = feedback(card, overrideReason={"reason": reason, "userComment": "Mrs Birch insists"})
    assert tell(told).status_code == 200
    kept = CdsFeedback.objects.get()
    assert (kept.outcome, kept.reason_code, kept.has_comment) == ("overridden", "specialist-advice", True)
    assert kept.card.rule == "repeat-interval"
    assert "Birch" not in str(CdsFeedback.objects.values_list())


def test_a_suggestion_that_was_taken_is_kept(card: dict[str, Any]) -> None:
    suggestion = card["suggestions"][0]["uuid"]
    assert tell(feedback(card, outcome="accepted", acceptedSuggestions=[{"id": suggestion}])).status_code == 200
    assert [str(one) for one in CdsFeedback.objects.get().accepted] == [suggestion]


def test_our_reasons_are_of_a_code_system_of_ours() -> None:
    assert system_of("override-reason") == REASON_SYSTEM


def test_without_a_reason_it_is_kept_too(card: dict[str, Any]) -> None:
    assert tell(feedback(card)).status_code == 200
    assert CdsFeedback.objects.get().reason_code == ""


def test_told_twice_it_counts_once_and_later_things_beside_it(card: dict[str, Any]) -> None:
    for told in (feedback(card), feedback(card), feedback(card, outcomeTimestamp="2027-03-01T09:05:00Z")):
        assert tell(told).status_code == 200
    assert CdsFeedback.objects.count() == 2


def test_it_stands_on_the_trail_with_its_door(card: dict[str, Any]) -> None:
    tell(feedback(card))
    entry = Entry.objects.get(verb="cds-feedback-given")
    assert (entry.actor_name, entry.door, entry.detail) == (ISSUER, "api", {"cards": 1, "overridden": 1})


def test_the_trail_counts_what_was_new(card: dict[str, Any]) -> None:
    later = feedback(card, outcomeTimestamp="2027-03-01T09:05:00Z")
    for told in ([feedback(card), feedback(card)], [feedback(card), later], [later]):
        assert tell(*told).status_code == 200
    counted = Entry.objects.filter(verb="cds-feedback-given").order_by("pk").values_list("detail", flat=True)
    assert [(one["cards"], one["overridden"]) for one in counted] == [(1, 1), (1, 1), (0, 0)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"card": str(uuid.UUID(int=1))}, "card"),
        ({"card": "7"}, "card"),
        ({"card": None}, "card"),
        ({"outcome": "ignored"}, "outcome"),
        ({"outcome": "accepted"}, "acceptedSuggestions"),
        ({"outcome": "accepted", "acceptedSuggestions": [{"id": str(uuid.UUID(int=1))}]}, "acceptedSuggestions"),
        ({"outcomeTimestamp": None}, "outcomeTimestamp"),
        ({"outcomeTimestamp": "2027-03-01T09:00:00"}, "outcomeTimestamp"),
        ({"overrideReason": {"reason": {"code": "x"}}}, "overrideReason/reason/system"),
        ({"overrideReason": []}, "overrideReason"),
    ],
    ids=str,
)
def test_what_is_wrong_with_it_is_named_and_nothing_is_kept(
    card: dict[str, Any], changes: dict[str, Any], pointer: str
) -> None:
    response = tell(feedback(card), feedback(card) | changes)
    assert response.status_code == 422
    assert [error["pointer"] for error in response.json()["errors"]] == [f"#/feedback/1/{pointer}"]
    assert not CdsFeedback.objects.exists()


@pytest.mark.parametrize(
    "body", [{}, {"feedback": None}, {"feedback": []}, {"feedback": {}}, {"feedback": [7]}], ids=str
)
def test_feedback_is_a_list_of_objects(body: dict[str, Any]) -> None:
    assert post(FEEDBACK, body).status_code == 422


def test_of_a_card_of_another_service_or_caller_nobody_says_anything(card: dict[str, Any]) -> None:
    assert tell(feedback(card), endpoint=f"{VIEW}/feedback").status_code == 422
    CdsCard.objects.bulk_create(
        [
            CdsCard(
                issuer="https://other.example/",
                service="injection-booking",
                hook_instance=uuid.uuid4(),
                rule="dose",
                severity="info",
                at="2027-01-01T00:00Z",
            )
        ]
    )
    others = CdsCard.objects.exclude(issuer=ISSUER).get()
    assert tell(feedback(card) | {"card": str(others.pk)}).status_code == 422


def test_a_token_for_the_service_is_good_for_its_feedback_but_not_for_anothers(card: dict[str, Any]) -> None:
    body = {"feedback": [feedback(card)]}
    assert post(FEEDBACK, body, bearer=token(BOOKING)).status_code == 200
    assert post(FEEDBACK, body, bearer=token(VIEW)).status_code == 401
