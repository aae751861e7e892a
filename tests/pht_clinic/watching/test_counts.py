"""What is counted is counted once, by names of the code, and added up over all processes."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import Client, RequestFactory
from structlog.contextvars import get_contextvars

from injections.assessment.verdict import FINDINGS
from injections.review.queue import oldest_seconds
from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.audit.request_id import request_id
from pht_clinic.broker.task import ReadingTask
from pht_clinic.celery import app
from pht_clinic.demo import services
from pht_clinic.demo.processes import Child
from pht_clinic.demo.valkey import ValkeyServer
from pht_clinic.errors import Busy
from pht_clinic.people.actors import SYSTEM
from pht_clinic.watching import counts
from pht_clinic.watching.requests import CountedRequests
from scheduling.diary.locks import use_case
from scheduling.diary.places import Clash
from tests.clinic import Clinic, local
from tests.documents.markdown import ROOT

TOKEN: Final = "a-long-enough-metrics-token"


def value(name: str, **labels: str) -> float:
    """What stands on the page of this process now; 0 for what was never counted."""
    return counts.COUNTED.get_sample_value(name, labels) or 0.0


# -- Requests ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_route_is_counted_by_its_name_and_never_by_its_address() -> None:
    asked = {"route": "patient-link", "method": "GET", "status": "404"}
    before, timed = value("http_requests_total", **asked), value("http_request_seconds_count", route="patient-link")
    Client().get("/p/a-key-that-nobody-has/")
    assert value("http_requests_total", **asked) == before + 1
    assert value("http_request_seconds_count", route="patient-link") == timed + 1
    assert b"a-key-that-nobody-has" not in counts.counts()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/zqann-lee", "/zqann%00lee", "/static/zqann-lee.css"], ids=["none", "refused", "file"]
)
def test_an_address_that_there_is_not_adds_no_label(path: str) -> None:
    Client().get(path)
    assert b"zqann" not in counts.counts()


def test_a_method_that_somebody_made_up_adds_no_label() -> None:
    request = RequestFactory().generic("ANN-LEE", "/")
    CountedRequests(lambda _: HttpResponse(status=405))(request)
    assert value("http_requests_total", route="none", method="other", status="405") >= 1
    assert b"ANN" not in counts.counts()


# -- Acts --------------------------------------------------------------------------------------------------------------


def test_a_place_that_is_taken_counts_once_where_the_look_saw_it(clinic: Clinic) -> None:
    start = local("2026-03-10", "09:00")
    clinic.book(clinic.fit_patient("Able"), start)
    before = [value("refused_overlaps_total", by=by) for by in ("look", "constraint")]
    with pytest.raises(Clash):
        clinic.book(clinic.fit_patient("Baker"), start)
    assert [value("refused_overlaps_total", by=by) for by in ("look", "constraint")] == [before[0] + 1, before[1]]


def test_what_the_constraint_alone_saw_counts_apart(clinic: Clinic) -> None:
    first = clinic.book(clinic.fit_patient("Able"), local("2026-03-10", "09:00")).appointment
    second = clinic.book(clinic.fit_patient("Baker"), local("2026-03-10", "11:00")).appointment
    assert first is not None
    assert second is not None
    before = value("refused_overlaps_total", by="constraint")
    times = type(first).objects.values("start_at", "end_at", "during", "room_during").get(pk=first.pk)
    with pytest.raises(Clash), use_case():
        type(second).objects.filter(pk=second.pk).update(**times)
    assert value("refused_overlaps_total", by="constraint") == before + 1


def test_a_use_case_times_its_locks(clinic: Clinic) -> None:
    before = value("database_lock_seconds_count")
    clinic.book(clinic.fit_patient(), local("2026-03-10", "09:00"))
    assert value("database_lock_seconds_count") > before


@pytest.mark.django_db
def test_who_waits_too_long_for_a_lock_counts() -> None:
    before = value("database_busy_total", why="lock")
    with pytest.raises(Busy), use_case(), connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE SQLSTATE '55P03'; END $$")
    assert value("database_busy_total", why="lock") == before + 1


@pytest.mark.django_db
def test_a_new_connection_is_timed() -> None:
    before = value("database_connect_seconds_count")
    connection.get_new_connection(connection.get_connection_params()).close()
    assert value("database_connect_seconds_count") == before + 1


def test_findings_count_by_rule_once_they_are_stored(clinic: Clinic, django_capture_on_commit_callbacks: Any) -> None:
    patient = clinic.patient("Able")
    with django_capture_on_commit_callbacks(execute=True):
        outcome = clinic.book(patient, local("2026-03-10", "09:00"))
    found = outcome.assessment.findings
    assert found
    for finding in found:
        labels = {"rule": finding["rule"], "severity": finding["severity"]}
        assert FINDINGS.labels(**labels)._value.get() >= 1


def test_findings_of_what_was_rolled_back_do_not_count(clinic: Clinic, django_capture_on_commit_callbacks: Any) -> None:
    patient = clinic.patient("Able")
    before = counts.counts()
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        clinic.book(patient, local("2026-03-10", "09:00"))
        transaction.set_rollback(True)
    assert _findings(counts.counts()) == _findings(before)


def _findings(page: bytes) -> list[bytes]:
    return [line for line in page.splitlines() if line.startswith(b"findings_total")]


# -- Gauges ------------------------------------------------------------------------------------------------------------


def test_the_queue_is_as_old_as_what_has_waited_longest_for_a_radiologist(clinic: Clinic, clock_offset: Any) -> None:
    from pht_clinic import clock

    assert oldest_seconds() == 0
    clinic.book(clinic.fit_patient("Clear"), local("2026-03-10", "11:00"))
    assert oldest_seconds() == 0
    patient = clinic.fit_patient("Able")
    clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
    clinic.earlier_injection(patient, "2025-11-20")
    waits = clinic.book(patient, local("2026-03-10", "09:00")).assessment
    assert waits is not None
    assert waits.waiting_for == "review"
    clock_offset.advance((waits.at + timedelta(hours=5) - clock.now()).total_seconds())
    assert 5 * 3600 - 5 < oldest_seconds() < 5 * 3600 + 60


# -- Tasks -------------------------------------------------------------------------------------------------------------


def test_a_task_that_fails_counts_as_failed(settings: Any) -> None:
    task = _task("tests.fails")
    before = value("task_failures_total", task="tests.fails")
    with pytest.raises(ZeroDivisionError):
        task()
    assert value("task_failures_total", task="tests.fails") == before + 1
    assert value("task_seconds_count", task="tests.fails") >= 1


class Fails(ReadingTask):
    def run(self) -> None:
        raise ZeroDivisionError


class Notes(ReadingTask):
    def run(self) -> dict[str, Any]:
        record("sealed", by=SYSTEM, now=local("2026-03-10"), patients=[], subject="")
        return get_contextvars()


def _task(name: str, kind: type[ReadingTask] = Fails) -> ReadingTask:
    kind.bind(app)
    task = kind()
    task.name = name
    return task


@pytest.mark.django_db
def test_what_a_task_does_has_the_id_of_its_call_on_the_trail() -> None:
    """And in each line that it logs; afterwards neither stands any more."""
    task, call = _task("tests.notes", Notes), "01234567-89ab-4def-8123-456789abcdef"
    known = request_id.get()
    task.push_request(id=call)
    try:
        assert task() == {"task": "tests.notes"}
    finally:
        task.pop_request()
    assert Entry.objects.latest("pk").request_id == call
    assert (request_id.get(), get_contextvars()) == (known, {})


# -- All processes together --------------------------------------------------------------------------------------------


def in_a_process(code: str, folder: Path) -> str:
    """What a process says that counts in this folder, and then ends."""
    environment = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(folder)}
    given = "from pht_clinic.watching.counts import *\nfrom pht_clinic.watching.counts import counts, fold_ended\n"
    run = subprocess.run(
        [sys.executable, "-c", given + code], env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_what_an_ended_process_counted_is_kept_and_its_file_goes(tmp_path: Path) -> None:
    for number in (1, 2):
        in_a_process(f"OVERLAPS.labels('look').inc({number}); LOCK_SECONDS.observe(0.3)", tmp_path)
    files = len(list(tmp_path.glob("*.db")))
    assert files == 4
    before = in_a_process("print(counts().decode())", tmp_path)
    assert 'refused_overlaps_total{by="look"} 3.0' in before
    gone = in_a_process("print(fold_ended(limit=1), fold_ended(limit=1000), fold_ended(limit=1000))", tmp_path)
    assert gone.split()[0] == "1"
    after = in_a_process("print(counts().decode())", tmp_path)
    assert 'refused_overlaps_total{by="look"} 3.0' in after
    assert "database_lock_seconds_count 2.0" in after
    assert 'database_lock_seconds_bucket{le="0.5"} 2.0' in after
    assert {path.stem.rpartition("_")[0] for path in tmp_path.glob("*_0.db")} == {"counter", "histogram"}


def test_a_process_that_still_runs_keeps_its_file(tmp_path: Path) -> None:
    said = in_a_process("OVERLAPS.labels('look').inc(); print(fold_ended(limit=1000))", tmp_path)
    assert said.split() == ["0"]


def test_without_a_folder_there_is_nothing_to_fold() -> None:
    assert counts.shared_folder() is None
    assert counts.fold_ended(limit=1000) == 0


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("metrics", "METRICS_FOLDER must be an absolute path: no process knows where another stands: 'metrics'."),
        ("/proc/metrics", "METRICS_FOLDER cannot be made: '/proc/metrics'."),
    ],
    ids=["relative", "nowhere"],
)
def test_a_folder_that_cannot_be_stops_the_start_where_it_is_used(folder: str, sentence: str) -> None:
    for token, is_refused in ((TOKEN, True), ("", False)):
        run = subprocess.run(
            [sys.executable, "-c", "import django; django.setup()"],
            env={**os.environ, "METRICS_TOKEN": token, "METRICS_FOLDER": folder},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
        )
        assert (sentence in run.stderr) is is_refused
        assert (run.returncode != 0) is is_refused


def ask(port: int, path: str) -> str:
    """By a connection of its own, so that any of the processes may answer."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        asked.request("GET", path, headers={"Authorization": f"Bearer {TOKEN}"})
        answer = asked.getresponse()
        assert answer.status == 200
        return answer.read().decode()
    finally:
        asked.close()


@pytest.mark.full_trial(one_in=2)
@pytest.mark.usefixtures("committed_db", "celery_beat_process")
def test_whichever_process_answers_says_the_counts_of_all(broker: ValkeyServer, tmp_path: Path) -> None:
    """Two processes of gunicorn, and a worker with two; what both log is JSON, as in a clinic."""
    folder, port = tmp_path / "metrics", services.free_port()
    env = {**os.environ, "METRICS_TOKEN": TOKEN, "METRICS_FOLDER": str(folder), "LOG_FORMAT": "json"}
    web = services.web(env=env, port=port, log=tmp_path / "web.log")
    worker = services.worker(env=env, log=tmp_path / "counted.log")
    try:
        services.wait_for_web(web.start(), port=port)
        services.wait_for_worker(worker.start())
        wanted = 'http_requests_total{method="GET",route="healthz",status="200"}'
        began = figure(ask(port, "/metrics"), wanted)
        for _ in range(60):
            ask(port, "/healthz")
        said = [figure(ask(port, "/metrics"), wanted) for _ in range(6)]
        assert said == [began + 60] * 6
        assert len(list(folder.glob("counter_*.db"))) > 1
        task = 'task="scheduling.tasks.drain_outbox"'
        wait_for(lambda: figure(ask(port, "/metrics"), f"task_seconds_count{{{task}}}") >= 1, worker)
        page = ask(port, "/metrics")
        waited = figure(page, f"task_wait_seconds_sum{{{task}}}") / figure(page, f"task_wait_seconds_count{{{task}}}")
        assert 0 <= waited < 5
        assert figure(page, "outbox_tick_age_seconds") < 60
        for said in (web.said(), worker.said()):
            lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
            assert {"at", "level", "logger", "event"} <= set.intersection(*map(set, lines))
            assert not re.search(r"^\d{4}-\d\d-\d\dT", said, re.M)
    finally:
        web.stop()
        worker.kill()


def figure(page: str, name: str) -> float:
    return next((float(line.split()[-1]) for line in page.splitlines() if line.startswith(f"{name} ")), 0.0)


def wait_for(is_so: Any, child: Child) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, child.said()
        time.sleep(0.5)
