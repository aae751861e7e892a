"""What trials are played with: the clinic's processes, whole or with a guard taken out, and their clients."""

from __future__ import annotations

import http.client
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pht_clinic.demo import services
from pht_clinic.demo.processes import Child
from tests.together import at_once


def without(child: Child, guard: str | None) -> Child:
    """The same program, its guard patched out before it begins (`launch_without.py`)."""
    if guard is not None:
        child.command = [sys.executable, "-m", "tests.trials.launch_without", guard, *child.command[2:]]
    return child


@dataclass(frozen=True)
class Answer:
    """What came back; `seconds` from the first byte sent to the last one read."""

    status: int
    body: Any
    headers: Mapping[str, str]
    seconds: float
    raw: bytes = b""


@dataclass
class Web:
    """Gunicorn on a loopback port."""

    port: int
    child: Child
    log: Path

    def send(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        token: str = "",
        headers: Mapping[str, str] | None = None,
        come_from: str = "127.0.0.1",
    ) -> Answer:
        """One request over a connection of its own; `body` is JSON, or bytes sent as they are. `come_from` is an
        address of this machine.
        """
        named = {"Content-Type": "application/json", **(headers or {})}
        if token:
            named["Authorization"] = f"Bearer {token}"
        content = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        began = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60, source_address=(come_from, 0))
        try:
            with suppress(BrokenPipeError):  # what is too large is answered before all of it was read
                connection.request(method, path, content, named)
            response = connection.getresponse()
            raw = response.read()
        finally:
            connection.close()
        parsed = json.loads(raw) if "json" in response.headers.get("Content-Type", "") and raw else None
        return Answer(response.status, parsed, dict(response.headers), time.monotonic() - began, raw)

    def post(self, path: str, body: object, *, token: str, key: str = "") -> Answer:
        """A POST to the API; `path` after /api/v1/."""
        headers = {"Idempotency-Key": key} if key else None
        return self.send("POST", f"/api/v1/{path}", body, token=token, headers=headers)

    def all_at_once(self, sends: Sequence[Callable[[], Answer]]) -> list[Answer]:
        """The answers of clients that ask at the same instant."""
        answers = at_once(*sends)
        broken = [answer for answer in answers if not isinstance(answer, Answer) or answer.status == 500]
        assert not broken, (broken[0], self.child.last_words())
        return answers


@contextmanager
def web_server(
    folder: Path, *, guard: str | None = None, environment: Mapping[str, str] | None = None, is_dying: bool = False
) -> Iterator[Web]:
    """The clinic's web server for as long as the block lasts; `environment` in place of this process's own.

    `is_dying`: it can be told where to kill itself (`launch_dying.py`).
    """
    port = services.free_port()
    log = folder / f"web-{guard or 'whole'}.log"
    child = services.web(env=environment or os.environ, port=port, log=log, workers=2, threads=8)
    if is_dying:
        child.command = [sys.executable, "-m", "tests.trials.launch_dying", *child.command[2:]]
    child = without(child, guard)
    try:
        services.wait_for_web(child.start(), port=port)
        yield Web(port, child, log)
    finally:
        child.kill()  # nobody asks it anything more: it has nothing to put in order


@dataclass
class Workers:
    """Celery workers and beats of one trial; all of them end with it."""

    folder: Path
    broker_url: str
    environment: dict[str, str] = field(default_factory=lambda: dict(os.environ))
    children: list[Child] = field(default_factory=list)

    def worker(self, name: str = "worker", *, concurrency: int = 2, guard: str | None = None) -> Child:
        """Start one; `ready` waits for it."""
        log = self.folder / f"{name}.log"
        return self._start(
            without(services.worker(env=self.environment, log=log, concurrency=concurrency, name=name), guard)
        )

    def beat(self, name: str = "beat") -> Child:
        """Start one."""
        return self._start(services.beat(env=self.environment, log=self.folder / f"{name}.log"))

    def ready(self, child: Child, name: str = "worker") -> Child:
        """Wait until a worker takes tasks."""
        services.wait_for_worker(child, name=name)
        return child

    def stop(self) -> None:
        """End all of them at once: they keep nothing that must be put in order."""
        for child in reversed(self.children):
            child.kill()

    def _start(self, child: Child) -> Child:
        self.children.append(child)
        return child.start()


def wait_until(holds: Callable[[], object], *, seconds: float, what: str) -> float:
    """Poll until it holds; the seconds that took. Raises: AssertionError naming `what` when it never does."""
    began = time.monotonic()
    while not holds():
        assert time.monotonic() - began < seconds, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.02)
    return time.monotonic() - began


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` (0 to 1) of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
