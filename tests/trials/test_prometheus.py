"""Debian's Prometheus reads the clinic as documented, understands every rule and panel, and calls when it should.

Each alert fires on what it is about, and none on a quiet day: by `promtool`, which moves the clock. In `make trials`
only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import yaml
from django.conf import settings

from pht_clinic.demo import services
from pht_clinic.demo.processes import Child
from tests.clinic import Clinic
from tests.documents.markdown import ROOT, blocks_of
from tests.pht_clinic.watching.test_alerts import PANELS, RULES
from tests.trials.staging import Web, Workers, wait_until, web_server

needs_prometheus = pytest.mark.skipif(
    not (shutil.which("prometheus") and shutil.which("promtool")),
    reason="Prometheus is not installed here (Debian: apt install prometheus)",
)
pytestmark = [pytest.mark.full_trial, needs_prometheus]

ALERTS: Final = ROOT / "docs" / "running" / "watching" / "alerts.yml"
PAGE: Final = ROOT / "docs" / "running" / "watching.md"
TOKEN: Final = "a-long-enough-metrics-token"
DAYS: Final = 3 * 24 * 60
"""Minutes: as long as the alert that waits longest, and a day more."""
QUIET: Final = {
    'up{job="clinic"}': f"1x{DAYS}",
    'http_requests_total{route="home",method="GET",status="200"}': f"0+100x{DAYS}",
    'http_requests_total{route="home",method="GET",status="500"}': f"0+1x{DAYS}",
    'http_request_seconds_bucket{route="home",le="0.25"}': f"0+99x{DAYS}",
    'http_request_seconds_bucket{route="home",le="5"}': f"0+100x{DAYS}",
    'http_request_seconds_bucket{route="home",le="+Inf"}': f"0+100x{DAYS}",
    'database_busy_total{why="no answer"}': f"3x{DAYS}",
    'database_busy_total{why="lock"}': f"0+0.2x{DAYS}",
    'database_lock_seconds_bucket{le="0.1"}': f"0+10x{DAYS}",
    'database_lock_seconds_bucket{le="+Inf"}': f"0+10x{DAYS}",
    'database_connect_seconds_bucket{le="0.025"}': f"0+10x{DAYS}",
    'database_connect_seconds_bucket{le="+Inf"}': f"0+10x{DAYS}",
    "outbox_tick_age_seconds": f"5x{DAYS}",
    'task_wait_seconds_bucket{task="tick",le="1"}': f"0+12x{DAYS}",
    'task_wait_seconds_bucket{task="tick",le="+Inf"}': f"0+12x{DAYS}",
    "outbox_oldest_overdue_seconds": f"0+60x715 0x{DAYS}",
    'task_failures_total{task="tick"}': f"1x{DAYS}",
    "task_rows_failing": f"0x{DAYS}",
    'refused_overlaps_total{by="constraint"}': f"1x{DAYS}",
    'refused_overlaps_total{by="look"}': f"0+1x{DAYS}",
    "broker_messages_dropped": f"7x{DAYS}",
    "webhooks_pending": f"200x{DAYS}",
    "review_queue_oldest_seconds": f"259200x{DAYS}",
    "audit_months_missing": f"0x{DAYS}",
    "audit_entries_without_month": f"0x{DAYS}",
    "replica_answers": f"1x{DAYS}",
    "replica_behind_seconds": f"30x{DAYS}",
}
"""Whatever each alert looks at, minute by minute, up to the edge of what still is quiet."""
LOUD: Final[dict[str, dict[str, str]]] = {
    "ClinicDoesNotAnswer": {'up{job="clinic"}': f"0x{DAYS}"},
    "ManyErrors": {'http_requests_total{route="home",method="GET",status="500"}': f"0+3x{DAYS}"},
    "SlowAnswers": {
        'http_request_seconds_bucket{route="home",le="0.25"}': f"0+90x{DAYS}",
        'http_request_seconds_bucket{route="home",le="2.5"}': f"0+90x{DAYS}",
    },
    "DatabaseAway": {'database_busy_total{why="no answer"}': f"0+1x{DAYS}"},
    "LocksAreHeld": {'database_busy_total{why="lock"}': f"0+1x{DAYS}"},
    "ConnectionsAreSlow": {
        'database_connect_seconds_bucket{le="0.025"}': f"0x{DAYS}",
        'database_connect_seconds_bucket{le="3"}': f"0+10x{DAYS}",
    },
    "WorkerStands": {"outbox_tick_age_seconds": f"0+60x{DAYS}"},
    "WorkerIsBehind": {
        'task_wait_seconds_bucket{task="tick",le="1"}': f"0x{DAYS}",
        'task_wait_seconds_bucket{task="tick",le="30"}': f"0+12x{DAYS}",
    },
    "MessagesOverdue": {"outbox_oldest_overdue_seconds": f"0+60x{DAYS}"},
    "TasksFail": {'task_failures_total{task="tick"}': f"0+1x{DAYS}"},
    "ConstraintWasFirst": {'refused_overlaps_total{by="constraint"}': f"0+1x{DAYS}"},
    "ForeignMessages": {"broker_messages_dropped": f"0+1x{DAYS}"},
    "WebhooksPile": {"webhooks_pending": f"201x{DAYS}"},
    "ReviewWaitsLong": {"review_queue_oldest_seconds": f"200000+60x{DAYS}"},
    "TrailWithoutMonths": {"audit_entries_without_month": f"1x{DAYS}"},
    "ReplicaAway": {"replica_answers": f"0x{DAYS}"},
    "ReplicaLate": {"replica_behind_seconds": f"31x{DAYS}"},
}
"""What is otherwise in the days after which an alert must call."""
LABELS: Final = {
    "ClinicDoesNotAnswer": {"job": "clinic"},
    "TasksFail": {"task": "tick"},
    "ConstraintWasFirst": {"by": "constraint"},
    "DatabaseAway": {"why": "no answer"},
    "LocksAreHeld": {"why": "lock"},
}
"""What of a series its alert says too."""


# -- On which days it calls -------------------------------------------------------------------------------------------


def judged(folder: Path, series: dict[str, str], called: list[dict[str, Any]], alert: str) -> str:
    """What promtool says after such a day, "" where exactly these calls of that alert were out at its end."""
    written = {
        "rule_files": [str(ALERTS)],
        "evaluation_interval": "1m",
        "tests": [
            {
                "interval": "1m",
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "alert_rule_test": [{"eval_time": f"{DAYS}m", "alertname": alert, "exp_alerts": called}],
            }
        ],
    }
    path = folder / f"{alert}.yml"
    path.write_text(yaml.safe_dump(written), encoding="utf-8")
    done = subprocess.run(["promtool", "test", "rules", str(path)], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def call_of(rule: dict[str, Any]) -> dict[str, Any]:
    labels = {**rule["labels"], **LABELS.get(rule["alert"], {})}
    return {"exp_labels": labels, "exp_annotations": rule["annotations"]}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_it_calls_on_the_day_that_it_is_about_and_on_no_quiet_one(rule: dict[str, Any], tmp_path: Path) -> None:
    alert = rule["alert"]
    assert judged(tmp_path, QUIET, [], alert) == ""
    assert judged(tmp_path, QUIET | LOUD[alert], [call_of(rule)], alert) == ""


def test_each_alert_has_its_day() -> None:
    assert set(LOUD) == {rule["alert"] for rule in RULES}


def test_a_call_that_does_not_come_is_found(tmp_path: Path) -> None:
    """Control."""
    [rule] = [one for one in RULES if one["alert"] == "WebhooksPile"]
    assert "exp:" in judged(tmp_path, QUIET, [call_of(rule)], "WebhooksPile")


# -- As it runs -------------------------------------------------------------------------------------------------------


def asked(port: int, path: str, **query: str) -> Any:
    with urlopen(f"http://127.0.0.1:{port}/api/v1/{path}?{urlencode(query)}", timeout=10) as answer:
        return json.load(answer)["data"]


@contextmanager
def prometheus(web_port: int, folder: Path, *, token: str = TOKEN) -> Iterator[int]:
    """It scrapes by the block of the page, each second; only the scheme, places and the pace are others. Its port."""
    documented = next(one for one in blocks_of(PAGE) if "scrape_configs" in one.text)
    wanted = yaml.safe_load(documented.text)
    [job] = wanted["scrape_configs"]
    (folder / "token").write_text(token, encoding="utf-8")
    job |= {
        "scheme": "http",
        "authorization": {"credentials_file": str(folder / "token")},
        "static_configs": [{"targets": [f"127.0.0.1:{web_port}"]}],
    }
    wanted |= {"global": {"scrape_interval": "1s", "evaluation_interval": "1s"}, "rule_files": [str(ALERTS)]}
    (folder / "prometheus.yml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
    port = services.free_port()
    command = [
        "prometheus",
        f"--config.file={folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={folder / 'series'}",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    child = Child("prometheus", command, env=dict(os.environ), log=folder / "prometheus.log")
    child.start()
    try:
        yield port
    finally:
        child.stop()


@pytest.fixture
def web(clinic: Clinic, tmp_path: Path) -> Iterator[Web]:
    counts = tmp_path / "counts"
    counts.mkdir()
    named = {"METRICS_TOKEN": TOKEN, "METRICS_FOLDER": str(counts)}
    with web_server(tmp_path, environment={**os.environ, **named}) as running:
        yield running


def settled(port: int, holds: Callable[[], object], *, seconds: float, what: str) -> float:
    """Once Prometheus itself answers."""

    def is_so() -> object:
        try:
            return holds()
        except OSError:
            return False

    return wait_until(is_so, seconds=seconds, what=f"{what} (port {port})")


def health(port: int) -> str:
    targets = asked(port, "targets")["activeTargets"]
    return targets[0]["health"] if targets else "unknown"


def value_of(port: int, series: str) -> float:
    """Infinite where there is none."""
    found = asked(port, "query", query=series)["result"]
    return float(found[0]["value"][1]) if found else float("inf")


def evaluated(port: int) -> list[dict[str, Any]]:
    """The rules, as Prometheus last found them."""
    return [one for group in asked(port, "rules")["groups"] for one in group["rules"]]


def calling(port: int) -> list[str]:
    return [one["labels"]["alertname"] for one in asked(port, "alerts")["alerts"]]


def asks_every_panel(port: int) -> None:
    """A query that it does not understand is an error of HTTP."""
    for panel in PANELS:
        for target in panel["targets"]:
            asked(port, "query", query=target["expr"].replace("$__rate_interval", "1m"))


def test_it_reads_the_clinic_and_understands_every_rule_and_panel(web: Web, workers: Workers, tmp_path: Path) -> None:
    workers.ready(workers.worker())
    workers.beat()
    with prometheus(web.port, tmp_path) as port:
        settled(port, lambda: health(port) == "up", seconds=30, what="the clinic is scraped")
        settled(port, lambda: {one["health"] for one in evaluated(port)} == {"ok"}, seconds=30, what="all evaluated")
        assert {one["name"] for one in evaluated(port)} == set(LOUD)
        settled(port, lambda: value_of(port, "outbox_tick_age_seconds") < 30, seconds=60, what="the tick is known")
        asks_every_panel(port)
        assert value_of(port, f'clinic_info{{version="{settings.VERSION}",job="clinic"}}') == 1
        web.child.kill()
        settled(port, lambda: "ClinicDoesNotAnswer" in calling(port), seconds=30, what="its silence is noticed")


def test_a_wrong_token_is_seen_as_down(web: Web, tmp_path: Path) -> None:
    """Control: the page is not open to whoever asks."""
    with prometheus(web.port, tmp_path, token="another") as port:
        settled(port, lambda: health(port) == "down", seconds=30, what="it is refused")
        assert "401" in asked(port, "targets")["activeTargets"][0]["lastError"]
