"""A proxy that the settings know nothing of is told to the log, once; one that they know names requests."""

import re
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client

from pht_clinic.start import SETTINGS

pytestmark = pytest.mark.django_db
FORWARDED = [{"X-Forwarded-For": "203.0.113.9"}, {"X-Forwarded-Proto": "https"}, {"Forwarded": "for=203.0.113.9"}]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if "TRUSTED_PROXY_COUNT" in record.getMessage()]


@pytest.mark.parametrize("headers", FORWARDED, ids=lambda headers: next(iter(headers)))
def test_the_first_forwarded_request_is_noticed_and_answered(
    headers: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    client.get("/healthz")
    assert told(caplog) == []
    assert [client.get("/healthz", headers=headers).status_code for _ in range(3)] == [200] * 3
    [sentence] = told(caplog)
    assert "203.0.113.9" not in sentence


def test_a_proxy_that_is_counted_is_no_news(settings: Any, caplog: pytest.LogCaptureFixture) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    assert Client().get("/healthz", headers=FORWARDED[0]).status_code == 200
    assert told(caplog) == []


# -- The id of a request -----------------------------------------------------------------------------------------------

HEX = "0123456789abcdef" * 2
UUID = "01234567-89ab-4def-8123-456789abcdef"


def id_of(given: str) -> str:
    return Client().get("/healthz", headers={"X-Request-ID": given}).headers["X-Request-ID"]


@pytest.mark.parametrize("given", [HEX, UUID], ids=["hex", "uuid"])
def test_the_id_is_the_proxys_only_where_settings_say_so(given: str, settings: Any) -> None:
    assert id_of(given) != given
    settings.TRUSTED_PROXY_COUNT = 1
    assert id_of(given) != given
    settings.REQUEST_ID_HEADER = "X-Request-ID"
    assert id_of(given) == given
    settings.TRUSTED_PROXY_COUNT = 0
    assert id_of(given) != given


@pytest.mark.parametrize(
    "given",
    ["", "Ann Lee", HEX.upper(), HEX + "0", HEX[:-1], f"{HEX}\n", UUID.replace("-", "_"), "1" * 31 + "\u0663"],
    ids=["none", "a name", "capitals", "too long", "too short", "a line more", "another sign", "another digit"],
)
def test_what_is_no_such_id_is_replaced(given: str, settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT, settings.REQUEST_ID_HEADER = 1, "X-Request-ID"
    made = id_of(given)
    assert made != given
    assert re.fullmatch("[0-9a-f]{32}", made)


def test_a_header_without_a_proxy_stops_the_start(settings: Any) -> None:
    settings.REQUEST_ID_HEADER = "X-Request-ID"
    [found] = [one.msg for one in run_checks(tags=[SETTINGS])]
    assert found == "REQUEST_ID_HEADER needs a proxy that sets it, and TRUSTED_PROXY_COUNT is 0."
    settings.TRUSTED_PROXY_COUNT = 1
    assert run_checks(tags=[SETTINGS]) == []
