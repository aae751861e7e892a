"""What is read aside comes from the replica while it shows all there was, else from the primary; never late.

A real one that streams. Each way in which it fails has its control: the same read without the rule.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace

import psycopg
import pytest
from django.conf import settings
from django.db import OperationalError, connection, connections, transaction

from pht_clinic.demo.postgresql import PostgresServer
from pht_clinic.replica import reading, standing
from pht_clinic.replica.reading import look, read_aside
from pht_clinic.replica.scope import REPLICA, alias_to_read
from pht_clinic.replica.scope import reading as block_of
from pht_clinic.watching.counts import COUNTED
from pht_clinic.web.models import Tally
from tests.standby import Standby

WRITES = 20


def outcomes() -> dict[str, float]:
    """How often each was counted so far."""
    found = next(one for one in COUNTED.collect() if one.name == "replica_reads")
    return {one.labels["outcome"]: one.value for one in found.samples if one.name.endswith("_total")}


def counted_since(before: dict[str, float]) -> dict[str, float]:
    """What was counted since, without what was not."""
    return {name: n - before.get(name, 0) for name, n in outcomes().items() if n != before.get(name, 0)}


def number() -> int | None:
    """What stands in the row that these tests write; None before the first time."""
    return Tally.objects.filter(name="aside").values_list("number", flat=True).first()


def write(value: int) -> None:
    """Committed at once."""
    Tally.objects.update_or_create(name="aside", defaults={"number": value})


def without_the_rule(read: Callable[[], object]) -> object:
    """The control: whatever the replica shows."""
    with block_of(REPLICA):
        return read()


def test_what_was_just_written_is_read_and_the_replica_answers(replica: Standby) -> None:
    before = outcomes()
    seen = []
    for value in range(WRITES):
        write(value)
        seen.append(read_aside(number))
    assert seen == list(range(WRITES))
    assert counted_since(before).get("replica", 0) >= WRITES // 2, counted_since(before)


def test_a_late_one_is_not_read_and_not_asked_again_at_once(replica: Standby) -> None:
    write(1)
    assert read_aside(number) == 1
    replica.pause()
    write(2)
    before = outcomes()
    assert [read_aside(number) for _ in range(5)] == [2] * 5
    assert counted_since(before) == {"late": 1, "resting": 4}
    assert without_the_rule(number) == 1, "the control sees what is no more"


def test_once_it_has_caught_up_it_is_read_again(replica: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    replica.pause()
    write(3)
    assert read_aside(number) == 3
    replica.resume()
    monkeypatch.setattr(reading, "_rests_until", 0.0)
    before = outcomes()
    assert read_aside(number) == 3
    assert counted_since(before) == {"replica": 1}


def test_whoever_has_written_in_this_transaction_reads_there(replica: Standby) -> None:
    """Unless it said that what it holds is nothing that is looked for, as an export's own row."""
    write(1)
    with transaction.atomic():
        assert read_aside(number) == 1
        Tally.objects.filter(name="aside").update(number=7)
        assert read_aside(number) == 7
        assert read_aside(number, holds_locks=True) == 1
        transaction.set_rollback(True)


def test_one_that_was_frozen_keeps_nobody_waiting(replica: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines are open and say nothing. A new one is given up after 2 s."""
    write(4)
    assert read_aside(number) == 4
    before = outcomes()
    with replica.frozen():
        for is_kept, most in ((True, reading.LOOK_SECONDS), (False, 2)):
            monkeypatch.setattr(reading, "_rests_until", 0.0)
            began = time.monotonic()
            assert read_aside(number) == 4
            assert time.monotonic() - began < most + 2, "kept line" if is_kept else "new line"
    assert counted_since(before) == {"away": 2}


def test_one_that_freezes_in_the_middle_is_hung_up_on(replica: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "READ_SECONDS", 1.0)
    write(5)
    with ExitStack() as stack:

        def read() -> int | None:
            if alias_to_read() == REPLICA:
                stack.enter_context(replica.frozen())
            return number()

        before, began = outcomes(), time.monotonic()
        assert read_aside(read) == 5
        assert time.monotonic() - began < 4
        assert counted_since(before) == {"away": 1}


def test_one_that_goes_away_in_the_middle_costs_nothing_but_time(replica: Standby) -> None:
    """As when it is shut down, or when what it replays takes away the rows that are being read."""
    write(5)
    asked = []

    def read_slowly() -> int | None:
        alias = "default" if asked else REPLICA
        asked.append(alias)
        if alias == REPLICA:
            with connections[REPLICA].cursor() as cursor:
                cursor.execute("SELECT pg_backend_pid()")
                replica.tell(f"SELECT pg_terminate_backend({cursor.fetchone()[0]})")
        return number()

    before = outcomes()
    assert read_aside(read_slowly) == 5
    assert asked == [REPLICA, "default"]
    assert counted_since(before) == {"away": 1}


def test_one_that_is_stopped_is_not_asked_for_some_seconds(replica: Standby) -> None:
    write(6)
    replica.stop()
    try:
        before = outcomes()
        assert [read_aside(number) for _ in range(20)] == [6] * 20
        assert counted_since(before) == {"away": 1, "resting": 19}
        found = look()
        assert found is not None
        assert not found.answers
    finally:
        replica.start()


def test_a_promoted_one_is_never_read(named: None) -> None:
    """It takes changes of its own from then on. The setting leads to a primary, which is what it is by then."""
    write(7)
    before = outcomes()
    assert read_aside(number) == 7
    assert counted_since(before) == {"no replica": 1}


@pytest.mark.parametrize("other", [{"timeline": "0000000F"}, {"cluster": 5}], ids=["timeline", "cluster"])
def test_a_copy_of_something_else_is_never_read(
    replica: Standby, monkeypatch: pytest.MonkeyPatch, other: dict[str, object]
) -> None:
    """A former primary that was started as a replica has the place in the log, but not that log."""
    write(8)
    of_now = standing.present
    monkeypatch.setattr(standing, "present", lambda: replace(of_now(), **other))
    before = outcomes()
    assert read_aside(number) == 8
    assert counted_since(before) == {"no replica": 1}


def test_a_primary_that_is_none_yet_is_asked_itself(replica: Standby, monkeypatch: pytest.MonkeyPatch) -> None:
    """While DATABASE_URL leads to a replica that is about to be promoted."""
    write(9)
    replica_says = connections[REPLICA]
    with monkeypatch.context() as patched:
        patched.setattr(standing, "PRIMARY", REPLICA)
        found = standing.present()
    assert replica_says is connections[REPLICA]
    assert (found.position, found.timeline) == (None, None)
    monkeypatch.setattr(standing, "present", lambda: found)
    before = outcomes()
    assert read_aside(number) == 9
    assert counted_since(before) == {"own writes": 1}


def test_an_error_of_the_primary_is_the_primarys(replica: Standby) -> None:
    """Nobody is told what is not so: it is asked again, and then fails as it would without a replica."""

    def read() -> object:
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = 1")
            try:
                cursor.execute("SELECT pg_sleep(1)")
            finally:
                connection.close()

    with pytest.raises(OperationalError):
        read_aside(read)


def test_those_who_watch_see_how_far_it_is_behind(replica: Standby) -> None:
    from pht_clinic.web.health import replica_answers, replica_behind

    write(10)
    replica.pause()
    write(11)
    time.sleep(0.1)
    assert replica_answers() == 1.0
    assert 0.0 < (replica_behind() or 0.0) < 60
    replica.resume()
    until = time.monotonic() + 10
    while replica_behind() != 0.0:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_without_a_replica_there_is_no_figure_and_nothing_is_asked(committed_db: None) -> None:
    from pht_clinic.web.health import replica_answers, replica_behind

    assert REPLICA not in settings.DATABASES
    assert (replica_answers(), replica_behind()) == (None, None)
    with connection.execute_wrapper(lambda execute, sql, *rest: asked.append(sql) or execute(sql, *rest)):
        asked: list[str] = []
        read_aside(number)
    assert len(asked) == 1


def test_the_application_may_ask_how_far_both_are(postgres: PostgresServer, django_db_setup: None) -> None:
    """Nothing of it needs more than any role may."""
    with psycopg.connect(postgres.url("pht_app"), autocommit=True) as application:
        assert application.execute(standing._OF_PRIMARY).fetchone() is not None
