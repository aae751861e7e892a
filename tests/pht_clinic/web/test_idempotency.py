"""A request sent twice with one key runs once and is answered twice alike."""

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from django.contrib.sessions.models import Session
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext

from pht_clinic.audit.models import Entry
from pht_clinic.people import tokens
from pht_clinic.people.models import User
from pht_clinic.web.api.idempotency import purge
from pht_clinic.web.models import IdempotencyKey
from pht_clinic.web.tidy import tidy

pytestmark = pytest.mark.urls("tests.scenarios.probe_urls")
PATH = "/api/v1/probe/record/"


@pytest.fixture
def user(committed_db: None) -> User:
    return User.objects.create_user("reception@clinic.example", role="reception")


@pytest.fixture
def send(user: User) -> Callable[..., Any]:
    secret = tokens.issue(user, days=1)

    def post(key: str | None, body: dict[str, Any] | None = None, secret: str = secret) -> Any:
        headers = {"authorization": f"Bearer {secret}"} | ({"idempotency-key": key} if key is not None else {})
        return Client(headers=headers).post(PATH, json.dumps(body or {}), content_type="application/json")

    return post


def probes() -> int:
    return Entry.objects.filter(verb="probed").count()


def test_the_second_answer_is_the_first_one(send: Callable[..., Any]) -> None:
    first, second = send("k", {"a": 1}), send("k", {"a": 1})
    assert (first.status_code, second.status_code, probes()) == (201, 201, 1)
    assert first.content == second.content
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"


def test_each_answer_that_shows_patients_is_one_view_row(send: Callable[..., Any]) -> None:
    send("k")
    send("k")
    rows = Entry.objects.filter(verb="viewed").values_list("subject", "patient_ids")
    assert list(rows) == [("probe", [7]), ("probe", [7])]


def test_without_a_key_every_request_runs(send: Callable[..., Any]) -> None:
    assert (send(None).status_code, send(None).status_code, probes()) == (201, 201, 2)
    assert IdempotencyKey.objects.count() == 0


def test_the_order_of_keys_in_the_body_does_not_matter(send: Callable[..., Any]) -> None:
    send("k", {"a": 1, "b": 2})
    assert (send("k", {"b": 2, "a": 1}).status_code, probes()) == (201, 1)


def test_another_body_is_refused(send: Callable[..., Any]) -> None:
    send("k", {"a": 1})
    response = send("k", {"a": 2})
    assert (response.status_code, probes()) == (422, 1)
    assert response.json()["type"].endswith("idempotency-key-reused")
    assert send("k", {"a": 1}).status_code == 201


def test_a_key_belongs_to_its_user(send: Callable[..., Any]) -> None:
    other = tokens.issue(User.objects.create_user("other@clinic.example", role="reception"), days=1)
    send("k", {"a": 1})
    assert (send("k", {"a": 2}, secret=other).status_code, probes()) == (201, 2)


def test_a_refusal_is_an_answer_and_what_it_wrote_is_undone(send: Callable[..., Any]) -> None:
    first, second = send("k", {"refuse": True}), send("k", {"refuse": True})
    assert (first.status_code, second.status_code, probes()) == (409, 409, 0)
    assert first.content == second.content
    assert second.headers["Content-Type"] == "application/problem+json"


def test_a_failure_of_ours_is_not_kept(send: Callable[..., Any]) -> None:
    assert send("k", {"fail": True}).status_code == 503
    assert (IdempotencyKey.objects.count(), probes()) == (0, 0)


def test_what_is_not_json_uses_no_key(user: User) -> None:
    headers = {"authorization": f"Bearer {tokens.issue(user, days=1)}", "idempotency-key": "k"}
    assert Client(headers=headers).post(PATH, b"{", content_type="application/json").status_code == 400
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.parametrize("key", ["", "x" * 256, "ключ", "a\tb"])
def test_a_key_is_short_and_printable(send: Callable[..., Any], key: str) -> None:
    assert (send(key).status_code, probes()) == (422, 0)


def test_after_24_hours_a_key_is_new_again(send: Callable[..., Any]) -> None:
    send("k", {"a": 1})
    with connection.cursor() as cursor:
        cursor.execute("UPDATE web_idempotencykey SET created_at = now() - interval '24 hours'")
    assert (send("k", {"a": 2}).status_code, probes()) == (201, 2)
    assert send("k", {"a": 2}).headers["Idempotency-Replayed"] == "true"


def test_old_keys_are_removed_and_living_ones_stay(send: Callable[..., Any]) -> None:
    send("old")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE web_idempotencykey SET created_at = now() - interval '25 hours'")
    send("new")
    assert (purge(), purge()) == (1, 0)
    assert IdempotencyKey.objects.get().key == "new"


def test_tidying_removes_old_keys_and_ended_sessions_only(user: User) -> None:
    living, ended = Client(), Client()
    for client in (living, ended):
        client.force_login(user)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE django_session SET expire_date = now() WHERE session_key = %s", [ended.session.session_key]
        )
    assert (tidy(), tidy()) == (1, 0)
    assert Session.objects.get().session_key == living.session.session_key


def test_a_key_costs_four_statements(send: Callable[..., Any]) -> None:
    send("warm")
    with CaptureQueriesContext(connection) as plain:
        send(None)
    with CaptureQueriesContext(connection) as with_key:
        send("k")
    inside = [query["sql"].split()[0] for query in with_key if query["sql"].split()[0] not in ("BEGIN", "COMMIT")]
    outside = [query["sql"].split()[0] for query in plain if query["sql"].split()[0] not in ("BEGIN", "COMMIT")]
    assert len(inside) - len(outside) == 4


@pytest.fixture
def twenty_at_once() -> Iterator[Callable[[Callable[[], Any]], list[Any]]]:
    with ThreadPoolExecutor(20) as pool:

        def run(send: Callable[[], Any]) -> list[Any]:
            def one() -> Any:
                try:
                    return send()
                finally:
                    connections.close_all()

            return [future.result() for future in [pool.submit(one) for _ in range(20)]]

        yield run


def test_twenty_at_once_run_once(send: Callable[..., Any], twenty_at_once: Callable[..., list[Any]]) -> None:
    responses = twenty_at_once(lambda: send("k", {"a": 1}))
    assert {response.status_code for response in responses} == {201}
    assert len({response.content for response in responses}) == 1
    assert probes() == 1


def test_control_twenty_at_once_without_a_key_run_twenty_times(
    send: Callable[..., Any], twenty_at_once: Callable[..., list[Any]]
) -> None:
    twenty_at_once(lambda: send(None, {"a": 1}))
    assert probes() == 20


def test_who_waits_too_long_for_the_same_key_is_told_to_come_back(
    send: Callable[..., Any], user: User, owner_connection: psycopg.Connection
) -> None:
    with owner_connection.transaction():
        owner_connection.execute(
            "INSERT INTO web_idempotencykey (user_id, path, key, body_digest, content_type, location, body,"
            " patient_ids, viewed_what) VALUES (%s, %s, 'k', '', '', '', '', '[]', '')",
            [user.pk, PATH],
        )
        response = send("k")
        assert (response.status_code, response.headers["Retry-After"]) == (503, "3")
        raise psycopg.Rollback
    assert (send("k").status_code, probes()) == (201, 1)
