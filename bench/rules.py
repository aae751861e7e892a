"""The whole assessment against the package zen-engine, which decides only interval, rest and 12 answers."""

import json
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import partial

import zen

from bench import measure, record
from injections.safety.assess import assess
from injections.safety.facts import (
    Facts,
    GivenInjection,
    LoadingVisit,
    PathwayFacts,
    PatientFacts,
    Report,
    Request,
    ScreeningFacts,
)
from injections.safety.questions import QUESTIONS

ROUNDS, TIMES = 15, 300
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


def main() -> None:
    """Measure against the engine, then by the length of the history."""
    measure.say_machine()
    _against_the_engine()
    _by_length()


def patient(injections: int) -> Facts:
    """Everything about this patient is known and in order; so many earlier injections, half a year apart or more."""
    sites, sides = ("hamstring-origin", "hip-joint", "trochanteric-bursa"), ("left", "right")
    return Facts(
        request=Request(
            start=datetime(2026, 11, 24, 9, 20, tzinfo=UTC),
            end=datetime(2026, 11, 24, 9, 50, tzinfo=UTC),
            site="hamstring-origin",
            side="left",
            targets=("peritendinous",),
        ),
        patient=PatientFacts(date_of_birth=date(1980, 5, 1)),
        injections=tuple(
            GivenInjection(
                site=sites[n % 3],
                side=sides[n % 2],
                given=_given_on(n).isoformat(),
                steroid=True,
                recorded_on=_given_on(n),
            )
            for n in range(injections)
        ),
        loading=(LoadingVisit(kind="physiotherapy", start=datetime(2026, 11, 28, 10, tzinfo=UTC)),),
        screening=ScreeningFacts(
            answered_at=datetime(2026, 11, 20, 9, tzinfo=UTC),
            answers=dict.fromkeys(QUESTIONS, "no") | {"steroid_injection_last_12_months": "yes"},
            onset="gradual",
            main_pain_site="sit-bone",
            pain_side="left",
        ),
        pathway=PathwayFacts(
            specialist_assessment="yes",
            physiotherapy="completed",
            response="not-satisfactory",
            indications=("deep-buttock-pain",),
        ),
        reports=(
            Report(
                modality="ultrasound",
                area="ischial-tuberosity",
                side="left",
                performed_on=date(2026, 10, 1),
                tendinopathy="yes",
                bursitis="no",
                tear="none",
                other_diagnosis="none",
            ),
        ),
    )


def _given_on(number: int) -> date:
    return date(2026, 3, 2) - timedelta(days=190 * number % 20_000)


def _against_the_engine() -> None:
    facts = patient(10)
    assert [finding.rule for finding in assess(facts).findings] == ["repeat-number"]
    dates = {
        "start_on": ON.isoformat(),
        "end": "2026-11-24T09:50:00Z",
        "loading": ["2026-11-28T10:00:00Z"],
        "injections": [_given_on(n).isoformat() for n in range(10)],
        **dict.fromkeys(TWELVE, "no"),
    }
    numbers = {
        "start_on": ON.toordinal(),
        "end": 0,
        "loading": [96],
        "injections": [_given_on(n).toordinal() for n in range(10)],
        **dict.fromkeys(TWELVE, "no"),
    }
    by_dates, by_numbers = decision(BY_DATES), decision(BY_NUMBERS)
    _check(by_dates, dates, near="2026-08-30")
    _check(by_numbers, numbers, near=date(2026, 8, 30).toordinal())
    batch = zen.ZenEngine({"loader": {"type": "static", "content": {"all": json.loads(model(BY_DATES))}}})
    requests = [{"key": "all", "context": json.dumps(dates)}] * TIMES
    text, text_of_numbers = json.dumps(dates), json.dumps(numbers)
    contenders = {
        "ours": measure.repeated(lambda: assess(facts), TIMES),
        "dates": measure.repeated(lambda: by_dates.evaluate(dates), TIMES),
        "dates as text": measure.repeated(lambda: by_dates.evaluate(text), TIMES),
        "numbers as text": measure.repeated(lambda: by_numbers.evaluate(text_of_numbers), TIMES),
        "batch": measure.repeated(lambda: batch.evaluate_batch(requests), 1),
    }
    found = measure.interleaved(contenders, rounds=ROUNDS)
    found["batch"] = measure.Sample(tuple(seconds / TIMES for seconds in found["batch"].rounds))
    best = min(("dates", "dates as text"), key=lambda name: found[name].median)
    measure.say_about("A patient with 10 earlier injections")
    measure.say_time("the whole assessment: every rule, with messages, evidence and dates", found["ours"])
    measure.say_time("zen-engine, three conditions and 12 answers", found[best])
    measure.say_time("the same, dates prepared as numbers, input as text", found["numbers as text"])
    measure.say_time("the same with dates, 300 at a time (evaluate_batch)", found["batch"])
    measure.say_ratio("times as many a second as zen-engine", found[best] / found["ours"], at_least=2.0)
    measure.say_ratio("… its dates prepared as numbers", found["numbers as text"] / found["ours"])
    measure.say_ratio("… 300 at a time", found["batch"] / found["ours"])


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


def _check(engine: zen.ZenDecision, values: dict[str, object], *, near: object) -> None:
    """It decides what it should: nothing for this patient; the interval and an answer for another one."""
    assert engine.evaluate(values)["result"] == []
    worse = values | {"fever": "yes", "injections": [*values["injections"], near]}  # type: ignore[misc]
    assert [row["rule"] for row in engine.evaluate(worse)["result"]] == ["too_soon", "soon", "fever"]


def _by_length() -> None:
    lengths = (10, 100, 1000)
    contenders = {
        str(length): measure.repeated(partial(assess, patient(length)), 6000 // length, clock=time.process_time)
        for length in lengths
    }
    found = measure.interleaved(contenders, rounds=ROUNDS)
    measure.say_about("By the length of the history, processor time")
    for length in lengths:
        measure.say_time(f"{length:,} earlier injections", found[str(length)])
    measure.say_ratio("100 to 10, times as long", found["100"] / found["10"], at_most=10.0)
    measure.say_ratio("1,000 to 100, times as long", found["1000"] / found["100"], at_most=10.0)
    measure.say_ratio("1,000 to 10, times as long; linear would be 100", found["1000"] / found["10"], at_most=100.0)


if __name__ == "__main__":
    with record.of("rules"):
        main()
