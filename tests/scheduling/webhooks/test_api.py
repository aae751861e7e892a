"""Webhooks through the API: what a manager does on the pages, with the same refusals, and secrets kept nowhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import signing
from scheduling.webhooks.events import event_types
from tests.api_world import World, pointers, problem

BODY = {"url": "https://records.example/hook", "used_for": "Record system", "events": ["appointment.moved"]}
State = WebhookDelivery.State


def added(world: World, **values: Any) -> dict[str, Any]:
    made = world.manager.post("/webhooks/", {**BODY, **values})
    assert made.status_code == 201, made.content
    found: dict[str, Any] = made.json()
    return found


def test_one_is_added_read_and_changed_and_its_secret_is_answered_once(world: World) -> None:
    made = world.manager.post("/webhooks/", BODY)
    told = made.json()
    address = f"/webhooks/{told['id']}/"
    assert made.headers["Location"] == f"/api/v1{address}"
    row = WebhookEndpoint.objects.get()
    assert signing._decrypt(row.secret) == told.pop("secret")
    assert {name: told[name] for name in BODY} == BODY
    read = world.manager.get(address).json()
    assert read == {**told, "queued": 0, "failed": 0}
    assert world.manager.get("/webhooks/").json()["results"] == [read]
    changed = world.manager.patch(address, {"events": ["patient.registered", "call.closed"]}).json()
    assert (changed["events"], changed["revision"]) == (["call.closed", "patient.registered"], 2)
    assert (changed["url"], changed["used_for"]) == (BODY["url"], BODY["used_for"])
    back = {name: value for name, value in world.manager.get(address).json().items() if name in BODY}
    assert world.manager.patch(address, back).json()["revision"] == 2, "what a GET answers changes nothing"


def test_a_request_that_is_repeated_adds_one_and_is_told_the_same_secret_which_lies_nowhere(world: World) -> None:
    first, again = (world.manager.post("/webhooks/", BODY, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert (first.status_code, first.content) == (again.status_code, again.content)
    assert again.headers["Idempotency-Replayed"] == "true"
    address = f"/webhooks/{first.json()['id']}/secret/"
    fresh, same = (world.manager.post(address, {}, **{"Idempotency-Key": "two"}).json() for _ in range(2))
    assert fresh == same
    assert fresh["secret"] != first.json()["secret"]
    assert fresh["old_secret_until"] is not None
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(k)::text FROM web_idempotencykey k")
        stored = str(cursor.fetchall())
    assert "evt_" not in stored
    assert "records.example" not in stored, "all of the answer is encrypted"
    assert not any(one["secret"].removeprefix("whsec_") in stored for one in (first.json(), fresh))


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"url": "http://records.example/"}, {"#/url"}),
        ({"url": "https://10.0.0.1/", "used_for": " ", "events": []}, {"#/url", "#/used_for", "#/events"}),
        ({"url": 5, "events": ["patient.sneezed"], "secret": "x"}, {"#/url", "#/events", "#/secret"}),
        ({"used_for": "x" * 101, "events": "patient.registered"}, {"#/used_for", "#/events"}),
    ],
    ids=["http", "all of it", "what cannot be read beside what is wrong", "long, and no list"],
)
def test_all_that_is_wrong_is_named_at_once(world: World, values: dict[str, Any], named: set[str]) -> None:
    assert pointers(world.manager.post("/webhooks/", {**BODY, **values})) == named
    assert WebhookEndpoint.objects.count() == 0
    made = added(world)
    assert pointers(world.manager.patch(f"/webhooks/{made['id']}/", values)) == named
    assert WebhookEndpoint.objects.get().revision == 1


def test_a_stale_revision_is_a_409_with_both_versions(world: World) -> None:
    address = f"/webhooks/{added(world)['id']}/"
    read = world.manager.get(address).json()
    assert world.manager.patch(address, {"events": ["call.closed"], "revision": 1}).json()["revision"] == 2
    refused = problem(world.manager.patch(address, {"used_for": "Letters", "revision": 1}), 409)
    assert refused["type"].endswith("stale-revision")
    [change] = refused["changes"]
    assert (change["field"], change["from"], change["to"], change["by"]) == (
        *("events", ["appointment.moved"], ["call.closed"]),
        "manager",
    )
    counted = ("queued", "failed")
    assert refused["seen"] == {name: value for name, value in read.items() if name not in counted}
    assert refused["present"] == {**refused["seen"], "events": ["call.closed"], "revision": 2}
    assert world.manager.patch(address, {"used_for": "Letters"}).json()["revision"] == 3


def test_paused_resumed_and_removed(world: World) -> None:
    address = f"/webhooks/{added(world)['id']}/"
    paused = world.manager.post(f"{address}pause/", {}).json()
    assert (paused["paused_at"] is not None, paused["why"]) == (True, "")
    assert world.manager.post(f"{address}resume/", {}).json()["paused_at"] is None
    assert world.manager.delete(address).status_code == 204
    assert world.manager.get(address).status_code == 404
    assert world.manager.delete(address).status_code == 404
    assert world.manager.get("/webhooks/").json()["results"] == []


def test_deliveries_are_listed_by_status_and_sent_again(world: World) -> None:
    hook = world.clinic.webhook()
    patient = world.clinic.patient()
    address = f"/webhooks/{hook.pk}/deliveries/"
    listed = world.manager.get(address).json()["results"]
    assert [one["status"] for one in listed] == ["queued", "queued", "failed"]
    assert listed[0]["subject"] == {"kind": "patient", "id": str(patient.pk)}
    assert listed[0]["event_id"] == hook.deliveries.first().event.public_id  # type: ignore[union-attr]  # there are three
    [failed] = world.manager.get(address, status="failed").json()["results"]
    assert (failed["event"], failed["answered"], failed["reason"]) == (
        *("patient.registered", 500),
        "It was answered with 500.",
    )
    again = world.manager.post(f"/webhooks/deliveries/{failed['id']}/replay/", {}).json()
    assert (again["status"], again["event_id"], again["answered"]) == ("queued", failed["event_id"], None)
    assert world.manager.get(address, status="failed").json()["results"] == []
    problem(world.manager.get(address, status="lost"), 422)


def test_everything_since_a_moment_is_sent_again(world: World) -> None:
    hook, now = world.clinic.webhook(), world.clinic.now
    replay = f"/webhooks/{hook.pk}/replay/"
    assert world.manager.post(replay, {"since": now.isoformat()}).json() == {"deliveries": 1}
    problem(world.manager.post(replay, {"since": now.isoformat()}), 409)
    assert pointers(world.manager.post(replay, {"since": (now + timedelta(days=1)).isoformat()})) == {"#/since"}


def test_an_event_that_nobody_registers_any_more_is_listed_by_its_verb(world: World) -> None:
    hook = world.clinic.webhook()
    failed = hook.deliveries.get(status=State.FAILED)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO scheduling_webhookevent (uid, entry_id, verb, subject, patient_ids, occurred_at)"
            " VALUES (gen_random_uuid(), -99, 'patient-sneezed', '', '{}', now()) RETURNING id"
        )
        [gone] = cursor.fetchone()
    WebhookDelivery.objects.filter(pk=failed.pk).update(event=gone)
    [one] = world.manager.get(f"/webhooks/{hook.pk}/deliveries/", status="failed").json()["results"]
    assert one["event"] == "patient-sneezed"


def test_which_events_there_are(world: World) -> None:
    found = world.manager.get("/webhooks/events/", page_size=200).json()["results"]
    assert found == [{"name": one.name, "words": one.words} for one in event_types()]


def test_whoever_is_no_manager_sees_and_changes_nothing(world: World) -> None:
    hook = world.clinic.webhook()
    for path in ("/webhooks/", "/webhooks/events/", f"/webhooks/{hook.pk}/", f"/webhooks/{hook.pk}/deliveries/"):
        problem(world.radiologist.get(path), 403)
    for path in (f"/webhooks/{hook.pk}/pause/", f"/webhooks/{hook.pk}/secret/"):
        problem(world.radiologist.post(path, {}), 403)
    problem(world.radiologist.post("/webhooks/", BODY), 403)
    problem(world.radiologist.delete(f"/webhooks/{hook.pk}/"), 403)
