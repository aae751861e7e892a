"""Refusals and failures are problem documents for programs and pages for people."""

import json
import logging
from collections.abc import Callable
from typing import Any
from unittest import mock

import pytest
from django.db import InterfaceError, OperationalError
from django.test import Client

from pht_clinic.people.models import User
from pht_clinic.web import health
from pht_clinic.web.logs import LineFormatter

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.scenarios.probe_urls")]


@pytest.fixture
def reception(make_user: Callable[..., User]) -> User:
    return make_user("reception")


@pytest.fixture
def api(reception: User, api_of: Callable[[User], Client]) -> Client:
    return api_of(reception)


@pytest.fixture
def browser(reception: User, client_of: Callable[..., Client]) -> Client:
    return client_of(reception, raise_request_exception=False)


def send(api: Client, path: str, body: object = None, **options: Any) -> Any:
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
    return api.post(f"/api/v1/probe/{path}/", data, content_type="application/json", **options)


def problem(response: Any) -> dict[str, Any]:
    assert response.headers["Content-Type"] == "application/problem+json"
    document: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "errors"} <= document.keys()
    assert document["status"] == response.status_code
    return document


@pytest.mark.parametrize(
    ("failure", "status"),
    [
        ("invalid", 422),
        ("forbidden", 403),
        ("missing", 404),
        ("conflict", 409),
        ("busy", 503),
        ("division", 422),
        ("unavailable", 503),
        ("bug", 500),
    ],
)
def test_the_same_failure_for_a_program_and_for_a_person(
    api: Client, browser: Client, failure: str, status: int
) -> None:
    answer = send(api, f"fail/{failure}")
    assert (answer.status_code, problem(answer)["status"]) == (status, status)
    page = browser.get(f"/probe/fail/{failure}/")
    assert page.status_code == status
    assert page.headers["Content-Type"].startswith("text/html")
    assert b"<main" in page.content
    for response in (answer, page):
        assert ("Retry-After" in response.headers) == (status == 503)
        assert b"patient's name" not in response.content


def test_every_wrong_field_is_named_by_its_pointer(api: Client) -> None:
    document = problem(send(api, "fail/invalid"))
    assert [error["pointer"] for error in document["errors"]] == ["#/start", "#/answers/fever"]
    document = problem(send(api, "check", {"name": "far too long a name", "contact": {"email": "x"}}))
    assert [error["pointer"] for error in document["errors"]] == ["#/name", "#/contact/email"]


def test_what_a_refusal_adds_is_in_the_document(api: Client) -> None:
    document = problem(send(api, "fail/conflict"))
    assert document["clashes"] == [{"resource": "room"}]
    assert (document["type"], document["detail"]) == ("urn:pht-clinic:problem:clash", "Taken.")


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [
        (b"\xff\xfe", 400, "UTF-8"),
        (b"{", 400, "not valid JSON"),
        (b"", 422, ""),
        (b'{"a": NaN}', 400, "NaN"),
        (b'{"a": -Infinity}', 400, "Infinity"),
        (b'{"a": 1e999}', 400, "too large"),
        (b'{"a": 1' + b"0" * 5000 + b"}", 400, "too long"),
        (b'{"a": 1, "a": 2}', 400, "twice"),
        (b'{"b": {"a": 1, "\\u0061": 2}}', 400, "twice"),
        (b"[" * 100_000, 400, ""),
        (b'{"a":' + b"[" * 32 + b"]" * 32 + b"}", 400, "32 deep"),
        (b'{"a":' * 40_000 + b"1" + b"}" * 40_000, 400, "32 deep"),
        (b"[]", 422, "object"),
        (b'"text"', 422, "object"),
        (b"null", 422, "object"),
        (b'{"name": "a\\u0000b"}', 422, "stored"),
        (b'{"name": "\\ud800"}', 422, "stored"),
        (b'{"\\ud800": 1}', 422, "stored"),
        (b'{"name": "a\x00b"}', 400, "not valid JSON"),
    ],
)
def test_a_body_that_two_programs_could_read_differently_is_refused(
    api: Client, body: bytes, status: int, words: str
) -> None:
    response = send(api, "check", body)
    assert (response.status_code, words in problem(response)["detail"]) == (status, True)


def test_thirty_two_levels_and_every_script_are_fine(api: Client) -> None:
    body = {"name": "Zoë 😀", "contact": {"email": "a@b.example"}, "deep": None}
    for _ in range(30):
        body["deep"] = {"deep": body["deep"]}
    response = send(api, "check", body)
    assert (response.status_code, response.json()["name"]) == (200, "Zoë 😀")


def test_an_unstorable_text_is_named_by_its_pointer(api: Client) -> None:
    document = problem(send(api, "check", {"contact": {"notes": ["fine", "\x00"]}}))
    assert [error["pointer"] for error in document["errors"]] == ["#/contact/notes/1"]


def test_a_body_of_ten_megabytes_is_refused_before_it_is_read() -> None:
    body = mock.Mock(read=mock.Mock(side_effect=AssertionError("read")))
    for path in ("/api/v1/probe/check/", "/account/sign-in/"):
        response = Client().generic(
            "POST", path, b"", CONTENT_LENGTH="10000000", **{"wsgi.input": body}, content_type="application/json"
        )
        assert response.status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("DELETE", "/api/v1/probe/check/", {}, 405),
        ("OPTIONS", "/api/v1/probe/check/", {}, 405),
        ("GET", "/api/v1/probe/check/", {"accept": "text/html"}, 406),
        ("GET", "/api/v1/nothing/", {}, 404),
        ("GET", "/api/v1/probe/check", {}, 404),
        ("POST", "/api/v1/probe/check", {}, 404),
        ("GET", "/api/v1/probe/list/?page_size=0", {}, 422),
        ("GET", "/api/v1/probe/list/?page_size=201", {}, 422),
        ("GET", "/api/v1/probe/list/?page_size=%D9%A3", {}, 422),
        ("GET", "/api/v1/probe/list/?cursor=nonsense", {}, 422),
        ("GET", "/api/v1/probe/list/?cursor=cD1hYmM%3D", {}, 422),
        ("GET", "/api/v1/probe/list/?cursor=cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5", {}, 200),
    ],
)
def test_other_refusals_of_a_request(api: Client, method: str, path: str, headers: dict[str, str], status: int) -> None:
    response = api.generic(method, path, headers=headers)
    assert response.status_code == status
    if status != 200:
        problem(response)


def test_only_json_is_read(api: Client) -> None:
    assert problem(api.post("/api/v1/probe/check/", {"name": "x"}))["status"] == 415


@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed")])
def test_a_database_that_is_away_is_a_503_even_before_the_view(browser: Client, error: Exception) -> None:
    with mock.patch("django.contrib.sessions.backends.db.SessionStore.load", side_effect=error):
        for path in ("/account/sign-in/", "/nothing-here", "/api/v1/probe/check/"):
            response = browser.get(path)
            assert (response.status_code, response.headers["Retry-After"]) == (503, "3")


def test_life_is_answered_without_a_database_even_to_a_signed_in_browser(browser: Client) -> None:
    with mock.patch("django.contrib.sessions.backends.db.SessionStore.load", side_effect=OperationalError("gone")):
        assert browser.get("/healthz").status_code == 200


def test_readiness_asks_the_database_and_life_does_not() -> None:
    cursor = mock.patch.object(health.connection, "cursor", side_effect=OperationalError("gone"))
    with cursor:
        assert Client().get("/readyz").status_code == 503
        assert Client().get("/healthz").json() == {"status": "ok"}
    assert Client().get("/readyz").json() == {"status": "ready"}


def test_metrics_want_their_token(settings: Any) -> None:
    assert Client().get("/metrics").status_code == 404
    settings.METRICS_TOKEN = "a-long-enough-metrics-token"
    assert Client().get("/metrics").status_code == 401
    assert Client().get("/metrics", headers={"authorization": "Bearer wrong"}).status_code == 401
    fine = Client().get("/metrics", headers={"authorization": "Bearer a-long-enough-metrics-token"})
    assert (fine.status_code, fine.headers["Content-Type"][:10]) == (200, "text/plain")
    assert f'clinic_info{{version="{settings.VERSION}"}} 1.0\n' in fine.content.decode()


def test_a_traceback_is_logged_without_the_words_of_the_exception() -> None:
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Internal Server Error", None, None)
    try:
        try:
            raise ValueError("Key (email)=(anna@patient.example)")
        except ValueError as error:
            raise RuntimeError("anna@patient.example again") from error
    except RuntimeError as error:
        record.exc_info = (type(error), error, error.__traceback__)
    line = LineFormatter().format(record)
    assert "builtins.ValueError" in line
    assert "test_a_traceback_is_logged" in line
    assert "anna" not in line
