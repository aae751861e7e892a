"""Delivering to a real server that says yes, no, later, or nothing at all."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from standardwebhooks import Webhook, WebhookVerificationError

from pht_clinic.audit.models import Entry
from pht_clinic.people.second_factor import secrets
from pht_clinic.web import metrics
from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import claims, deliver, endpoints, replaying, signing
from tests.receiver import Receiver, Reply
from tests.scheduling.webhooks.conftest import Told, make_told

State = WebhookDelivery.State
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def test_it_is_signed_as_the_library_verifies_and_says_ids_alone(told: Told, settings: Any) -> None:
    settings.PUBLIC_BASE_URL = "https://clinic.example"
    delivery = told.register()
    assert told.drain() == 1
    [posted] = told.receiver.posted
    said = Webhook(told.secret).verify(posted.body, posted.headers)
    pk = str(delivery.event.patient_ids[0])
    assert said == {
        "type": "patient.registered",
        "timestamp": "2026-03-02T09:00:00Z",
        "data": {
            "patients": [pk],
            "subject": {"kind": "patient", "id": pk},
            "url": f"https://clinic.example/api/v1/patients/{pk}/",
        },
    }
    assert posted.headers["webhook-id"] == f"evt_{delivery.event.uid}"
    assert "ashdown" not in posted.body.decode().lower()
    done = told.now(delivery)
    assert (done.status, done.answered, done.attempts, done.sent_at) == (State.SENT, 204, 1, told.clinic.now)


@pytest.mark.parametrize("changed", ["body", "id", "secret"])
def test_what_was_changed_on_the_way_is_not_verified(told: Told, changed: str) -> None:
    told.register()
    told.drain()
    [posted] = told.receiver.posted
    body = posted.body + b" " if changed == "body" else posted.body
    headers = {**posted.headers, **({"webhook-id": "evt_other"} if changed == "id" else {})}
    secret = signing.new_secret() if changed == "secret" else told.secret
    with pytest.raises(WebhookVerificationError, match="No matching signature"):
        Webhook(secret).verify(body, headers)


def test_for_a_day_after_a_new_secret_the_old_one_verifies_too_and_then_no_more(told: Told) -> None:
    clinic, first = told.clinic, told.secret
    second = endpoints.rotate(told.made.endpoint.pk, by=clinic.manager, now=clinic.now).secret
    told.register()
    told.drain(clinic.now + DAY - timedelta(seconds=1))
    told.register("Birch")
    told.drain(clinic.now + DAY)
    early, late = told.receiver.posted
    assert [len(one.headers["webhook-signature"].split()) for one in (early, late)] == [2, 1]
    for secret, posted in ((first, early), (second, early), (second, late)):
        assert Webhook(secret).verify(posted.body, posted.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(first).verify(late.body, late.headers)


def test_what_is_not_taken_is_tried_again_with_the_same_id_and_body(told: Told) -> None:
    delivery = told.register()
    told.receiver.reply(Reply(500), Reply(404))
    told.drain()
    first = told.now(delivery)
    assert (first.status, first.answered, first.reason) == (State.QUEUED, 500, "It was answered with 500.")
    assert timedelta(seconds=5) <= first.due_at - told.clinic.now <= timedelta(seconds=5.5)
    assert told.drain() == 0, "it is not due yet"
    told.drain(first.due_at)
    second = told.now(delivery)
    assert timedelta(minutes=5) <= second.due_at - first.due_at <= timedelta(minutes=5.5)
    told.drain(second.due_at)
    assert told.now(delivery).status == State.SENT
    assert len(told.receiver.posted) == 3
    assert len({(one.headers["webhook-id"], one.body) for one in told.receiver.posted}) == 1
    assert told.endpoint().failing_since is None


@pytest.mark.parametrize(
    ("tries", "least"),
    [(1, timedelta(seconds=5)), (2, timedelta(minutes=5)), (9, 16 * HOUR), (10, 16 * HOUR), (500, 16 * HOUR)],
    ids=["first", "second", "last", "past the last", "far past the last"],
)
def test_the_waiting_grows_and_is_spread_by_a_tenth(tries: int, least: timedelta) -> None:
    found = [deliver.backoff(tries) for _ in range(20)]
    assert all(least <= one <= least * 1.1 for one in found)
    assert len(set(found)) > 1


@pytest.mark.parametrize("jitter", [0, deliver._JITTER], ids=["none", "the most"])
def test_every_wait_fits_into_the_three_days_and_none_of_them_is_idle_for_long(
    jitter: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However late each try is, the last one comes before the event is given up, and an address that is back
    waits for it 17.6 hours at most.
    """
    monkeypatch.setattr(deliver.random, "uniform", lambda *_: jitter)
    waits = [deliver.backoff(tries) for tries in range(1, len(deliver._WAITS) + 1)]
    last = sum(waits, timedelta())
    assert last < claims.TRIED_FOR
    assert max(*waits, claims.TRIED_FOR - last) <= 17.6 * HOUR


def test_a_redirect_is_not_followed_and_counts_as_not_taken(told: Told) -> None:
    delivery = told.register()
    told.receiver.reply(Reply(302, {"Location": told.receiver.url}))
    told.drain()
    assert (told.now(delivery).answered, len(told.receiver.posted)) == (302, 1)


def test_an_address_that_is_gone_is_paused_and_nothing_goes_there(told: Told) -> None:
    delivery = told.register()
    told.receiver.reply(Reply(410))
    told.drain()
    assert (told.now(delivery).status, told.now(delivery).answered) == (State.FAILED, 410)
    endpoint = told.endpoint()
    assert (endpoint.paused_at, endpoint.why) == (told.clinic.now, deliver.GONE)
    assert Entry.objects.filter(verb="webhook-paused", actor_kind="system").count() == 1
    told.register("Birch")
    assert told.drain(told.clinic.now + HOUR) == 0


def test_what_happens_while_it_is_paused_goes_out_when_it_is_resumed(told: Told) -> None:
    endpoints.pause(told.made.endpoint.pk, by=told.clinic.manager, now=told.clinic.now)
    delivery = told.register()
    assert told.drain(told.clinic.now + DAY) == 0
    endpoints.resume(told.made.endpoint.pk, by=told.clinic.manager, now=told.clinic.now + DAY)
    assert told.drain(told.clinic.now + DAY) == 1
    assert told.now(delivery).status == State.SENT


@pytest.mark.parametrize("is_paused", [False, True], ids=["tried in vain", "paused"])
def test_after_three_days_it_is_given_up(told: Told, is_paused: bool) -> None:
    delivery = told.register()
    if is_paused:
        endpoints.pause(told.made.endpoint.pk, by=told.clinic.manager, now=told.clinic.now)
    told.drain(told.clinic.now + 3 * DAY)
    ended = told.now(delivery)
    assert (ended.status, ended.reason) == (State.FAILED, claims.EXPIRED_PAUSED if is_paused else claims.EXPIRED)
    assert told.receiver.posted == []


def test_a_second_before_three_days_it_is_still_tried(told: Told) -> None:
    """The control of the one above, and the trigger's three days are those of a replay."""
    delivery = told.register()
    assert delivery.expires_at - delivery.due_at == claims.TRIED_FOR
    told.drain(told.clinic.now + 3 * DAY - timedelta(seconds=1))
    assert told.now(delivery).status == State.SENT


def test_an_address_that_took_nothing_for_three_days_is_paused(told: Told) -> None:
    told.register()
    told.receiver.reply(Reply(500))
    told.drain()
    assert told.endpoint().failing_since == told.clinic.now
    told.drain(told.clinic.now + 3 * DAY)
    assert told.endpoint().why == deliver.FAILING


def test_one_that_took_something_since_is_not_paused(told: Told) -> None:
    told.register()
    told.receiver.reply(Reply(500))
    told.drain()
    told.drain(told.clinic.now + HOUR)
    told.drain(told.clinic.now + 4 * DAY)
    assert told.endpoint().paused_at is None


def test_one_that_takes_something_just_before_it_would_be_paused_is_not(
    told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    told.register()
    told.receiver.reply(Reply(500))
    told.drain()
    asked = claims.failing_for_days

    def then_it_takes_something(*, now: datetime) -> Any:
        found = asked(now=now)
        WebhookEndpoint.objects.filter(pk__in=found).update(failing_since=None)
        assert found, "it had failed for days"
        return found

    monkeypatch.setattr(claims, "failing_for_days", then_it_takes_something)
    told.drain(told.clinic.now + 3 * DAY)
    assert told.endpoint().paused_at is None


@pytest.mark.usefixtures("committed_db")
def test_an_address_that_was_changed_before_the_old_one_said_it_is_gone_is_not_paused(receiver: Receiver) -> None:
    told = make_told(receiver)
    told.register()
    receiver.reply(Reply(410))
    changed = f"{receiver.url}/2"

    def change(_: Any) -> None:
        """In another thread, on a connection of its own."""
        endpoints.change(told.made.endpoint.pk, {"url": changed}, by=told.clinic.manager, now=told.clinic.now)
        connection.close()

    receiver.on_post = change
    assert told.drain() == 1
    assert (told.endpoint().url, told.endpoint().paused_at) == (changed, None)


def test_an_address_that_does_not_answer_rests_and_the_others_go_on(told: Told, settings: Any) -> None:
    settings.OUTBOX_MESSAGE_SECONDS = 1
    first, second = told.register(), told.register("Birch")
    told.receiver.reply(Reply(delay_seconds=3))
    assert told.drain() == 1
    assert (told.now(first).reason, told.now(second).status) == ("There was no answer in time.", State.QUEUED)
    assert told.drain(told.clinic.now + timedelta(seconds=59)) == 0
    assert told.drain(told.clinic.now + timedelta(seconds=60)) == 2


def test_a_private_address_gets_nothing(told: Told, settings: Any) -> None:
    delivery = told.register()
    settings.WEBHOOK_ALLOWED_NETWORKS = []
    told.drain()
    assert told.now(delivery).reason == "The address leads into a private or reserved network."
    assert told.receiver.posted == []


def test_nobody_listens_there(told: Told) -> None:
    delivery = told.register()
    told.receiver.stop()
    told.drain()
    assert told.now(delivery).reason.startswith("There was no connection")


def test_what_a_vanished_worker_left_goes_again_with_the_same_id(told: Told, settings: Any) -> None:
    settings.OUTBOX_LEASE_SECONDS = 0
    delivery = told.register()
    assert (lost := claims.claim(now=told.clinic.now)) is not None
    told.drain()
    assert told.now(delivery).status == State.SENT
    assert not claims.taken(lost, answered=204, now=told.clinic.now + HOUR), "its lease is another's"
    assert told.now(delivery).sent_at == told.clinic.now


def test_one_over_which_a_second_worker_vanishes_waits_behind_the_others(told: Told, settings: Any) -> None:
    settings.OUTBOX_LEASE_SECONDS = 0
    deadly, other = told.register(), told.register("Birch")
    now = told.clinic.now
    for kill in (1, 2):
        lost = claims.claim(now=now)
        assert lost is not None
        assert (lost.pk, lost.attempts) == (deadly.pk, kill)
        assert claims.end_leases(now=now) == 1
    assert told.drain() == 1
    assert [told.now(one).status for one in (deadly, other)] == [State.QUEUED, State.SENT]
    assert told.drain(now + timedelta(minutes=2, microseconds=-1)) == 0
    assert told.drain(now + timedelta(minutes=2)) == 1


def test_while_the_lease_lasts_nobody_else_takes_it(told: Told) -> None:
    """The control of the one above."""
    told.register()
    claims.claim(now=told.clinic.now)
    assert told.drain() == 0


def test_one_round_runs_at_a_time(told: Told, owner_connection: Any) -> None:
    told.register()
    owner_connection.execute("SELECT pg_advisory_lock(%s)", [deliver._ROUND])
    assert told.drain() == 0
    owner_connection.execute("SELECT pg_advisory_unlock_all()")
    assert told.drain() == 1
    assert owner_connection.execute("SELECT pg_try_advisory_lock(%s)", [deliver._ROUND]).fetchone() == (True,)


@pytest.mark.usefixtures("committed_db")
def test_nothing_is_sent_inside_a_transaction(receiver: Receiver) -> None:
    told = make_told(receiver)
    told.register()
    seen: list[int] = []

    def look(_: Any) -> None:
        """In another thread, on a connection of its own."""
        seen.append(WebhookDelivery.objects.filter(status=State.SENDING).count())
        connection.close()

    told.receiver.on_post = look
    told.drain()
    assert seen == [1], "that it is under way was committed before it left"


def test_an_event_that_nobody_registers_any_more_is_not_sent(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    delivery = told.register()
    monkeypatch.delitem(deliver.body_of.__globals__["_BY_VERB"], "patient-registered")
    told.drain()
    assert (told.now(delivery).status, told.receiver.posted) == (State.SKIPPED, [])


def test_what_waited_for_a_webhook_that_was_removed_is_not_sent(told: Told) -> None:
    delivery = told.register()
    endpoints.remove(told.made.endpoint.pk, by=told.clinic.manager, now=told.clinic.now)
    told.drain()
    assert (told.now(delivery).status, told.now(delivery).reason) == (State.SKIPPED, claims.REMOVED)
    assert (told.endpoint().secret, told.receiver.posted) == ("", [])


def test_a_missing_key_is_said_and_nothing_goes_unsigned(told: Told, settings: Any) -> None:
    delivery = told.register()
    settings.SECOND_FACTOR_KEYS = ["another key, of at least 32 characters"]
    assert secrets.count_unreadable() == 1, "so nothing starts"
    told.drain()
    assert told.now(delivery).reason == "Its secret cannot be read: SECOND_FACTOR_KEYS lacks a key."
    assert told.receiver.posted == []


def test_secrets_go_over_to_a_new_key(told: Told, settings: Any) -> None:
    endpoints.rotate(told.made.endpoint.pk, by=told.clinic.manager, now=told.clinic.now)
    old = settings.SECOND_FACTOR_KEYS
    settings.SECOND_FACTOR_KEYS = ["a fresh key, of at least 32 characters", *old]
    call_command("renew_second_factors")
    settings.SECOND_FACTOR_KEYS = settings.SECOND_FACTOR_KEYS[:1]
    assert secrets.count_unreadable() == 0
    told.register()
    told.drain()
    assert len(told.receiver.posted) == 1


def test_no_secret_stands_in_the_database(told: Told) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM scheduling_webhookendpoint e")
        [(stored,)] = cursor.fetchall()
    assert told.secret not in stored
    assert told.secret.removeprefix("whsec_") not in stored


def test_one_is_sent_again_with_its_id_and_a_moment_later_all_of_them(told: Told) -> None:
    first, clinic = told.register(), told.clinic
    told.drain()
    clinic.now += HOUR
    second = told.register("Birch")
    told.drain()
    replaying.replay(first.pk, by=clinic.manager, now=clinic.now)
    assert told.drain() == 1
    assert told.receiver.posted[0].headers["webhook-id"] == told.receiver.posted[2].headers["webhook-id"]
    assert replaying.replay_since(told.made.endpoint.pk, clinic.now, by=clinic.manager, now=clinic.now) == 1
    told.drain()
    ids = [one.headers["webhook-id"].removeprefix("evt_") for one in told.receiver.posted]
    assert ids == [str(one.event.uid) for one in (first, second, first, second)]
    since = clinic.now - HOUR
    assert replaying.replay_since(told.made.endpoint.pk, since, by=clinic.manager, now=clinic.now) == 2


def test_what_is_on_its_way_is_not_sent_again(told: Told) -> None:
    delivery, clinic = told.register(), told.clinic
    with pytest.raises(replaying.OnItsWay):
        replaying.replay(delivery.pk, by=clinic.manager, now=clinic.now)
    with pytest.raises(replaying.NothingToReplay):
        replaying.replay_since(told.made.endpoint.pk, clinic.now - DAY, by=clinic.manager, now=clinic.now)


def test_two_webhooks_are_told_apart_and_each_gets_what_it_wants(told: Told, tmp_path: Any) -> None:
    clinic = told.clinic
    wanted = endpoints.Subscription(url=f"{told.receiver.url}/2", used_for="Book", events=["appointment.booked"])
    other = endpoints.add(wanted, by=clinic.manager, now=clinic.now)
    patient = clinic.fit_patient()
    outcome = clinic.book(patient, datetime(2026, 3, 24, 9, 20, tzinfo=UTC))
    told.drain()
    by_path = {one.path: json.loads(one.body) for one in told.receiver.posted}
    assert {path: said["type"] for path, said in by_path.items()} == {
        "/hook": "patient.registered",
        "/hook/2": "appointment.booked",
    }
    assert by_path["/hook/2"]["data"]["subject"] == {"kind": "appointment", "id": str(outcome.appointment.pk)}
    posted = next(one for one in told.receiver.posted if one.path == "/hook/2")
    assert Webhook(other.secret).verify(posted.body, posted.headers)
    assert WebhookEndpoint.objects.count() == 2


def test_whoever_watches_sees_how_many_are_pending(told: Told) -> None:
    assert "webhooks_pending 0.0\n" in metrics.text()
    told.register()
    told.register("Birch")
    assert "webhooks_pending 2.0\n" in metrics.text()
    told.drain()
    assert "webhooks_pending 0.0\n" in metrics.text()
