"""A proxy that the settings know nothing of is told to the log, once."""

from typing import Any

import pytest
from django.test import Client

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
