"""The alert rules and the dashboard name series that there are, and each alert says where to read on."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
import yaml

import pht_clinic.urls  # noqa: F401 - what is counted is known once what `/metrics` stands beside is loaded
from pht_clinic.watching.counts import COUNTED
from pht_clinic.web.metrics import names_of_gauges
from tests.documents.markdown import ROOT, anchors_of

FOLDER: Final = ROOT / "docs" / "running" / "watching"
RULES: Final[list[dict[str, Any]]] = [
    rule
    for group in yaml.safe_load((FOLDER / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    for rule in group["rules"]
]
PANELS: Final[list[dict[str, Any]]] = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))["panels"]
EXPRESSIONS: Final = {rule["alert"]: rule["expr"] for rule in RULES} | {
    panel["title"]: target["expr"] for panel in PANELS for target in panel["targets"]
}
ENDINGS: Final = {"counter": ("_total",), "histogram": ("_bucket", "_sum", "_count")}
OPERATORS: Final = {"or", "and", "unless"}
OF_PROMETHEUS: Final = {"up": {"job"}}
"""What Prometheus says itself of whoever it scrapes."""


def series() -> dict[str, set[str]]:
    """Every series that the product can have, with its labels."""
    found = {name: set[str]() for name in names_of_gauges()} | OF_PROMETHEUS
    for collector in COUNTED._collector_to_names:
        [family] = collector.describe()
        labels = {*collector._labelnames, *(["le"] if family.type == "histogram" else [])}  # type: ignore[attr-defined]
        found |= {f"{family.name}{ending}": labels for ending in ENDINGS[family.type]}
    return found


def named(expression: str) -> Iterator[tuple[str, set[str]]]:
    """Each series that an expression names, with the labels that it asks of it: those in its braces, and those that
    the whole is summed by.
    """
    summed = {label for found in re.findall(r"\bby \(([^)]*)\)", expression) for label in re.split(r", *", found)}
    left = re.sub(r"\bby \([^)]*\)", "", expression)
    for name, _, braces in re.findall(
        r"([a-zA-Z_]\w*)\b(?!\s*\()(\{([^}]*)\})?", re.sub(r"\[\w+\]|\"[^\"]*\"", "", left)
    ):
        if name not in OPERATORS:
            yield name, summed | set(re.findall(r"(\w+)\s*[=!]", braces))


def wrong(expression: str) -> list[str]:
    """Names that there are not, and labels that a name does not have."""
    known, problems = series(), []
    found = [(name, asked) for name, asked in named(expression)]
    for name, asked in found:
        if name not in known:
            problems.append(name)
        # in "a or b" each has its own sum: a label is missed where none of the names has it
        problems += [label for label in asked if not any(label in known.get(one, ()) for one, _ in found)]
    return problems


@pytest.mark.parametrize("what", EXPRESSIONS)
def test_every_series_that_a_file_names_exists_with_its_labels(what: str) -> None:
    assert list(named(EXPRESSIONS[what]))
    assert not wrong(EXPRESSIONS[what])


@pytest.mark.parametrize(
    ("expression", "found"),
    [
        ("http_request_total > 1", ["http_request_total"]),
        ('http_requests_total{path="/"}', ["path"]),
        ("sum by (task) (rate(http_requests_total[5m]))", ["task"]),
        ("http_request_seconds > 1", ["http_request_seconds"]),
        ("outbox_tick_age_seconds > 60 or absent(outbox_age)", ["outbox_age"]),
        ('sum by (le, route) (rate(http_request_seconds_bucket{route!="static"}[10m]))', []),
    ],
    ids=["a letter less", "no such label", "summed by no label", "no ending", "after or", "right"],
)
def test_a_name_that_there_is_not_is_found(expression: str, found: list[str]) -> None:
    """Control."""
    assert wrong(expression) == found


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: str(rule["alert"]))
def test_each_alert_leads_to_a_heading(rule: dict[str, Any]) -> None:
    page, _, anchor = rule["annotations"]["page"].partition("#")
    assert page == "docs/running/when-it-is-down.md"
    assert anchor in anchors_of(ROOT / page)
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["labels"]["severity"] in {"page", "look"}


def test_every_series_is_on_the_dashboard() -> None:
    """Whatever is counted can be looked at without knowing its name."""
    shown = {name for panel in PANELS for target in panel["targets"] for name, _ in named(target["expr"])}
    missing = {
        name for name in series() if name not in shown and not name.endswith(("_sum", "_count")) and name != "up"
    }
    assert missing == {"task_seconds_bucket"}  # its mean is there, by its sum and count


def test_names_are_names_of_one_thing_each() -> None:
    alerts, titles = [rule["alert"] for rule in RULES], [panel["title"] for panel in PANELS]
    assert len(set(alerts)) == len(alerts) > 10
    assert len(set(titles)) == len(titles) > 10
