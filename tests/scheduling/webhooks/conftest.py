"""A clinic of which another system wants to know, and that system: a real server that this process trusts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from pht_clinic.web import outward
from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import deliver, endpoints
from scheduling.webhooks.endpoints import Made, Subscription
from tests.clinic import Clinic, open_clinic
from tests.receiver import Receiver


@pytest.fixture
def receiver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> Iterator[Receiver]:
    """It may be reached, though it is on this machine."""
    found = Receiver(tmp_path).start()
    monkeypatch.setenv("SSL_CERT_FILE", str(found.certificate))
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    outward._trusted.cache_clear()
    yield found
    outward._trusted.cache_clear()
    found.stop()


@dataclass
class Told:
    """The clinic, and the other system's webhook with its secret."""

    clinic: Clinic
    receiver: Receiver
    made: Made

    @property
    def secret(self) -> str:
        return self.made.secret

    def endpoint(self) -> WebhookEndpoint:
        return WebhookEndpoint.objects.get(pk=self.made.endpoint.pk)

    def register(self, name: str = "Ashdown") -> WebhookDelivery:
        """Something that it wants to know of happens; returns what is to be delivered."""
        self.clinic.patient(name)
        return WebhookDelivery.objects.filter(endpoint=self.made.endpoint).latest("pk")

    def drain(self, at: datetime | None = None) -> int:
        return deliver.drain(now=lambda: at or self.clinic.now, seconds=15)

    def now(self, delivery: WebhookDelivery) -> WebhookDelivery:
        return WebhookDelivery.objects.get(pk=delivery.pk)


@pytest.fixture
def told(db: None, receiver: Receiver) -> Told:
    """It wants to know who is registered."""
    return make_told(receiver)


def make_told(receiver: Receiver) -> Told:
    """The same for whoever brings the database."""
    clinic = open_clinic()
    wanted = Subscription(url=receiver.url, used_for="Record system", events=["patient.registered"])
    return Told(clinic, receiver, endpoints.add(wanted, by=clinic.manager, now=clinic.now))
