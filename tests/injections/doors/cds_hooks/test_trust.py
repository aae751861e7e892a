"""Who may call: whatever is forged, borrowed, late or used before is refused, and nothing is answered."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from injections.doors.cds_hooks import keys
from injections.doors.cds_hooks.issuers import what_is_wrong
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.cds_hooks.ehr import BASE, BOOKING, ISSUER, VIEW, key, post, token

pytestmark = pytest.mark.django_db

NOT_OURS = "https://somebody.example/"


@pytest.fixture(autouse=True)
def _listed(settings: Any, tmp_path: Path) -> None:
    settings.PUBLIC_BASE_URL = BASE
    ehr.listed(settings, tmp_path)


def refused(bearer: str, endpoint: str = VIEW) -> str:
    """Why, of a call that is well-formed but for who calls."""
    response = post(endpoint, ehr.call("patient-view"), bearer=bearer)
    assert response.status_code == 401, response.content
    assert response.headers["WWW-Authenticate"].startswith("Bearer")
    assert response.headers["Content-Type"] == "application/problem+json"
    return str(response.json()["detail"])


def let_in(bearer: str) -> bool:
    return bool(post(VIEW, ehr.call("patient-view"), bearer=bearer).status_code == 200)


def test_a_token_of_a_listed_issuer_is_let_in() -> None:
    assert let_in(token(VIEW))


def test_so_is_one_signed_by_rsa() -> None:
    assert let_in(token(VIEW, by=key("RSA"), header={"alg": "RS384"}))


def test_without_a_token_nobody_is() -> None:
    response = Client().post(VIEW, json.dumps(ehr.call("patient-view")), content_type="application/json")
    assert response.status_code == 401


@pytest.mark.parametrize(
    "header", ["Basic Zm9vOmJhcg==", "Bearer", "Bearer ", "Bearer a.b", "Bearer ä.b.c", "Bearer ..."]
)
def test_what_is_no_token_is_refused(header: str) -> None:
    response = Client().post(VIEW, "{}", content_type="application/json", headers={"Authorization": header})
    assert response.status_code == 401


def test_who_is_not_listed_is_refused() -> None:
    assert "issuer" in refused(token(VIEW, iss=NOT_OURS))


def test_where_nobody_is_listed_nobody_is_let_in(settings: Any) -> None:
    settings.CDS_ISSUERS = []
    assert "issuer" in refused(token(VIEW))


def test_an_unsigned_token_is_refused() -> None:
    header, claims, _ = token(VIEW).split(".")
    none = base64.urlsafe_b64encode(b'{"alg":"none","typ":"JWT","kid":"EC-0"}').rstrip(b"=").decode()
    for forged in (f"{none}.{claims}.", f"{header}.{claims}."):
        refused(forged)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "ES256", "RS256", "PS384"])
def test_no_other_algorithm_is_taken(algorithm: str) -> None:
    """Least of all a shared secret: the published key itself would be one."""
    _, claims, signature = token(VIEW).split(".")
    said = json.dumps({"alg": algorithm, "typ": "JWT", "kid": "EC-0"}).encode()
    assert "ES384" in refused(f"{base64.urlsafe_b64encode(said).rstrip(b'=').decode()}.{claims}.{signature}")


def test_a_signature_by_another_key_is_refused() -> None:
    assert "signature" in refused(token(VIEW, by=key("EC", 7), header={"kid": "EC-0"}))


def test_a_key_that_its_issuer_does_not_publish_is_refused() -> None:
    assert "publishes" in refused(token(VIEW, by=key("EC", 7)))


@pytest.mark.parametrize(("name", "value"), [("kid", None), ("kid", "EC-9"), ("typ", "JOSE")])
def test_the_header_names_its_key_and_what_it_is(name: str, value: str | None) -> None:
    assert refused(token(VIEW, header={name: value}))


@pytest.mark.parametrize(
    "audience",
    [f"{BASE}{BOOKING}", f"{BASE}/cds-services", f"https://other.example{VIEW}", VIEW, [], [1], None, f"{BASE}{VIEW}/"],
    ids=str,
)
def test_a_token_made_for_another_address_is_refused(audience: Any) -> None:
    assert "aud" in refused(token(VIEW, aud=audience))


def test_one_of_several_addresses_is_enough() -> None:
    assert let_in(token(VIEW, aud=["https://other.example/", f"{BASE}{VIEW}"]))


@pytest.mark.parametrize(
    ("claim", "offset", "is_in_time"),
    [
        ("exp", -40, False),
        ("exp", -20, True),
        ("exp", 3500, True),
        ("exp", 3700, False),
        ("iat", 20, True),
        ("iat", 40, False),
        ("iat", -86_400, True),
    ],
)
def test_both_sides_of_every_bound_in_time(claim: str, offset: int, is_in_time: bool) -> None:
    made = token(VIEW, **{claim: int(time.time()) + offset})
    if is_in_time:
        assert let_in(made)
    else:
        assert claim in refused(made)


@pytest.mark.parametrize("claim", ["exp", "iat", "jti", "iss"])
@pytest.mark.parametrize("value", [None, True, "soon", 1e300, [], {}], ids=str)
def test_a_claim_that_is_missing_or_no_such_value_is_refused(claim: str, value: Any) -> None:
    if (claim, value) not in [("jti", "soon")]:
        refused(token(VIEW, **{claim: value}))


def test_a_token_is_good_for_one_call() -> None:
    made = token(VIEW)
    assert let_in(made)
    assert "used before" in refused(made)


def test_an_id_that_differs_in_case_is_another_one() -> None:
    assert let_in(token(VIEW, jti="Aa"))
    assert let_in(token(VIEW, jti="aA"))


def test_calls_of_an_issuer_are_counted(settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    assert [post(VIEW, ehr.call("patient-view")).status_code for _ in range(3)] == [200, 200, 429]


def test_tries_from_one_place_are_counted_whoever_says_so(settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE_FROM_ONE_PLACE = 2
    last = [post(VIEW, {}, bearer="no token") for _ in range(3)][-1]
    assert last.status_code == 429
    assert int(last.headers["Retry-After"]) > 0


class Published:
    """Where the issuer publishes its keys, without a network."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
        self.text, self.asked = ehr.jwk_set(), 0
        cache.clear()
        settings.CDS_ISSUERS = [f"{ISSUER} https://ehr.example/jwks.json"]
        monkeypatch.setattr(keys, "asked", self.answer)

    def answer(self, address: str) -> str:
        assert address == "https://ehr.example/jwks.json"
        self.asked += 1
        return self.text


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Published:
    return Published(monkeypatch, settings)


def test_published_keys_are_fetched_once_and_kept(published: Published) -> None:
    assert let_in(token(VIEW))
    assert let_in(token(VIEW))
    assert published.asked == 1


def test_a_new_key_is_found_and_made_up_ones_ask_no_more_than_once_a_minute(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert let_in(token(VIEW))
    published.text = ehr.jwk_set(key(), key("EC", 3))
    refused(token(VIEW, by=key("EC", 3)))
    real = time.time
    monkeypatch.setattr(keys, "time", SimpleNamespace(time=lambda: real() + 61))
    assert let_in(token(VIEW, by=key("EC", 3)))
    for number in (4, 5):
        refused(token(VIEW, by=key("EC", number)))
    assert published.asked == 2


def test_while_keys_cannot_be_fetched_the_last_ones_count(
    published: Published, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert let_in(token(VIEW))
    published.text = ""
    real = time.time
    monkeypatch.setattr(keys, "time", SimpleNamespace(time=lambda: real() + 3_000))
    assert let_in(token(VIEW))
    assert published.asked == 2


def test_a_token_that_names_other_keys_than_the_listed_is_refused(published: Published) -> None:
    assert "keys" in refused(token(VIEW, header={"jku": "https://evil.example/jwks.json"}))
    assert let_in(token(VIEW, header={"jku": "https://ehr.example/jwks.json"}))


@pytest.mark.parametrize(
    "text",
    ["", "nothing", "[]", '{"keys": 1}', '{"keys": [1]}', '{"keys": [{"kty": "oct", "k": "AA", "kid": "EC-0"}]}'],
)
def test_keys_that_cannot_be_read_let_nobody_in(text: str, settings: Any, tmp_path: Path) -> None:
    (tmp_path / "ehr.jwks.json").write_text(text)
    assert "publishes" in refused(token(VIEW))


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("CDS_ISSUERS", ["https://ehr.example/"], "followed by where"),
        ("CDS_ISSUERS", ["https://ehr.example/ http://ehr.example/jwks"], "neither"),
        ("CDS_ISSUERS", ["https://ehr.example/ /nowhere/keys.json"], "not there"),
        ("CDS_ISSUERS_WITH_RECORDS", [NOT_OURS], "not in CDS_ISSUERS"),
        ("CDS_ORIGINS", ["*"], "no https:// origin"),
        ("CDS_ORIGINS", ["https://ehr.example/"], "no https:// origin"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(settings: Any, name: str, value: list[str], said: str) -> None:
    assert list(what_is_wrong()) == []
    setattr(settings, name, value)
    assert any(said in sentence for sentence in what_is_wrong())


@pytest.mark.parametrize("host", ["[::1", "a\x01b.example", "\u2488.example"], ids=ascii)
def test_keys_at_an_address_that_is_none_are_none(host: str) -> None:
    assert keys.asked(f"https://{host}/keys.json") == ""
