"""SEC8: on every address that changes something a browser's session is worth nothing without the page's own token.

The token missing, wrong, or sent from another site: refused, nothing stored. Control: without the check of the token
the same requests are let in.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import transaction
from django.middleware.csrf import CsrfViewMiddleware
from django.test import Client

from tests.api_world import World
from tests.conftest import Share
from tests.injections.doors.fhir.access import FHIR
from tests.trials import every_url
from tests.trials.every_url import LINKS, OWN_ACCOUNT, PAGES, PROGRAMS, SIGNING_IN, Address
from tests.trials.fingerprint import fingerprint
from tests.trials.test_sec01_access import world

__all__ = ["world"]  # a fixture
pytestmark = pytest.mark.django_db

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
ELSEWHERE = "https://elsewhere.example"
FORM = "application/x-www-form-urlencoded"
FORMS = frozenset(name for name in FHIR if name.endswith("-search"))
"""What programs send as a form."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def unsafe_addresses() -> Iterator[tuple[Address, str]]:
    """Every address with each method by which it may change something."""
    for address in every_url.addresses():
        if address.name in PROGRAMS:
            yield from ((address, method) for method in PROGRAMS[address.name].methods if method in UNSAFE)
        elif address.name in PAGES or address.name in OWN_ACCOUNT | SIGNING_IN | LINKS:
            yield address, "POST"


class Browsers:
    """Browsers in which somebody is signed in, one for each role, holding the site's CSRF cookie."""

    def __init__(self, world: World) -> None:
        self._users = world.clinic.users
        self._open: dict[str, Client] = {}

    def for_(self, address: Address, method: str) -> Client:
        """That of somebody who may do this."""
        allowed = PROGRAMS[address.name].methods[method] if address.name in PROGRAMS else PAGES.get(address.name)
        role = sorted(allowed)[0] if allowed else "manager"
        if role not in self._open:
            client = Client(enforce_csrf_checks=True, raise_request_exception=False)
            client.get("/account/sign-in/")  # brings the cookie
            client.force_login(self._users[role])
            assert "csrftoken" in client.cookies
            self._open[role] = client
        return self._open[role]


def forgeries(client: Client) -> dict[str, dict[str, str]]:
    """What a page of another site can make a browser send, and what it cannot."""
    token = client.cookies["csrftoken"].value
    return {
        "no token": {},
        "a wrong token": {"x-csrftoken": "x" * 32},
        "another site": {"x-csrftoken": token, "origin": ELSEWHERE},
        "no origin at all": {"x-csrftoken": token, "origin": "null"},
    }


def send(client: Client, address: Address, method: str, headers: dict[str, str]) -> Any:
    with transaction.atomic():
        url = address.url()
        content, media_type = ("", FORM) if address.name in FORMS else ("{}", "application/json")
        response = client.generic(method, url, content, content_type=media_type, headers=headers)
        transaction.set_rollback(True)
    return response


def let_in(
    browsers: Browsers, addresses: Iterable[tuple[Address, str]], *, only: str = ""
) -> list[tuple[str, str, str, int]]:
    """What was not refused; `only` tries one of the forgeries."""
    found = []
    for address, method in addresses:
        client = browsers.for_(address, method)
        for forgery, headers in forgeries(client).items():
            if only in ("", forgery):
                # signing out ends the session of this browser alone, and is taken back
                status = send(client, address, method, headers).status_code
                # a page of signing in that is too old leads whoever is signed in home, and lets nothing in
                leads_home = (address.name, forgery, status) == ("account_login", "a wrong token", 302)
                if status != 403 and not leads_home:
                    found.append((address.name, method, forgery, status))
    return found


def test_sec8_without_the_pages_own_token_nothing_is_let_in(world: World, share: Share) -> None:
    browsers = Browsers(world)
    for address, method in unsafe_addresses():
        browsers.for_(address, method)
    before = fingerprint()
    assert len(list(unsafe_addresses())) > 60
    found = let_in(browsers, share.of(unsafe_addresses(), one_in=4))
    assert not found, found
    assert fingerprint() == before


def test_sec8_with_the_token_and_from_the_site_itself_it_is_let_in(world: World) -> None:
    """So that the refusals above are about the token."""
    browsers = Browsers(world)
    for address, method in unsafe_addresses():
        if address.name not in PROGRAMS:
            continue
        client = browsers.for_(address, method)
        assert SESSION_KEY in client.session
        headers = {"x-csrftoken": client.cookies["csrftoken"].value, "origin": "http://testserver"}
        assert send(client, address, method, headers).status_code != 403, (address.name, method)


@pytest.mark.full_trial(one_in=3)
def test_sec8_control_without_the_check_forgeries_are_let_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CsrfViewMiddleware, "process_view", lambda *arguments: None)
    found = let_in(Browsers(world), unsafe_addresses(), only="no token")
    addresses = {(name, method) for name, method, _, _ in found}
    print(f"SEC8 control: {len(found)} forgeries let in, on {len(addresses)} of {len(list(unsafe_addresses()))}")
    assert len(addresses) > 40
