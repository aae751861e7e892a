"""The whole assessment against two rule engines, which decide only interval, rest and 12 answers.

zen-engine walks a decision compiled in Rust, rule-engine a tree of Python objects for each of 27 rules.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime

import zen
from rule_engine import Rule

from bench import measure
from bench.rules import given_on, patient
from injections.safety.assess import assess

ROUNDS, TIMES = 15, 300
AT_LEAST = 2.0
ON = date(2026, 11, 24)
TWELVE = (
    "sudden_pop",
    "bruising",
    "marked_weakness",
    "fever",
    "unexplained_weight_loss",
    "saddle_or_bladder",
    "infection_at_site",
    "infection_or_antibiotics",
    "pregnant",
    "steroid_or_anaesthetic_allergy",
    "joint_replacement_at_site",
    "blood_thinner",
)
# Months are added and hours subtracted by the engine's own functions of dates …
BY_DATES = {
    "too_soon": "some(injections, d(start_on).isBefore(d(#).add(3, 'M')))",
    "soon": "some(injections, d(start_on).isBefore(d(#).add(4, 'M')))",
    "resting": "some(loading, d(#).diff(d(end), 'h') >= 0 and d(#).diff(d(end), 'h') < 48)",
}
# … or everything comes to it as numbers, and only comparisons are left.
BY_NUMBERS = {
    "too_soon": "some(injections, start_on < # + 92)",
    "soon": "some(injections, start_on < # + 122)",
    "resting": "some(loading, # >= end and # - end < 48)",
}


RULES_OF_DATES = {
    "too_soon": "$any([start_on < given + t'P92D' for given in injections])",
    "soon": "$any([start_on < given + t'P122D' for given in injections])",
    "resting": "$any([visit >= end and visit - end < t'PT48H' for visit in loading])",
}
RULES_OF_NUMBERS = {
    "too_soon": "$any([start_on < given + 92 for given in injections])",
    "soon": "$any([start_on < given + 122 for given in injections])",
    "resting": "$any([visit >= end and visit - end < 48 for visit in loading])",
}
Fired = Callable[[Mapping[str, object]], list[str]]


def main() -> None:
    """Check that they decide alike, then measure."""
    measure.say_machine()
    facts = patient(10)
    assert [finding.rule for finding in assess(facts).findings] == ["repeat-number"]
    contenders = {"ours": _by_processor(lambda: assess(facts), TIMES), **_zen(), **_rule_engine()}
    found = measure.interleaved(contenders, rounds=ROUNDS)
    found["batch"] = measure.Sample(tuple(seconds / TIMES for seconds in found["batch"].rounds))
    best = min(("dates", "dates as text"), key=lambda name: found[name].median)
    measure.say_about("Rules, processor time: a patient with 10 earlier injections")
    measure.say_time("the whole assessment: every rule, with messages, evidence and dates", found["ours"])
    measure.say_time("zen-engine, three conditions and 12 answers", found[best])
    measure.say_time("… its dates prepared as numbers, input as text", found["numbers as text"])
    measure.say_time("… with dates, 300 at a time (evaluate_batch)", found["batch"])
    measure.say_time("rule-engine, three conditions and 12 answers", found["rules"])
    measure.say_time("… its dates prepared as numbers", found["rules of numbers"])
    measure.say_ratio("times as many a second as zen-engine", found[best] / found["ours"], at_least=AT_LEAST)
    measure.say_ratio("… its dates prepared as numbers", found["numbers as text"] / found["ours"])
    measure.say_ratio("… 300 at a time", found["batch"] / found["ours"])
    measure.say_ratio("times as many a second as rule-engine", found["rules"] / found["ours"], at_least=AT_LEAST)
    measure.say_ratio("… its dates as numbers", found["rules of numbers"] / found["ours"], at_least=AT_LEAST)


def _by_processor(operation: Callable[[], object], times: int) -> measure.Timed:
    return measure.repeated(operation, times, clock=time.process_time)


def _zen() -> dict[str, measure.Timed]:
    dates = {
        "start_on": ON.isoformat(),
        "end": "2026-11-24T09:50:00Z",
        "loading": ["2026-11-28T10:00:00Z"],
        "injections": [given_on(n).isoformat() for n in range(10)],
        **dict.fromkeys(TWELVE, "no"),
    }
    numbers = _numbers()
    by_dates, by_numbers = decision(BY_DATES), decision(BY_NUMBERS)

    def fired_by(engine: zen.ZenDecision) -> Fired:
        return lambda values: [row["rule"] for row in engine.evaluate(values)["result"]]

    _check(fired_by(by_dates), dates, near="2026-08-30")
    _check(fired_by(by_numbers), numbers, near=date(2026, 8, 30).toordinal())
    batch = zen.ZenEngine({"loader": {"type": "static", "content": {"all": json.loads(model(BY_DATES))}}})
    requests = [{"key": "all", "context": json.dumps(dates)}] * TIMES
    text, text_of_numbers = json.dumps(dates), json.dumps(numbers)
    return {
        "dates": _by_processor(lambda: by_dates.evaluate(dates), TIMES),
        "dates as text": _by_processor(lambda: by_dates.evaluate(text), TIMES),
        "numbers as text": _by_processor(lambda: by_numbers.evaluate(text_of_numbers), TIMES),
        "batch": _by_processor(lambda: batch.evaluate_batch(requests), 1),
    }


def _numbers() -> dict[str, object]:
    return {
        "start_on": ON.toordinal(),
        "end": 0,
        "loading": [96],
        "injections": [given_on(n).toordinal() for n in range(10)],
        **dict.fromkeys(TWELVE, "no"),
    }


def _rule_engine() -> dict[str, measure.Timed]:
    def day(on: date) -> datetime:
        return datetime(on.year, on.month, on.day, tzinfo=UTC)

    dates = {
        "start_on": day(ON),
        "end": datetime(2026, 11, 24, 9, 50, tzinfo=UTC),
        "loading": [datetime(2026, 11, 28, 10, tzinfo=UTC)],
        "injections": [day(given_on(n)) for n in range(10)],
        **dict.fromkeys(TWELVE, "no"),
    }
    numbers = _numbers()
    by_dates, by_numbers = rules(RULES_OF_DATES), rules(RULES_OF_NUMBERS)
    _check(by_dates, dates, near=day(date(2026, 8, 30)))
    _check(by_numbers, numbers, near=date(2026, 8, 30).toordinal())
    return {
        "rules": _by_processor(lambda: by_dates(dates), TIMES),
        "rules of numbers": _by_processor(lambda: by_numbers(numbers), TIMES),
    }


def rules(conditions: Mapping[str, str]) -> Fired:
    """The same 27 rules, each compiled once; asked, the names of those that fire."""
    texts = [*conditions.items(), *((name, f"{name} == 'yes'") for name in TWELVE)]
    texts += [(name, f"{name} == null or {name} == 'not-sure'") for name in TWELVE]
    compiled = [(name, Rule(text)) for name, text in texts]
    return lambda values: [name for name, rule in compiled if rule.matches(values)]


def model(conditions: Mapping[str, str]) -> str:
    """The decision: an expression node for the three conditions, and one table that collects what fires."""
    columns = [*conditions, *TWELVE]
    fires: list[dict[str, str]] = [{"too_soon": "true"}, {"soon": "true"}, {"resting": "true"}]
    fires += [{question: '"yes"'} for question in TWELVE]
    fires += [{question: 'null, "not-sure"'} for question in TWELVE]
    rows = [
        dict.fromkeys(columns, "") | fired | {"_id": str(n), "rule": json.dumps("-".join(fired)), "verdict": '"review"'}
        for n, fired in enumerate(fires)
    ]
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": name, "name": name, "field": name} for name in columns],
        "outputs": [{"id": name, "name": name, "field": name} for name in ("verdict", "rule")],
        "rules": rows,
    }
    expressions = [{"id": name, "key": name, "value": text} for name, text in conditions.items()]
    contents: tuple[tuple[str, dict[str, object]], ...] = (
        ("inputNode", {}),
        ("expressionNode", {"expressions": expressions, "passThrough": True}),
        ("decisionTableNode", table),
        ("outputNode", {}),
    )
    nodes = [
        {"id": kind, "type": kind, "name": kind, "position": {"x": 0, "y": 0}, "content": content}
        for kind, content in contents
    ]
    edges = [
        {"id": f"{n}", "type": "edge", "sourceId": contents[n][0], "targetId": contents[n + 1][0]}
        for n in range(len(contents) - 1)
    ]
    return json.dumps({"contentType": "application/vnd.gorules.decision", "nodes": nodes, "edges": edges})


def decision(conditions: Mapping[str, str]) -> zen.ZenDecision:
    """The decision, read and compiled once."""
    return zen.ZenEngine().create_decision(model(conditions))


def _check(fired: Fired, values: dict[str, object], *, near: object) -> None:
    """It decides what it should: nothing for this patient; the interval and an answer for another one."""
    assert fired(values) == []
    earlier = values["injections"]
    assert isinstance(earlier, list)
    assert fired(values | {"fever": "yes", "injections": [*earlier, near]}) == ["too_soon", "soon", "fever"]
