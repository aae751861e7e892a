"""A clinic with a gateway for text messages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.gateway import TextGateway


@pytest.fixture
def gateway(settings: Any) -> Iterator[TextGateway]:
    """One that listens, and the settings that lead to it."""
    server = TextGateway().start()
    settings.SMS_GATEWAY_URL, settings.SMS_GATEWAY_KEY, settings.SMS_SENDER = server.url, "secret-key", "PHT Clinic"
    yield server
    server.stop()
