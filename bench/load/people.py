"""More and more people of a morning, by locust: `python -m bench.load.people FILE`, in a process of its own.

FILE says who they are and which processes serve them; what each step found is printed as a line of JSON. The people
themselves are those of the trial of an hour (`tests/trials/morning.py`), and wait between two deeds as people do.
"""

from __future__ import annotations

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402 - after the patch
import sys  # noqa: E402
import time  # noqa: E402
from datetime import date  # noqa: E402
from http.cookiejar import Cookie  # noqa: E402
from itertools import count  # noqa: E402
from pathlib import Path  # noqa: E402
from random import Random  # noqa: E402
from typing import Any, Final  # noqa: E402

import gevent  # noqa: E402
from locust import between, task  # noqa: E402
from locust.contrib.fasthttp import FastHttpUser  # noqa: E402
from locust.env import Environment  # noqa: E402

from bench import cpu  # noqa: E402
from tests.trials import morning  # noqa: E402

SETTLE_SECONDS, STEP_SECONDS = 20, 40
THINK_SECONDS: Final = (3, 9)
TOO_SLOW_MS: Final = 300


class Playing(FastHttpUser):
    """Plays one kind of person in a browser of their own."""

    abstract = True
    wait_time = between(*THINK_SECONDS)
    kind: type[morning.Person]
    told: dict[str, Any]
    numbers = count()

    def on_start(self) -> None:
        number = next(self.numbers)
        self.person = self.kind(_world(self.told), self._send, Random(number))
        known = self.told["people"].get(self.kind.__name__, [])
        if isinstance(self.person, morning.Programme):
            self.person.token = known[number % len(known)]
        elif known:
            self.client.cookiejar.set_cookie(_cookie(*known[number % len(known)]))

    @task
    def deed(self) -> None:
        if self.kind is morning.Patient:
            self.client.cookiejar.clear()
        self.person.do()

    def _send(self, wanted: morning.Wanted) -> morning.Got:
        headers = {**wanted.headers, "Connection": "close"}  # as the proxy in front asks
        method = "GET" if wanted.is_read else "POST"
        with self.client.request(
            method, wanted.path, name=wanted.name, data=wanted.body, headers=headers, catch_response=True
        ) as answer:
            if answer.status_code in morning.ANSWERED:
                answer.success()
            else:
                answer.failure(f"{answer.status_code} {wanted.path}")
            path = (answer.url or "").partition("://")[2].partition("/")[2]
            return morning.Got(answer.status_code, answer.text or "", f"/{path}")


def _cookie(name: str, value: str) -> Cookie:
    of = {"port": None, "port_specified": False, "domain": "127.0.0.1", "domain_specified": False}
    rest = {"domain_initial_dot": False, "path": "/", "path_specified": True, "secure": False, "expires": None}
    return Cookie(0, name, value, **of, **rest, discard=True, comment=None, comment_url=None, rest={})  # type: ignore[arg-type]  # as Python says


def _world(told: dict[str, Any]) -> morning.World:
    lists = {name: tuple(told[name]) for name in ("patients", "names")}
    pairs = {name: tuple(map(tuple, told[name])) for name in ("people_and_rooms", "links")}
    return morning.World(
        today=date.fromisoformat(told["today"]), people=pairs["people_and_rooms"], links=pairs["links"], **lists
    )


def main(told: dict[str, Any]) -> None:
    """Step by step until the slowest in twenty is too slow."""
    kinds = [
        type(kind.__name__, (Playing,), {"kind": kind, "told": told, "weight": weight})
        for kind, weight in morning.MORNING.items()
    ]
    everything = Environment(user_classes=kinds, host=told["host"])
    runner = everything.create_local_runner()
    for people in told["steps"]:
        runner.start(people, spawn_rate=max(2, people / SETTLE_SECONDS * 2))
        gevent.sleep(SETTLE_SECONDS)
        everything.stats.clear_all()
        before, own, began = cpu.seconds_of(told["roots"]), time.process_time(), time.perf_counter()
        gevent.sleep(STEP_SECONDS)
        found = everything.stats.total
        step = {
            "people": people,
            "seconds": time.perf_counter() - began,
            "requests": found.num_requests,
            "failures": found.num_failures,
            "p50_ms": found.get_response_time_percentile(0.5),
            "p95_ms": found.get_response_time_percentile(0.95),
            "processor_s": cpu.seconds_of(told["roots"]) - before,
            "own_processor_s": time.process_time() - own,
            "reads": sum(one.num_requests for one in everything.stats.entries.values() if one.method == "GET"),
            "slowest": _slowest(everything),
            "errors": [f"{one.name}: {one.error}" for one in everything.stats.errors.values()][:5],
        }
        print(json.dumps(step), flush=True)
        if step["p95_ms"] > TOO_SLOW_MS:
            break
    runner.quit()


def _slowest(everything: Environment) -> list[tuple[str, int, float]]:
    """By name: how many, and p95 in ms."""
    found = [
        (one.name, one.num_requests, one.get_response_time_percentile(0.95))
        for one in everything.stats.entries.values()
    ]
    return sorted(found, key=lambda one: -one[2])[:6]


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
