"""How many requests a minute the API takes, of one token and from one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from django.test.utils import CaptureQueriesContext
from psycopg.errors import ReadOnlySqlTransaction

from pht_clinic.people import tokens
from pht_clinic.people.models import User
from pht_clinic.web import counting
from pht_clinic.web.models import GuessCount

pytestmark = pytest.mark.django_db
ROOMS = "/api/v1/rooms/"


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user("reception")


def program(user: User) -> Client:
    return Client(headers={"authorization": f"Bearer {tokens.issue(user, days=1)}"})


def asked(client: Client, times: int, **where: str) -> list[int]:
    return [client.get(ROOMS, **where).status_code for _ in range(times)]  # type: ignore[arg-type]


def test_one_token_has_its_number_and_another_its_own(user: User, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 3
    one, other = program(user), program(user)
    assert asked(one, 5) == [200, 200, 200, 429, 429]
    assert asked(other, 3) == [200] * 3


def test_it_says_when_to_come_again_in_the_form_of_every_refusal(user: User, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 1
    client = program(user)
    client.get(ROOMS)
    answer = client.get(ROOMS)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert 1 <= int(answer.headers["Retry-After"]) <= 61
    told = answer.json()
    assert (told["status"], told["type"]) == (429, "urn:pht-clinic:problem:throttled")
    assert told["detail"] == f"Too many requests in a minute. Try again in {answer.headers['Retry-After']} seconds."
    GuessCount.objects.update(ends_at=Now())
    assert client.get(ROOMS).status_code == 200


def test_a_block_of_addresses_has_a_number_for_all_tokens_wrong_ones_and_none(user: User, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE_FROM_ONE_PLACE = 4
    wrong = Client(headers={"authorization": "Bearer pht_wrong"})
    assert asked(program(user), 2, REMOTE_ADDR="203.0.113.1") == [200, 200]
    assert asked(wrong, 1, REMOTE_ADDR="203.0.113.2") == [401]
    assert asked(Client(), 1, REMOTE_ADDR="203.0.113.3") == [401]
    for client in (program(user), wrong, Client()):
        assert asked(client, 1, REMOTE_ADDR="203.0.113.4") == [429]
    assert asked(program(user), 1, REMOTE_ADDR="198.51.100.1") == [200]


def test_somebody_who_may_not_is_counted_too(make_user: Callable[..., User], settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 2
    assert asked(program(make_user()), 3) == [403, 403, 429]


def test_people_signed_in_are_counted_as_themselves(
    user: User, client_of: Callable[..., Client], settings: Any
) -> None:
    """Also in two browsers."""
    settings.API_REQUESTS_A_MINUTE = 2
    assert [*asked(client_of(user), 1), *asked(client_of(user), 2)] == [200, 200, 429]


def test_the_schema_is_counted_like_everything_else(user: User, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = 1
    client = program(user)
    assert [client.get("/api/v1/schema/").status_code for _ in range(2)] == [200, 429]


def test_counting_costs_one_statement_and_names_nobody(user: User) -> None:
    client = program(user)
    client.get(ROOMS)
    with CaptureQueriesContext(connection) as seen:
        client.get(ROOMS, REMOTE_ADDR="203.0.113.9")
    assert len([query for query in seen if "web_guesscount" in query["sql"]]) == 1
    assert "203.0.113" not in str(list(GuessCount.objects.values()))


def test_a_database_that_takes_no_changes_is_read_all_the_same(user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another failure of it is told as ever."""
    client = program(user)

    def fails(cause: Exception | None) -> int:
        def count(*wanted: object, **options: object) -> None:
            raise OperationalError from cause

        monkeypatch.setattr(counting, "count", count)
        return client.get(ROOMS).status_code

    assert fails(ReadOnlySqlTransaction()) == 200
    assert fails(None) == 503
