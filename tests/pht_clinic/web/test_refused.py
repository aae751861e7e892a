"""Whoever is refused stands on the trail, with how they came in."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client

from pht_clinic.audit.models import Entry
from pht_clinic.people import tokens
from pht_clinic.people.models import ApiToken
from pht_clinic.web.network import device_of
from tests.api_world import World, problem
from tests.pages_world import Browser

pytestmark = pytest.mark.django_db
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile/15E148"
TABLET = "Mozilla/5.0 (Linux; Android 14; SM-X910) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36"
COMPUTER = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def last() -> Entry:
    return Entry.objects.latest("pk")


def test_a_page_that_is_not_theirs(reception: Browser) -> None:
    reception.get("audit-list", expect=403)
    entry = last()
    assert (entry.verb, entry.actor_kind, entry.door) == ("access-refused", "user", "page")
    assert entry.user is not None
    assert entry.user.role == "reception"
    assert entry.detail == {"method": "GET", "route": "audit-list"}
    assert entry.request_id


def test_a_refusal_stands_where_the_database_takes_no_note(world: World) -> None:
    """As where it is read-only: a 403 and no failure, and nobody gets in."""
    problem(world.reception.get("/audit/"), 403)
    noted = last().pk
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        problem(world.reception.get("/audit/"), 403)
        transaction.set_rollback(True)
    assert last().pk == noted


def test_a_link_that_is_nobodys() -> None:
    assert Client().get("/p/not-a-link/").status_code == 404
    assert (last().verb, last().actor_kind) == ("link-refused", "stranger")


def test_an_endpoint_that_is_not_theirs(world: World) -> None:
    problem(world.reception.get("/audit/"), 403)
    entry = last()
    assert (entry.verb, entry.door, entry.detail["route"]) == ("access-refused", "api", "api-audit")
    assert entry.user == world.clinic.users["reception"]


def asked_with(token: str) -> None:
    with transaction.atomic():
        assert Client().get("/api/v1/rooms/", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_a_token_that_is_nobodys_and_one_that_expired(world: World) -> None:
    asked_with("pht_guess")
    assert (last().verb, last().actor_kind, last().subject) == ("token-refused", "stranger", "")
    user = world.clinic.users["reception"]
    token = tokens.issue(user, days=1)
    ApiToken.objects.filter(digest=tokens.digest(token)).update(expires_at="2020-01-01T00:00:00Z")
    asked_with(token)
    assert (last().verb, last().subject) == ("token-refused", f"user:{user.pk}")
    assert "pht_" not in str(Entry.objects.values())


def test_a_sign_in_that_failed_and_one_that_must_wait_name_the_account(world: World) -> None:
    user = world.clinic.users["reception"]
    for _ in range(6):
        Client().post("/account/sign-in/", {"login": user.email, "password": "wrong-wrong-wrong"})
    noted = list(Entry.objects.filter(subject=f"user:{user.pk}", actor_kind="stranger").values_list("verb", flat=True))
    assert sorted(noted) == ["sign-in-failed"] * 5 + ["sign-in-locked"]
    Client().post("/account/sign-in/", {"login": "my-password", "password": "wrong-wrong-wrong"})
    assert "my-password" not in str(list(Entry.objects.values()))


def test_a_feed_that_is_read_and_one_that_is_refused(world: World) -> None:
    token = world.clinic.feed_token()
    assert world.anonymous.client.get(f"/api/v1/calendar/{token}.ics").status_code == 200
    assert (last().verb, last().subject) == ("feed-read", f"practitioner:{world.clinic.practitioner.pk}")
    problem(world.anonymous.client.get(f"/api/v1/calendar/{uuid4()}.ics"), 404)
    assert (last().verb, last().subject) == ("feed-refused", "")
    assert str(token) not in str(list(Entry.objects.values()))


def test_an_entry_says_from_which_network_and_with_what(world: World, settings: Any) -> None:
    settings.CLINIC_NETWORKS = [ip_network("203.0.113.0/25")]
    patient = world.clinic.patient("Elm")
    for address, agent, expected in (
        ("203.0.113.9", PHONE, ("203.0.113.0/24", "phone", True)),
        ("203.0.113.200", COMPUTER, ("203.0.113.0/24", "computer", False)),
        ("2001:db8:1:2::3", "curl/8.5.0", ("2001:db8:1::/48", "program", False)),
    ):
        client = world.reception.client
        client.get(f"/api/v1/patients/{patient.pk}/", REMOTE_ADDR=address, headers={"User-Agent": agent})
        entry = last()
        assert (entry.network, entry.device, entry.in_clinic) == expected
        assert address not in str(list(Entry.objects.values()))


def test_a_clinic_that_names_no_network_knows_nothing_of_it(world: World) -> None:
    world.reception.get(f"/patients/{world.clinic.patient('Elm').pk}/")
    assert (last().network, last().in_clinic) == ("127.0.0.0/24", None)


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PHONE, "phone"),
        (TABLET, "tablet"),
        ("Mozilla/5.0 (iPad; CPU OS 12_5 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148", "tablet"),
        ("Mozilla/5.0 (Android 14; Mobile; rv:128.0) Gecko/128.0 Firefox/128.0", "phone"),
        (COMPUTER, "computer"),
        ("Mozilla/5.0 (compatible; Googlebot/2.1)", "program"),
        ("", "program"),
    ],
    ids=["iphone", "android-tablet", "ipad", "android-phone", "linux", "crawler", "nothing"],
)
def test_what_is_used_is_told_by_its_class(agent: str, device: str) -> None:
    assert device_of(agent) == device
