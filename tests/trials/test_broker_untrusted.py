"""Whoever can write to the broker can neither end a worker nor have it do anything but beat's own calls.

A real worker; what is put before it comes from kombu's own writing hand, spoilt in one place, or from none at all. The
control takes the gate away: the first text that is no JSON ends the worker, and a message that tells it to stop does.
"""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from celery import Celery
from django.core.cache import cache

from pht_clinic.broker.dropped import dropped
from pht_clinic.broker.gate import NotOurs, check_call
from pht_clinic.broker.queues import IMPORTS, MESSAGES
from pht_clinic.celery import app
from pht_clinic.demo.valkey import ValkeyServer
from tests.trials.post import call_for_post
from tests.trials.staging import Workers, wait_until

KNOWN = {"scheduling.tasks.drain_outbox": MESSAGES}
LIMITS = (60, 55)
Message = dict[str, Any]


class Deed:
    """What a pickle does to whoever opens it."""

    def __reduce__(self) -> tuple[Callable[[str], object], tuple[str]]:
        return (__import__, ("antigravity",))


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def embed(**more: object) -> dict[str, object]:
    return {"callbacks": None, "errbacks": None, "chain": None, "chord": None, **more}


def pickled(message: Message) -> None:
    message["content-type"], message["body"] = (
        "application/x-python-serialize",
        base64.b64encode(pickle.dumps(Deed())).decode(),
    )


def within(part: str, **values: object) -> Callable[[Message], object]:
    return lambda message: message[part].update(values)


def body(value: object) -> Callable[[Message], object]:
    return lambda message: message.update(body=encoded(value))


SPOILT: dict[str, Callable[[Message], object]] = {
    "a pickle": pickled,
    "a pickle called JSON": lambda message: message.update(body=base64.b64encode(pickle.dumps(Deed())).decode()),
    "an unknown task": within("headers", task="os.system"),
    "a task that Celery itself brings": within("headers", task="celery.backend_cleanup"),
    "no name": within("headers", task=["scheduling.tasks.drain_outbox"]),
    "an argument": body([[1], {}, embed()]),
    "a named argument": body([[], {"now": "2026"}, embed()]),
    "a task to call afterwards": body([[], {}, embed(callbacks=[{"task": "x"}])]),
    "a task to call on an error": body([[], {}, embed(errbacks=[{"task": "x"}])]),
    "a body of another shape": body({"task": "x"}),
    "a body that is not base64": lambda message: message.update(body="%%%"),
    "no body": lambda message: message.pop("body"),
    "10 MB": body([["x" * 10_000_000], {}, embed()]),
    "10 MB of headers": within("headers", origin="x" * 10_000_000),
    "a time far ahead": within("headers", eta="2099-01-01T00:00:00+00:00"),
    "another limit": within("headers", timelimit=[10**9, 10**9]),
    "another try": within("headers", retries=3),
    "an end that is no time": within("headers", expires="soon"),
    "an id with a line break": within("headers", id="x\nERROR all is well"),
    "no tag": within("properties", delivery_tag=[]),
    "the queue of another task": within("properties", delivery_info={"exchange": "", "routing_key": IMPORTS}),
    "another way back": within("properties", delivery_info={"exchange": "", "routing_key": "elsewhere"}),
    "no headers": lambda message: message.pop("headers"),
    "no properties": lambda message: message.pop("properties"),
}
RAW: dict[str, bytes] = {
    "bytes": b"\xff\x00\xfe",
    "half a text": b'{"body": "',
    "a number": b"1",
    "nothing": b"null",
    "a list": b"[]",
    "an empty message": b"{}",
    "brackets": b"[" * 200_000,
}
KEPT = (b"\xff", b"null", b"[1]")
"""What a worker would find where messages lie whose worker vanished."""


def call_of_beats(broker: ValkeyServer) -> Message:
    """What beat's own call looks like in the broker; it is taken out again."""
    assert (app.conf.task_time_limit, app.conf.task_soft_time_limit) == LIMITS
    app.loader.import_default_modules()
    app.tasks["scheduling.tasks.drain_outbox"].apply_async(expires=5)
    with broker.client() as client:
        found = client.rpop(MESSAGES)
    assert isinstance(found, bytes)
    message: Message = json.loads(found)
    return message


def test_beats_own_call_passes_the_gate_and_each_that_is_spoilt_does_not(broker: ValkeyServer) -> None:
    whole = call_of_beats(broker)
    check_call(whole, known=KNOWN, limits=LIMITS)
    check_call({**whole, "headers": {**whole["headers"], "redelivered": True}}, known=KNOWN, limits=LIMITS)
    for what, spoil in SPOILT.items():
        message = json.loads(json.dumps(whole))
        spoil(message)
        with pytest.raises(NotOurs) as why:
            check_call(message, known=KNOWN, limits=LIMITS)
        assert len(str(why.value)) < 80, what


def test_what_is_not_beats_is_dropped_and_counted_and_the_worker_goes_on(
    workers: Workers, broker: ValkeyServer
) -> None:
    whole = call_of_beats(broker)
    worker = workers.ready(workers.worker())
    pid = worker.pid
    with broker.client() as client:
        for raw in RAW.values():
            client.lpush(MESSAGES, raw)
        for spoil in SPOILT.values():
            message = json.loads(json.dumps(whole))
            spoil(message)
            client.lpush(MESSAGES, json.dumps(message))
        for number, kept in enumerate(KEPT):
            client.hset("unacked", f"tag-{number}", kept)
            client.zadd("unacked_index", {f"tag-{number}": 1})
    expected = len(RAW) + len(SPOILT) + len(KEPT)
    wait_until(lambda: dropped() == expected, seconds=60, what=f"{expected} counted, not {dropped()}")
    with Celery(broker=broker.url) as stranger:
        stranger.control.shutdown()
        stranger.control.rate_limit("scheduling.tasks.drain_outbox", "1/h")
    with broker.client() as client:
        wait_until(lambda: not client.hlen("unacked"), seconds=30, what="what was kept unreadable is gone")
    cache.delete("outbox-tick")
    call_for_post()
    wait_until(lambda: cache.get("outbox-tick") is not None, seconds=30, what="a call of beat's own")
    assert worker.is_running()
    assert worker.pid == pid
    log = worker.log.read_text()
    assert "Traceback" not in log
    assert "x" * 100 not in log
    assert "antigravity" not in log
    assert "\nERROR all is well" not in log


@pytest.mark.full_trial
@pytest.mark.parametrize("way", ["not JSON", "told to stop"])
def test_control_without_the_gate_the_broker_ends_a_worker(workers: Workers, broker: ValkeyServer, way: str) -> None:
    worker = workers.ready(workers.worker(guard="broker-gate"))
    if way == "not JSON":
        with broker.client() as client:
            client.lpush(MESSAGES, RAW["bytes"])
        wait_until(lambda: not worker.is_running(), seconds=60, what="the end of the worker")
        return
    with Celery(broker=broker.url) as stranger:

        def is_told_and_ended() -> bool:
            """Told again each time: what is broadcast before the worker listens for it reaches nobody."""
            stranger.control.shutdown()
            return not worker.is_running()

        wait_until(is_told_and_ended, seconds=60, what="the end of the worker")


def test_the_tasks_that_beat_calls_take_no_argument() -> None:
    """The gate lets none through."""
    app.loader.import_default_modules()
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert app.tasks[entry["task"]].run.__code__.co_argcount == 0
        assert not entry.get("args")
        assert not entry.get("kwargs")
