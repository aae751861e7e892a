"""The registry refuses rules that nobody could trace or explain."""

from collections.abc import Callable
from typing import Any

import pytest

from injections.safety import registry, sources
from injections.safety.case import Case
from injections.safety.findings import Severity
from injections.safety.registry import Outcome, RegistryError, Rule, registered, rule
from injections.safety.rules import RULES

WHOLE: dict[str, Any] = {
    "group": "A",
    "severities": (Severity.WARNING,),
    "sources": (sources.REPEAT_INJECTIONS,),
    "clears": "Something.",
}


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_rules", dict(registry._rules))


def a_rule(case: Case) -> Outcome | None:
    """Never fires."""


def undocumented(case: Case) -> Outcome | None:
    return None


def test_a_whole_rule_is_registered() -> None:
    """At the end of the list."""
    assert rule("brand-new", **WHOLE)(a_rule) is a_rule
    assert registered()[-1].id == "brand-new"
    assert registered()[-1].description == "Never fires."


@pytest.mark.parametrize(
    ("rule_id", "changes", "judge", "reason"),
    [
        ("repeat-interval", {}, a_rule, "already used"),
        ("check-failed", {}, a_rule, "already used"),
        ("brand-new", {"sources": ()}, a_rule, "no source"),
        ("brand-new", {"severities": ()}, a_rule, "no severity"),
        ("brand-new", {"clears": ""}, a_rule, "what clears it"),
        ("brand-new", {"severities": (Severity.CRITICAL,)}, a_rule, "what reception does"),
        ("brand-new", {"thresholds": ("rest_hour",)}, a_rule, "threshold"),
        ("brand-new", {}, undocumented, "no docstring"),
    ],
)
def test_an_incomplete_rule_stops_the_start(
    rule_id: str, changes: dict[str, Any], judge: Callable[[Case], Outcome | None], reason: str
) -> None:
    """With the rule's id and the reason."""
    with pytest.raises(RegistryError, match=reason) as error:
        rule(rule_id, **WHOLE | changes)(judge)
    assert rule_id in str(error.value)


def test_the_rules_are_all_there() -> None:
    """Every row of the specification, each id once."""
    by_group: dict[str, list[str]] = {}
    for one in RULES:
        by_group.setdefault(one.group, []).append(one.id)
    assert {group: len(ids) for group, ids in by_group.items()} == {"A": 12, "B": 11, "C": 7, "D": 19, "E": 2}


@pytest.mark.parametrize("one", RULES, ids=[one.id for one in RULES])
def test_a_rule_explains_itself(one: Rule) -> None:
    """Short enough to be read, and policy of our own says that it awaits a signature."""
    assert one.cite
    assert one.areas
    assert all(source.standing.value == "document" or "awaiting" in source.cite for source in one.sources)
    assert one.action is None or len(one.action) < 160


@pytest.mark.parametrize("one", [one for one in RULES if one.thresholds], ids=lambda one: one.id)
def test_what_staff_read_of_a_rule_holds_where_its_thresholds_are_tightened(one: Rule) -> None:
    """No number in what clears it or in what reception does: the finding's message has the clinic's own."""
    assert not any(letter.isdigit() for letter in f"{one.clears}{one.action or ''}")
