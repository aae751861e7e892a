"""Every response carries the headers that keep browsers safe, errors included."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, override_settings

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.scenarios.probe_urls")]

EVERYWHERE = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=()",
    "X-Request-ID": "",
}

REQUESTS: dict[str, tuple[int, Callable[[Client], Any]]] = {
    "page": (200, lambda c: c.get("/account/sign-in/")),
    "redirect": (302, lambda c: c.get("/")),
    "health": (200, lambda c: c.get("/healthz")),
    "static file": (200, lambda c: c.head("/static/clinic/clinic.css")),
    "unknown page": (404, lambda c: c.get("/nothing-here")),
    "unknown endpoint": (404, lambda c: c.get("/api/v1/nothing/")),
    "not signed in": (401, lambda c: c.post("/api/v1/probe/check/")),
    "unknown host": (400, lambda c: c.get("/account/sign-in/", headers={"host": "evil.example"})),
    "too large": (413, lambda c: c.post("/account/sign-in/", {"x": "y" * 1_100_000})),
    "NUL": (400, lambda c: c.get("/account/sign-in/?next=%00")),
    "method": (405, lambda c: c.post("/healthz")),
    "CSRF": (403, lambda c: Client(enforce_csrf_checks=True).post("/account/sign-in/", {})),
    "bug": (500, lambda c: c.get("/probe/bug/")),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_headers_are_on_every_response(name: str) -> None:
    status, send = REQUESTS[name]
    response = send(Client(raise_request_exception=False))
    assert response.status_code == status
    for header, words in EVERYWHERE.items():
        assert response.headers.get(header, "(missing)").find(words) >= 0, header


@override_settings(SECURE_SSL_REDIRECT=True, SECURE_HSTS_SECONDS=3600)
def test_also_on_the_redirect_to_https_and_hsts_after_it() -> None:
    redirect = Client().get("/account/sign-in/")
    assert redirect.status_code == 301
    assert all(header in redirect.headers for header in EVERYWHERE)
    assert "max-age=3600" in Client().get("/account/sign-in/", secure=True).headers["Strict-Transport-Security"]
    assert Client().get("/healthz").status_code == 200


def test_the_policy_allows_nothing_inline() -> None:
    policy = Client().get("/account/sign-in/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    for directive in ("object-src 'none'", "base-uri 'none'", "form-action 'self'", "frame-ancestors 'none'"):
        assert directive in policy


@pytest.mark.parametrize("path", ["/account/sign-in/", "/nothing-here", "/probe/bug/"])
def test_pages_use_nothing_inline(path: str) -> None:
    html = Client(raise_request_exception=False).get(path).content.decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", html)


def test_what_may_show_patients_is_not_stored_and_static_files_are() -> None:
    assert Client().get("/account/sign-in/").headers["Cache-Control"].find("no-store") >= 0
    assert "max-age" in Client().head("/static/clinic/clinic.css").headers["Cache-Control"]


def test_each_request_has_an_id_of_its_own_whatever_the_client_says() -> None:
    first, second = (Client().get("/healthz", headers={"x-request-id": "mine"}) for _ in range(2))
    assert len({"mine", first.headers["X-Request-ID"], second.headers["X-Request-ID"]}) == 3
