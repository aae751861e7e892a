"""R19: random histories, judged by the product's batch check and by a naive second implementation of the rules.

5,000 lines in `make test`; 100,000 in `make trials` or with TRIAL_FULL=1. No database, no Django. The controls
make the product wrong on purpose (months that clamp backwards, every threshold off by one) and the trial must
notice each; a rule that raises must block.
"""

import dataclasses
import json
import os
import sys
from calendar import monthrange
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from random import Random

import pytest

from injections.safety import dates
from injections.safety.batch import answer_to
from injections.safety.policy import DEFAULT, Policy
from injections.safety.registry import Rule
from injections.safety.rules import RULES
from tests.trials.oracle import naive
from tests.trials.oracle.examples import examples, in_short
from tests.trials.oracle.histories import random_line
from tests.trials.oracle.reached import CORNERS
from tests.trials.oracle.words import AREAS

SEED = 20260630
EXAMPLES = examples()
# At recording or as an upper limit for a decision; no batch line can meet these.
NOT_IN_A_LINE = {"steroid_max_mg", "dose_tolerance_mg", "lidocaine_max_mg", "zone_name", "emergency"}
THRESHOLDS = [field.name for field in dataclasses.fields(Policy) if field.name not in NOT_IN_A_LINE]


def lines(count: int, *, seed: int = SEED) -> Iterator[dict]:
    rng = Random(seed)
    return (random_line(rng, number) for number in range(count))


def product(line: dict, policy: Policy = DEFAULT) -> dict:
    return answer_to(json.dumps(line).encode(), policy=policy)


def core(answer: dict) -> dict:
    """What both implementations must say alike: not the words of a message, nor the order of findings."""
    findings = sorted((found["rule"], found["severity"], found["owner"]) for found in answer["findings"])
    return {**{name: answer[name] for name in ("verdict", "review_from", "clear_from")}, "findings": findings}


def in_words(line: dict, expected: dict, answer: dict) -> str:
    """One disagreement: the line as it can be fed to `manage.py assess`, then only what differs."""
    only_naive = [found for found in expected["findings"] if found not in answer["findings"]]
    only_product = [found for found in answer["findings"] if found not in expected["findings"]]
    return (
        f"\n{json.dumps(line)}"
        f"\n  naive:   {[expected[name] for name in ('verdict', 'review_from', 'clear_from')]} {only_naive}"
        f"\n  product: {[answer[name] for name in ('verdict', 'review_from', 'clear_from')]} {only_product}"
    )


def disagreements(judged: Iterable[tuple[dict, dict]], policy: Policy = DEFAULT) -> Iterator[str]:
    for line, expected in judged:
        answer = core(product(line, policy))
        if answer != expected:
            yield in_words(line, expected, answer)


@pytest.fixture(scope="module")
def judged() -> list[tuple[dict, dict]]:
    """5,000 lines of another seed with the naive answer, for the controls."""
    return [(line, core(naive.judge(line))) for line in lines(5_000, seed=SEED + 1)]


def test_both_implementations_say_the_same_of_random_histories(is_full_trial: bool) -> None:
    count = 100_000 if is_full_trial or os.environ.get("TRIAL_FULL") == "1" else 5_000

    found = list(disagreements((line, core(naive.judge(line))) for line in lines(count)))

    assert not found, f"{len(found)} of {count} lines; the first ones:{''.join(found[:5])}"


@pytest.mark.parametrize(("line", "expected"), [row[1:] for row in EXAMPLES], ids=[row[0] for row in EXAMPLES])
def test_both_implementations_say_what_the_rule_text_says(line: dict, expected: dict) -> None:
    assert (in_short(naive.judge(line)), in_short(product(line))) == (expected, expected)


def test_the_naive_implementation_has_every_rule_of_the_product() -> None:
    assert set(naive.RULES) == {rule.id for rule in RULES}
    assert DEFAULT.rules_version == naive.RULES_VERSION


def test_random_histories_reach_every_verdict_and_every_severity_of_every_rule(judged: list[tuple[dict, dict]]) -> None:
    answers = [answer for _, answer in judged]
    met = {(rule, severity) for answer in answers for rule, severity, _ in answer["findings"]}
    verdicts = [answer["verdict"] for answer in answers]

    assert met == {(rule.id, str(severity)) for rule in RULES for severity in rule.severities}
    assert min(verdicts.count(verdict) for verdict in ("blocked", "review", "clear")) > len(judged) / 10


@pytest.mark.parametrize("corner", CORNERS)
def test_random_histories_reach_each_corner_of_the_rules(corner: str, judged: list[tuple[dict, dict]]) -> None:
    injections = [line for line, _ in judged if "site" in line["request"]]

    assert sum(CORNERS[corner](line) for line in injections) >= 5


# Controls: a trial that cannot fail proves nothing


def clamped_backwards(day: date, months: int) -> date:
    """Months as dateutil and SQL add them: a date that does not exist becomes the last of its month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def test_control_months_that_clamp_backwards_are_noticed(
    judged: list[tuple[dict, dict]], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = dates.add_months
    for name, module in list(sys.modules.items()):
        if name.startswith("injections.safety") and getattr(module, "add_months", None) is right:
            monkeypatch.setattr(module, "add_months", clamped_backwards)

    assert len(list(disagreements(judged))) >= 10


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize("threshold", THRESHOLDS)
def test_control_each_threshold_off_by_one_is_noticed(
    judged: list[tuple[dict, dict]], threshold: str, step: int
) -> None:
    wrong = dataclasses.replace(DEFAULT, **{threshold: getattr(DEFAULT, threshold) + step})

    assert next(disagreements(judged, wrong), None), f"{threshold} {step:+d} went unnoticed"


@contextmanager
def raising(rule: Rule) -> Iterator[None]:
    """The rule raises; it is frozen, so nothing but this test can do that."""

    def broken(case: object) -> None:
        raise RuntimeError("a rule that does not work")

    right = rule.judge
    object.__setattr__(rule, "judge", broken)
    try:
        yield
    finally:
        object.__setattr__(rule, "judge", right)


@pytest.mark.parametrize("rule", RULES, ids=[rule.id for rule in RULES])
def test_a_rule_that_raises_blocks_whatever_the_others_say(rule: Rule, judged: list[tuple[dict, dict]]) -> None:
    """Of lines that were clear in every area the rule is for; where it is not asked, nothing changes."""
    clear = [line for line, answer in judged if answer["verdict"] == "clear" and "site" in line["request"]][:100]
    applies = [line for line in clear if AREAS[line["request"]["site"]] in rule.areas]

    with raising(rule):
        verdicts = {product(line)["verdict"] for line in applies}

    assert applies
    assert verdicts == {"blocked"}
