"""R6, of webhooks: `kill -9` of a worker's task process, and of the whole worker, in the middle of a delivery.

Killed before the other system has it and after, nothing is lost, and what comes twice comes with the same id and body,
each signed so that the library of Standard Webhooks verifies it. The control marks deliveries as sent before sending
them, and loses what it was killed over. 2 + 2 kills in `make test`, 50 + 50 in `make trials`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook

from pht_clinic.celery import app
from scheduling.models import WebhookDelivery, WebhookEvent
from scheduling.webhooks import endpoints
from scheduling.webhooks.endpoints import Made, Subscription
from tests.clinic import Clinic
from tests.receiver import Posted, Receiver
from tests.trials.post import kill_a_child_of
from tests.trials.staging import Workers, wait_until

LEASE_SECONDS = 3
A_ROUND = 3


class Stalling(Receiver):
    """Says nothing more to one client, before it takes what comes or after."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._phase = ""
        self.stalled, self._go_on = threading.Event(), threading.Event()
        self.before_read = lambda: self._perhaps("before")
        self.on_post = lambda _: self._perhaps("after")

    def stall(self, phase: str) -> None:
        """The next client that comes so far hears nothing more until `go_on`."""
        self.stalled.clear()
        self._go_on.clear()
        self._phase = phase

    def go_on(self) -> None:
        self._go_on.set()

    def _perhaps(self, phase: str) -> None:
        if self._phase == phase:
            self._phase = ""
            self.stalled.set()
            self._go_on.wait(60)
            raise ConnectionAbortedError("whoever asked was killed meanwhile")


@pytest.fixture
def receiver(tmp_path: Path, workers: Workers, settings: Any) -> Iterator[Stalling]:
    """It stands where workers may reach it, and their leases are short."""
    found = Stalling(tmp_path)
    found.start()
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    workers.environment |= {
        "OUTBOX_LEASE_SECONDS": str(LEASE_SECONDS),
        "OUTBOX_MESSAGE_SECONDS": "60",
        "SSL_CERT_FILE": str(found.certificate),
        "WEBHOOK_ALLOWED_NETWORKS": "127.0.0.0/8",
    }
    yield found
    found.go_on()
    found.stop()


def told(clinic: Clinic, receiver: Receiver) -> Made:
    wanted = Subscription(url=receiver.url, used_for="Record system", events=["patient.registered"])
    return endpoints.add(wanted, by=clinic.manager, now=clinic.now)


def registrations(clinic: Clinic) -> None:
    """What is to be told: so many people are registered."""
    before = WebhookEvent.objects.count()
    for number in range(before, before + A_ROUND):
        clinic.patient(f"Hook{number}", email="")


def call_for_deliveries() -> None:
    """What beat does every 5 seconds."""
    app.send_task("scheduling.tasks.deliver_webhooks", expires=5)


def wait_for_stall(receiver: Stalling) -> None:
    call_for_deliveries()
    wait_until(receiver.stalled.is_set, seconds=60, what="a delivery that comes as far as the stall")


def deliver_until_none_waits() -> None:
    calls = iter(range(10**6))

    def none_waits() -> bool:
        if next(calls) % 25 == 0:
            call_for_deliveries()
        return not WebhookDelivery.objects.filter(status__in=["queued", "sending"]).exists()

    wait_until(none_waits, seconds=LEASE_SECONDS + 60, what="deliveries still wait")


def ids_of(posted: list[Posted]) -> Counter[str]:
    return Counter(one.headers["webhook-id"] for one in posted)


def expected_ids() -> set[str]:
    return {f"evt_{uid}" for uid in WebhookEvent.objects.values_list("uid", flat=True)}


@pytest.mark.full_trial
def test_r6_a_killed_worker_loses_no_webhook_and_what_comes_twice_has_the_same_id(
    clinic: Clinic, workers: Workers, receiver: Stalling, is_full_trial: bool
) -> None:
    kills = 50 if is_full_trial else 2
    made = told(clinic, receiver)
    worker = workers.ready(workers.worker(concurrency=1))
    for number in range(2 * kills):
        registrations(clinic)
        receiver.stall("after" if number % 2 else "before")
        wait_for_stall(receiver)
        if number < kills:
            kill_a_child_of(worker.pid)
        else:
            worker.kill()
            worker = workers.ready(workers.worker(concurrency=1))
        receiver.go_on()
        deliver_until_none_waits()
    copies = ids_of(receiver.posted)
    print(f"R6 webhooks: {2 * kills} kills, {len(copies)} events, {sum(copies.values())} copies")
    assert set(copies) == expected_ids(), "0 lost, and nothing under another id"
    assert len(copies) == 2 * kills * A_ROUND
    assert sum(copies.values()) > len(copies), "no kill came between taking it and the answer"
    bodies = {(one.headers["webhook-id"], one.body) for one in receiver.posted}
    assert len(bodies) == len(copies), "the same body at every try"
    for one in receiver.posted:
        assert Webhook(made.secret).verify(one.body, one.headers)
    assert set(WebhookDelivery.objects.values_list("status", flat=True)) == {"sent"}


@pytest.mark.full_trial
def test_r6_control_marked_as_sent_before_sending_a_webhook_is_lost(
    clinic: Clinic, workers: Workers, receiver: Stalling
) -> None:
    told(clinic, receiver)
    registrations(clinic)
    worker = workers.ready(workers.worker(concurrency=1, guard="webhook-lease"))
    receiver.stall("before")
    wait_for_stall(receiver)
    kill_a_child_of(worker.pid)
    receiver.go_on()
    deliver_until_none_waits()
    wait_until(lambda: len(receiver.posted) >= A_ROUND - 1, seconds=20, what="the deliveries of the others")
    assert len(ids_of(receiver.posted)) < A_ROUND == WebhookDelivery.objects.filter(status="sent").count()
