"""Who keeps webhooks, and which are refused."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import Any

import pytest

from pht_clinic.audit.models import Entry
from pht_clinic.audit.values import values_of
from pht_clinic.errors import Forbidden, Invalid, Missing
from scheduling.diary.locks import StaleRevision
from scheduling.models import WebhookEndpoint
from scheduling.webhooks import endpoints, replaying
from scheduling.webhooks.endpoints import Made, Subscription
from tests.clinic import Clinic, open_clinic

pytestmark = pytest.mark.django_db


@pytest.fixture
def clinic() -> Clinic:
    return open_clinic()


def wanted(**values: Any) -> Subscription:
    return Subscription(
        **{"url": "https://other.example/hook", "used_for": "Record system", "events": ["patient.registered"]} | values
    )


def add(clinic: Clinic, **values: Any) -> Made:
    return endpoints.add(wanted(**values), by=clinic.manager, now=clinic.now)


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example/hook",
        "https://other.example:8443/hook?for=clinic",
        "https://8.8.8.8/",
        "https://[2001:4860:4860::8888]/",
        "https://" + "a" * 480 + ".example",
    ],
    ids=["usual", "port and query", "IPv4", "IPv6", "long"],
)
def test_addresses_that_may_be(clinic: Clinic, url: str) -> None:
    assert add(clinic, url=f" {url} ").endpoint.url == url


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("", "begins with https://"),
        ("http://other.example/", "begins with https://"),
        ("other.example", "begins with https://"),
        ("https://", "begins with https://"),
        ("https://other.example:port/", "such as https://"),
        ("https://[::1", "such as https://"),
        ("https://bücher.example/", "begins with https://"),
        ("https://other.example/a b", "begins with https://"),
        ("https://other.example/\x00", "begins with https://"),
        ("https://me:secret@other.example/", "names and passwords"),
        ("https://other.example/#part", "after #"),
        ("https://127.0.0.1/", "private or reserved"),
        ("https://[::1]/", "private or reserved"),
        ("https://10.20.0.1/", "private or reserved"),
        ("https://169.254.169.254/latest/", "private or reserved"),
        ("https://localhost/", "private or reserved"),
        ("https://" + "a" * 493, "at most 500"),
    ],
    ids=[
        *("none", "http", "no scheme", "no host", "no port", "half an address", "umlaut", "space", "zero"),
        *("password", "fragment", "loopback", "loopback 6", "private", "metadata", "localhost", "too long"),
    ],
)
def test_addresses_that_are_refused(clinic: Clinic, url: str, said: str) -> None:
    with pytest.raises(Invalid, match=said) as refused:
        add(clinic, url=url)
    assert [error.pointer for error in refused.value.errors] == ["#/url"]
    assert WebhookEndpoint.objects.count() == 0


def test_a_network_of_the_clinics_own_may_be_named(clinic: Clinic, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("10.20.0.0/16")]
    assert add(clinic, url="https://10.20.0.1/").endpoint.pk
    for other in ("10.21.0.1", "127.0.0.1", "localhost", "LOCALHOST"):
        with pytest.raises(Invalid, match="private or reserved"):
            add(clinic, url=f"https://{other}/")


def test_this_machine_may_be_named_by_its_network(clinic: Clinic, settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_NETWORKS = [ip_network("127.0.0.0/8")]
    assert add(clinic, url="https://localhost/").endpoint.pk


@pytest.mark.parametrize(
    ("values", "pointer"),
    [
        ({"used_for": " "}, "#/used_for"),
        ({"used_for": "x" * 101}, "#/used_for"),
        ({"used_for": "a\u202eb"}, "#/used_for"),
        ({"events": []}, "#/events"),
        ({"events": ["patient.registered", "patient.sneezed"]}, "#/events"),
    ],
    ids=["no use", "long use", "hidden", "no event", "unknown event"],
)
def test_what_else_is_refused(clinic: Clinic, values: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        add(clinic, **values)
    assert [error.pointer for error in refused.value.errors] == [pointer]


def test_there_are_at_most_twenty(clinic: Clinic) -> None:
    for _ in range(endpoints.MOST):
        made = add(clinic)
    with pytest.raises(endpoints.TooManyWebhooks):
        add(clinic)
    endpoints.remove(made.endpoint.pk, by=clinic.manager, now=clinic.now)
    add(clinic)


@pytest.mark.parametrize("who", ["reception", "radiologist"])
def test_nobody_but_a_manager_keeps_them(clinic: Clinic, who: str) -> None:
    by, now, pk = getattr(clinic, who), clinic.now, add(clinic).endpoint.pk
    for deed in (
        lambda: endpoints.webhooks(by=by),
        lambda: endpoints.webhook(pk, by=by),
        lambda: endpoints.add(wanted(), by=by, now=now),
        lambda: endpoints.change(pk, {}, by=by, now=now),
        lambda: endpoints.rotate(pk, by=by, now=now),
        lambda: endpoints.pause(pk, by=by, now=now),
        lambda: endpoints.resume(pk, by=by, now=now),
        lambda: endpoints.remove(pk, by=by, now=now),
        lambda: replaying.deliveries(pk, by=by),
        lambda: replaying.replay(1, by=by, now=now),
        lambda: replaying.replay_since(pk, now, by=by, now=now),
    ):
        with pytest.raises(Forbidden):
            deed()


def test_everything_stands_on_the_trail_and_no_secret_does(clinic: Clinic) -> None:
    made, by, now = add(clinic), clinic.manager, clinic.now
    pk = made.endpoint.pk
    endpoints.change(pk, {"events": ["appointment.moved"]}, by=by, now=now)
    fresh = endpoints.rotate(pk, by=by, now=now)
    endpoints.pause(pk, by=by, now=now)
    endpoints.resume(pk, by=by, now=now)
    endpoints.remove(pk, by=by, now=now)
    entries = Entry.objects.filter(subject=f"webhook:{pk}").order_by("pk")
    assert [entry.verb.removeprefix("webhook-") for entry in entries] == [
        *("added", "changed", "secret-renewed", "paused", "resumed", "removed")
    ]
    said = str([(entry.verb, entry.detail) for entry in entries])
    assert not any(one.secret in said for one in (made, fresh))
    assert entries[1].detail == {"events": ["appointment.moved"]}


def test_what_is_named_is_changed_and_the_trail_keeps_what_it_was(clinic: Clinic) -> None:
    pk, by, now = add(clinic).endpoint.pk, clinic.manager, clinic.now
    row = endpoints.change(pk, {"used_for": "Letters"}, by=by, now=now)
    assert (row.url, row.used_for, row.verbs) == ("https://other.example/hook", "Letters", ["patient-registered"])
    assert row.revision == 2
    said = [values_of([entry.pk]) for entry in Entry.objects.filter(subject=f"webhook:{pk}").order_by("pk")]
    added, changed = (next(iter(one.values())) for one in said)
    assert added == [
        ("url", None, "https://other.example/hook"),
        ("used_for", None, "Record system"),
        ("verbs", None, ["patient-registered"]),
    ]
    assert changed == [("used_for", "Record system", "Letters")]


def test_of_two_who_change_one_the_second_is_refused_and_what_is_not_different_raises_no_revision(
    clinic: Clinic,
) -> None:
    pk, by, now = add(clinic).endpoint.pk, clinic.manager, clinic.now
    assert endpoints.change(pk, {"used_for": " Record system "}, revision=1, by=by, now=now).revision == 1
    endpoints.change(pk, {"url": "https://new.example/"}, revision=1, by=by, now=now)
    with pytest.raises(StaleRevision, match="This webhook was changed by manager") as stale:
        endpoints.change(pk, {"events": ["appointment.moved"]}, revision=1, by=by, now=now)
    [one] = stale.value.differ
    assert (one.column, one.was, one.is_now) == ("url", "https://other.example/hook", "https://new.example/")
    assert WebhookEndpoint.objects.get(pk=pk).verbs == ["patient-registered"]


def test_pausing_and_a_new_secret_raise_no_revision(clinic: Clinic) -> None:
    """Whoever has the form open is not in their way."""
    pk, by, now = add(clinic).endpoint.pk, clinic.manager, clinic.now
    for deed in (endpoints.pause, endpoints.resume, endpoints.rotate):
        deed(pk, by=by, now=now)
    assert endpoints.change(pk, {"used_for": "Letters"}, revision=1, by=by, now=now).revision == 2


def test_what_is_removed_is_nowhere_any_more(clinic: Clinic) -> None:
    pk, by, now = add(clinic).endpoint.pk, clinic.manager, clinic.now
    endpoints.remove(pk, by=by, now=now)
    assert not endpoints.webhooks(by=by).exists()
    for deed in (
        lambda: endpoints.webhook(pk, by=by),
        lambda: endpoints.rotate(pk, by=by, now=now),
        lambda: endpoints.resume(pk, by=by, now=now),
        lambda: endpoints.remove(pk, by=by, now=now),
        lambda: replaying.replay_since(pk, now, by=by, now=now),
    ):
        with pytest.raises(Missing):
            deed()


def test_pausing_and_resuming_go_one_after_the_other(clinic: Clinic) -> None:
    pk, by, now = add(clinic).endpoint.pk, clinic.manager, clinic.now
    with pytest.raises(endpoints.NotPaused):
        endpoints.resume(pk, by=by, now=now)
    endpoints.pause(pk, by=by, now=now)
    with pytest.raises(endpoints.AlreadyPaused):
        endpoints.pause(pk, by=by, now=now)


def test_a_moment_to_come_is_nothing_to_replay_from(clinic: Clinic) -> None:
    pk = add(clinic).endpoint.pk
    with pytest.raises(Invalid, match="has passed"):
        replaying.replay_since(pk, clinic.now + timedelta(seconds=1), by=clinic.manager, now=clinic.now)
