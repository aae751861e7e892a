"""Nobody waits for the webhooks: what happens is stored while somebody changes the address that will be told of it.
Only who adds one waits for others who do.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Q, QuerySet

from pht_clinic.errors import Busy
from pht_clinic.people.actors import Actor
from scheduling.diary import locks
from scheduling.models import Patient, WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import deliver, endpoints, pausing, replaying, signing
from scheduling.webhooks.endpoints import Subscription
from tests.clinic import Clinic
from tests.together import at_once, those

DEEDS: dict[str, tuple[Any, str, Callable[[int, Actor, Any], object]]] = {
    "a new secret": (endpoints, "_note", lambda pk, by, now: endpoints.rotate(pk, by=by, now=now)),
    "sending again": (replaying, "_tell", lambda pk, by, now: replaying.replay_since(pk, now, by=by, now=now)),
    "pausing by itself": (
        pausing,
        "record",
        lambda pk, by, now: pausing.pause_by_itself(pk, why=deliver.GONE, still=Q(), now=now),
    ),
    "new keys": (signing, "_rotated", lambda pk, by, now: signing.renew()),
}
"""What locks an endpoint: how it is done, and what is called while the lock is held."""


def registered_meanwhile(clinic: Clinic, deed: str, monkeypatch: pytest.MonkeyPatch) -> object:
    """What became of somebody's registration, of which the webhook wants to know, while it was locked by this deed."""
    monkeypatch.setattr(locks, "LOCK_TIMEOUT_MS", 300)
    where, called, act = DEEDS[deed]
    found: list[object] = []
    true = getattr(where, called)

    def meanwhile(*args: Any, **values: Any) -> Any:
        found.extend(at_once(lambda: clinic.patient("Birch")))
        return true(*args, **values)

    row = clinic.webhook()
    monkeypatch.setattr(where, called, meanwhile)
    act(row.pk, clinic.manager, clinic.now)
    [patient] = found
    return patient


@pytest.mark.parametrize("deed", DEEDS)
def test_something_happens_while_its_webhook_is_locked(
    clinic: Clinic, deed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    patient = registered_meanwhile(clinic, deed, monkeypatch)
    assert isinstance(patient, Patient)
    assert WebhookDelivery.objects.filter(event__patient_ids=[patient.pk]).count() == 1


def test_control_by_a_lock_on_its_key_it_is_refused(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    true = QuerySet.select_for_update

    def with_key(rows: QuerySet[Any], **values: Any) -> QuerySet[Any]:
        return true(rows, **{**values, "no_key": values.get("no_key", False) and rows.model is not WebhookEndpoint})

    monkeypatch.setattr(QuerySet, "select_for_update", with_key)
    assert isinstance(registered_meanwhile(clinic, "sending again", monkeypatch), Busy)


def added_at_once(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What became of two who add one at the same instant, where there is room for one more."""
    wanted = Subscription(url="https://other.example/hook", used_for="Book", events=["patient.registered"])

    def adding() -> endpoints.Made:
        return endpoints.add(wanted, by=clinic.manager, now=clinic.now)

    for _ in range(endpoints.MOST - 1):
        adding()
    true = endpoints._note

    def slowly(*args: Any, **values: Any) -> None:
        true(*args, **values)
        time.sleep(0.5)  # stored, and not committed yet

    monkeypatch.setattr(endpoints, "_note", slowly)
    return at_once(adding, adding)


def test_two_managers_at_once_add_no_more_than_there_may_be(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    results = added_at_once(clinic, monkeypatch)
    assert len(those(results, endpoints.TooManyWebhooks)) == 1, results
    assert WebhookEndpoint.objects.count() == endpoints.MOST


def test_control_who_does_not_wait_adds_one_too_many(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "_wait_for_others_who_add", lambda: None)
    assert len(those(added_at_once(clinic, monkeypatch), endpoints.Made)) == 2
