"""Every task waits in a queue, and every queue has somebody who takes it: on one machine, and on two as documented."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pytest

from pht_clinic.broker.queues import EXPORTS, IMPORTS, MESSAGES, QUEUE_OF, QUEUES
from pht_clinic.celery import app
from pht_clinic.demo.valkey import ValkeyServer
from tests.documents.markdown import ROOT
from tests.trials.staging import Workers, wait_until

RUNNING: Final = ROOT / "docs" / "running"
TOLD: Final = re.compile(r"^Environment=CELERY_WORKER_QUEUES=(\S+)$", re.MULTILINE)


def test_every_task_has_a_queue_that_there_is() -> None:
    app.loader.import_default_modules()
    ours = {name for name in app.tasks if not name.startswith("celery.")}
    assert set(QUEUE_OF) == ours == {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert set(QUEUE_OF.values()) == set(QUEUES)
    assert {name: app.amqp.router.route({}, name)["queue"].name for name in ours} == dict(QUEUE_OF)


def missing(machines: Iterable[str]) -> set[str]:
    """The queues that none of these lists of names, commas between, has."""
    return set(QUEUES) - {queue for one in machines for queue in one.split(",")}


def test_the_documented_machines_take_every_queue_between_them() -> None:
    """The control is one of them alone. The unit itself names no queue: that of one machine takes all."""
    machines = TOLD.findall((RUNNING / "deploy.md").read_text(encoding="utf-8"))
    assert len(machines) == 2
    assert missing(machines) == set()
    assert all(missing([one]) for one in machines)
    unit = (RUNNING / "systemd" / "clinic-worker.service").read_text(encoding="utf-8")
    [command] = re.findall(r"^ExecStart=(.*)$", unit, re.MULTILINE)
    assert not {"-Q", "--queues", "-X", "--exclude-queues"} & set(shlex.split(command))
    assert TOLD.findall(unit) == []
    assert set(app.amqp.queues.consume_from) == set(QUEUES)


@pytest.fixture
def workers(committed_db: None, broker: ValkeyServer, tmp_path: Path) -> Iterator[Workers]:
    """Where workers are started; they end with the test."""
    started = Workers(tmp_path, broker.url)
    try:
        yield started
    finally:
        started.stop()


def waits(broker: ValkeyServer) -> dict[str, int]:
    """How many calls lie in each queue."""
    with broker.client() as client:
        return {queue: int(client.llen(queue)) for queue in (MESSAGES, EXPORTS, IMPORTS)}


def test_a_worker_takes_the_queues_that_its_environment_names_and_one_without_takes_all(
    workers: Workers, broker: ValkeyServer
) -> None:
    """The file of the documented second machine; then the unit as it is."""
    app.loader.import_default_modules()
    given = TOLD.findall((RUNNING / "deploy.md").read_text(encoding="utf-8"))[1]
    assert set(given.split(",")) == {EXPORTS, IMPORTS}
    for queue in (MESSAGES, EXPORTS, IMPORTS):
        app.tasks[next(name for name, its in QUEUE_OF.items() if its == queue)].apply_async(expires=600)
    assert waits(broker) == {MESSAGES: 1, EXPORTS: 1, IMPORTS: 1}
    workers.environment = {**os.environ, "CELERY_WORKER_QUEUES": given}
    workers.worker("second")
    wait_until(lambda: waits(broker) == {MESSAGES: 1, EXPORTS: 0, IMPORTS: 0}, seconds=30, what="two queues empty")
    workers.environment = dict(os.environ)
    workers.worker("first")
    wait_until(lambda: waits(broker)[MESSAGES] == 0, seconds=30, what="the third queue empty")


def test_a_queue_that_there_is_not_stops_a_worker() -> None:
    """Misspelt it would stand and take nothing."""
    command = [sys.executable, "-m", "celery", "--app", "pht_clinic", "worker", "--pool", "solo"]
    environment = {**os.environ, "CELERY_WORKER_QUEUES": "export"}
    started = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert started.returncode != 0
    assert "export" in started.stderr
