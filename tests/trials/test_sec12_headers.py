"""SEC12: the security headers stand on every response, errors and refusals included."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPResponse

import pytest
from django.test import Client

from tests.api_world import World, client_with_token
from tests.conftest import Share
from tests.trials import every_url
from tests.trials.staging import Web
from tests.trials.test_sec01_access import _quiet, ask, browser_of, world

__all__ = ["_quiet", "world"]  # fixtures

REQUIRED = {
    "content-security-policy": ("default-src 'self'", "frame-ancestors 'none'", "object-src 'none'", "base-uri 'none'"),
    "x-content-type-options": ("nosniff",),
    "x-frame-options": ("DENY",),
    "referrer-policy": ("same-origin", "no-referrer"),
    "cross-origin-opener-policy": ("same-origin",),
    "cross-origin-resource-policy": ("same-origin",),
    "permissions-policy": ("camera=()",),
    "x-request-id": ("",),
}
ANY_OF = frozenset({"referrer-policy"})
Headers = Mapping[str, str]


def missing(headers: Headers) -> list[str]:
    """Headers that are not there or do not say what they must."""
    given = {name.lower(): value for name, value in headers.items()}
    found = []
    for name, wanted in REQUIRED.items():
        says = [word in given.get(name, "") and name in given for word in wanted]
        if not (any(says) if name in ANY_OF else all(says)):
            found.append(name)
    policy = given.get("content-security-policy", "")
    return found + [word for word in ("unsafe-inline", "unsafe-eval", "*") if word in policy]


@pytest.mark.django_db
def test_sec12_every_address_answers_with_all_headers_and_is_not_stored(world: World, share: Share) -> None:
    clients = (
        Client(raise_request_exception=False),
        browser_of(world.clinic.users["radiologist"]),
        browser_of(world.clinic.users["manager"]),
        client_with_token(world.clinic.users["reception"]),
    )
    told = []
    for address in share.of(every_url.addresses(), one_in=4):
        for client in clients:
            for method in ("GET", "POST"):
                response = ask(client, method, address.url())
                problems = missing(response.headers)
                if "no-store" not in response.headers.get("Cache-Control", ""):
                    problems.append("cache-control")
                if problems:
                    told.append(f"{address.name}: {method} answers {response.status_code} without {problems}")
    assert not told, told


def errors(web: Web, token: str) -> Iterator[tuple[str, Headers]]:
    """What goes wrong before, in and after the views."""
    yield "unknown", web.send("GET", "/nowhere/").headers
    yield "unknown API", web.send("GET", "/api/v1/nowhere/", token=token).headers
    yield "no slash", web.send("POST", "/api/v1/patients", {}, token=token).headers
    yield "unknown host", web.send("GET", "/", headers={"Host": "elsewhere.example"}).headers
    yield "too large", web.send("POST", "/api/v1/patients/", b"x" * 2_000_000, token=token).headers
    yield "NUL", web.send("GET", "/patients/%00/").headers
    yield "no JSON", web.send("POST", "/api/v1/patients/", b"{", token=token).headers
    yield "no token", web.send("GET", "/api/v1/rooms/").headers
    yield "a wrong token", web.send("GET", "/api/v1/rooms/", token="pht_wrong").headers
    yield "no method", web.send("BREW", "/", token=token).headers
    yield "CSRF", web.send("POST", "/account/sign-in/", b"login=x").headers
    yield "static", web.send("GET", "/static/clinic/clinic.css").headers
    yield "static missing", web.send("GET", "/static/clinic/nowhere.css").headers


BROKEN: Mapping[str, tuple[int, bytes]] = {
    "a long address": (414, b"GET %s" + b"x" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a very long one": (414, b"GET %s?" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a long header": (431, b"GET %s HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 9000 + b"\r\n\r\n"),
    "many headers": (431, b"GET %s HTTP/1.1\r\n" + b"X-Many: x\r\n" * 200 + b"\r\n"),
    "no header": (400, b"GET %s HTTP/1.1\r\nno header at all\r\n\r\n"),
    "no version": (400, b"GET %s HTTP/9.9\r\n\r\n"),
    "no method": (400, b"{} %s HTTP/1.1\r\n\r\n"),
    "a strange coding": (501, b"POST %s HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gibberish\r\n\r\n"),
}
"""What the web server cannot read, with the status: it never reaches a view."""


def raw(web: Web, sent: bytes) -> HTTPResponse:
    """What is answered to bytes sent as they are, all of it before anything is read."""
    with socket.create_connection(("127.0.0.1", web.port), timeout=30) as connection:
        connection.sendall(sent)
        response = HTTPResponse(connection)
        response.begin()
        response.body = response.read()  # type: ignore[attr-defined]
        return response


@pytest.mark.full_trial(one_in=4)
@pytest.mark.parametrize("what", BROKEN)
def test_sec12_what_the_web_server_cannot_read_is_answered_like_every_error(
    webs: Callable[[str | None], Web], what: str
) -> None:
    """By a page for people, by a problem document under /api/; and the process serves on."""
    status, sent = BROKEN[what]
    of_pages, of_api = (raw(webs(None), sent.replace(b"%s", path)) for path in (b"/patients/", b"/api/v1/rooms/"))
    for answer in (of_pages, of_api):
        assert answer.status == status
        assert not missing(answer.headers)
        assert "gunicorn" not in str(answer.headers).lower()
    assert "Content-Security-Policy" in of_pages.headers
    assert of_pages.headers["Content-Type"].startswith("text/html")
    assert b'<main id="main"' in of_pages.body  # type: ignore[attr-defined]
    if what != "no method":  # then nothing says where it wants to go
        told = json.loads(of_api.body)  # type: ignore[attr-defined]
        assert of_api.headers["Content-Type"] == "application/problem+json"
        assert (told["status"], told["errors"]) == (status, [])
    assert webs(None).send("GET", "/healthz").status == 200


@pytest.mark.full_trial(one_in=3)
def test_sec12_control_gunicorns_own_answer_lacks_them(webs: Callable[[str | None], Web]) -> None:
    answer = raw(webs("unread-answers"), BROKEN["no header"][1].replace(b"%s", b"/"))
    assert answer.status == 400
    assert len(missing(answer.headers)) == len(REQUIRED)


def test_sec12_errors_carry_them_too(token: Callable[[str], str], webs: Callable[[str | None], Web]) -> None:
    told = {
        what: problems for what, headers in errors(webs(None), token("reception")) if (problems := missing(headers))
    }
    assert not told, told
