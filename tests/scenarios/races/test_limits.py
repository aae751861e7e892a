"""What comes at the same instant is counted whole; counted in two steps it is not."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pytest
from django.test import Client

from pht_clinic.people import tokens
from pht_clinic.web import counting
from pht_clinic.web.counting import ANYWHERE, Counter, Limit, Reached
from pht_clinic.web.models import GuessCount
from tests.clinic import Clinic
from tests.together import at_once

MANY = 50
LIMIT = Limit(20, 60)


def one_more(place: str) -> int:
    both = [Counter("somebody", place, LIMIT), Counter("somebody", ANYWHERE, LIMIT)]
    return counting.count(both)[1].number


def test_fifty_at_once_are_counted_whole_and_in_no_circle(clinic: Clinic) -> None:
    """Each place has a row of its own, and all of them share one."""
    done = at_once(*[partial(one_more, f"place {number % 5}") for number in range(MANY)])
    assert sorted(done) == list(range(1, MANY + 1))


def asked(clinic: Clinic) -> list[int]:
    """What fifty programs with one token are answered at the same instant."""
    secret = tokens.issue(clinic.users["reception"], days=1)
    clients = [Client(headers={"authorization": f"Bearer {secret}"}) for _ in range(MANY)]
    answers = at_once(*[partial(client.get, "/api/v1/rooms/") for client in clients])
    return sorted(answer.status_code for answer in answers)


def test_of_fifty_requests_at_once_exactly_as_many_as_may_are_answered(clinic: Clinic, settings: Any) -> None:
    settings.API_REQUESTS_A_MINUTE = LIMIT.most
    assert asked(clinic) == [200] * 20 + [429] * 30


def in_two_steps(wanted: Sequence[Counter], *, may_be_lost: bool = False) -> list[Reached]:
    """The control: looked at, and then written."""
    found = []
    for one in wanted:
        [number] = counting.counted(one.account, [one.place])
        values = {"guesses": number + 1, "ends_at": "2100-01-01T00:00Z"}
        GuessCount.objects.update_or_create(account=one.account, place=one.place, defaults=values)
        found.append(Reached(number + 1, number + 1 > one.limit.most, 60))
    return found


def test_control_counted_in_two_steps_more_are_answered(
    clinic: Clinic, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.API_REQUESTS_A_MINUTE = LIMIT.most
    monkeypatch.setattr(counting, "count", in_two_steps)
    for _ in range(10):
        if asked(clinic).count(200) > LIMIT.most:
            return
    pytest.fail("ten times as many as may were answered")
