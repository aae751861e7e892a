"""How fast the rules judge: a patient with 10 injections, growth with the history, and zen-engine on a part of it.

`python -m bench.rules`. zen-engine (a general rules engine) is compared where it is installed: it judges the interval,
the rest and 12 answers only, the product everything. Both in one run, best of several rounds.
"""

import importlib
import importlib.util
import itertools
import json
import time
from collections.abc import Callable
from typing import Any

from injections.safety.assess import assess
from injections.safety.facts import Facts
from tests.unit.safety.example import clean

ROUNDS, SECONDS_A_ROUND = 5, 0.4
TWELVE = (
    "fever",
    "unexplained_weight_loss",
    "sudden_pop",
    "bruising",
    "marked_weakness",
    "difficulty_walking",
    "saddle_or_bladder",
    "progressive_weakness",
    "pregnant",
    "infection_at_site",
    "steroid_or_anaesthetic_allergy",
    "interacting_medicine",
)


def a_second(run: Callable[[], object]) -> float:
    """How often `run` runs a second: the best of some rounds, as the others were disturbed."""
    best = 0.0
    for _ in range(ROUNDS):
        count, began = 0, time.perf_counter()
        while (passed := time.perf_counter() - began) < SECONDS_A_ROUND:
            for _ in range(50):
                run()
            count += 50
        best = max(best, count / passed)
    return best


def patient(injections: int) -> Facts:
    """Injections in the past, one of them in the review zone, everything else answered."""
    older = tuple(f"{2025 - number % 20}-{1 + number % 12:02}-10" for number in range(injections - 1))
    return clean(given=(*older, "2026-03-20"), steroid_injection_last_12_months="yes")


def zen_decision() -> Callable[[], object] | None:
    """The same patient for zen-engine, as a decision graph; None where it is not installed."""
    if importlib.util.find_spec("zen") is None:
        return None
    zen = importlib.import_module("zen")
    decision = zen.ZenEngine().create_decision(json.dumps(_graph()))
    context = {
        "request": {
            "area": "IT",
            "side": "left",
            "start": "2026-06-30T10:00:00Z",
            "end": "2026-06-30T10:30:00Z",
        },
        "injections": [
            {"area": "IT", "side": "left", "given": f"{2016 + number}-01-10"} for number in range(9)
        ]
        + [{"area": "IT", "side": "left", "given": "2026-03-20"}],
        "loading": "2026-07-04T10:30:00Z",
        "answers": dict.fromkeys(TWELVE, "no"),
    }
    assert decision.evaluate(context)["result"]
    return lambda: decision.evaluate(context)


def _graph() -> dict[str, Any]:
    last = "max(map(filter(injections, #.area == request.area and #.side == request.side), date(#.given)))"
    expressions = {
        "days": f"(date(request.start) - {last}) / 86400",
        "hours": "(date(loading) - date(request.end)) / 3600",
        "answers": "answers",
    }
    answered = [{f"a{place}": '"yes"', "severity": '"critical"'} for place in range(len(TWELVE))]
    table = {
        "hitPolicy": "collect",
        "inputs": [
            {"id": "days", "name": "days", "field": "days"},
            {"id": "hours", "name": "hours", "field": "hours"},
            *(
                {"id": f"a{place}", "name": code, "field": f"answers.{code}"}
                for place, code in enumerate(TWELVE)
            ),
        ],
        "outputs": [{"id": "severity", "name": "severity", "field": "severity"}],
        "rules": [
            {"days": "< 90", "severity": '"critical"'},
            {"days": "[90..122)", "severity": '"warning"'},
            {"hours": "< 48", "severity": '"critical"'},
            {"hours": "[48..72)", "severity": '"info"'},
            *answered,
        ],
    }
    for place, rule in enumerate(table["rules"]):  # type: ignore[arg-type]
        rule["_id"] = f"r{place}"  # type: ignore[index]
    nodes = [
        ("in", "inputNode", None),
        (
            "work",
            "expressionNode",
            {"expressions": [{"id": key, "key": key, "value": value} for key, value in expressions.items()]},
        ),
        ("table", "decisionTableNode", table),
        ("out", "outputNode", None),
    ]
    names = [name for name, _, _ in nodes]
    return {
        "contentType": "application/vnd.gorules.decision",
        "nodes": [
            {"id": name, "name": name, "type": kind, "position": {"x": 0, "y": 0}, "content": content or {}}
            for name, kind, content in nodes
        ],
        "edges": [
            {"id": f"{one}-{other}", "sourceId": one, "targetId": other, "type": "edge"}
            for one, other in itertools.pairwise(names)
        ],
    }


def main() -> None:
    """Print the measurements."""
    ten = patient(10)
    ours = a_second(lambda: assess(ten))
    print(f"full assessment, 10 injections: {ours:,.0f} a second")
    for count in (10, 100, 1000):
        facts = patient(count)
        print(
            f"{count:5} injections: {1e6 / a_second(lambda facts=facts: assess(facts)) / count:.2f} µs an injection"
        )
    decide = zen_decision()
    if decide is None:
        print("zen-engine is not installed: no comparison")
        return
    theirs = a_second(decide)
    print(
        f"zen-engine, interval, rest and 12 answers: {theirs:,.0f} a second; ours is {ours / theirs:.1f} times that"
    )


if __name__ == "__main__":
    main()
