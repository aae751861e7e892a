"""What the rules found, and how often radiologists decided otherwise."""

from __future__ import annotations

from datetime import date
from typing import Any

from injections import words
from injections.models import Decision
from injections.statistics.cards import CardsOfRule, cards_by_rule, sentence_of
from injections.statistics.charts import Series, bars
from injections.statistics.months import Figure, Months
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings, local_month, months_of, rate, select
from pht_clinic import clock
from scheduling.messages.words import counted

_VERDICTS_BY_RULE = """
    WITH judged AS (
        SELECT DISTINCT ON (coalesce(appointment_id, -id)) id, verdict, findings
        FROM injections_assessment
        WHERE at >= %s AND at < %s
        ORDER BY coalesce(appointment_id, -id), id DESC
    )
    SELECT '', verdict, count(*) FROM judged GROUP BY verdict
    UNION ALL
    SELECT finding->>'rule', finding->>'severity', count(DISTINCT judged.id)
    FROM judged CROSS JOIN LATERAL jsonb_array_elements(judged.findings) AS finding
    GROUP BY 1, 2
"""
_VERDICTS = {"clear": "clear", "review": "for review", "blocked": "not possible"}
_SEVERITIES = ("critical", "warning", "info")


def verdicts(period: CountedDays) -> Statistic:
    """The last assessment of each visit in the period, and each refused request, by what it found."""
    by_rule: dict[str, dict[str, int]] = {}
    for rule, what, number in select(_VERDICTS_BY_RULE, period.edges):
        by_rule.setdefault(rule, {})[what] = number
    verdicts = by_rule.pop("", {})
    ranked = sorted(by_rule.items(), key=lambda pair: (-_held(pair[1]), -sum(pair[1].values()), pair[0]))
    rows: list[tuple[Cell, ...]] = [
        (rule, *(by_severity.get(severity, 0) for severity in _SEVERITIES)) for rule, by_severity in ranked
    ]
    total = sum(verdicts.values())
    said = ", ".join(f"{verdicts.get(code, 0)} {phrase}" for code, phrase in _VERDICTS.items())
    return Statistic(
        f"{counted(total, 'request')} assessed: {said}.",
        headings(rule="Rule", critical="Critical", warning="Warning", info="Information"),
        rows,
        bars(
            [words.rule_words(rule) for rule, _ in ranked],
            [
                Series(heading, [by_severity.get(code, 0) for _, by_severity in ranked])
                for code, heading in zip(_SEVERITIES, ("Critical", "Warning", "Information"), strict=True)
            ],
        )
        if ranked
        else None,
    )


def _held(by_severity: dict[str, int]) -> int:
    return by_severity.get("critical", 0) + by_severity.get("warning", 0)


_OVERRIDES_BY_RULE = """
    SELECT finding->>'rule',
           count(DISTINCT decision.id),
           count(DISTINCT decision.id) FILTER (WHERE decision.outcome = 'approve'),
           count(DISTINCT decision.id) FILTER (
               WHERE decision.outcome = 'override' AND finding->>'severity' = 'critical'
               AND decision.covers @> jsonb_build_array(jsonb_build_object('rule', finding->>'rule'))
           ),
           count(DISTINCT decision.id) FILTER (WHERE decision.outcome IN ('delay', 'decline')),
           count(DISTINCT decision.id) FILTER (WHERE finding->>'severity' = 'critical')
    FROM injections_decision AS decision
    JOIN injections_assessment AS assessment ON assessment.id = decision.assessment_id
    CROSS JOIN LATERAL jsonb_array_elements(assessment.findings) AS finding
    WHERE decision.at >= %s AND decision.at < %s AND decision.outcome <> 'ask'
      AND finding->>'severity' IN ('critical', 'warning')
    GROUP BY 1
    ORDER BY 2 DESC, 1
"""


def overrides(period: CountedDays) -> Statistic:
    """For each rule: how often it stood against a visit that was decided, and how the radiologists decided.

    Overridden are critical findings alone, and the rate is of those: a warning is approved. Beside it stand the cards
    of that rule that other systems were shown, and those that were passed over there.
    """
    found = select(_OVERRIDES_BY_RULE, period.edges)
    shown = cards_by_rule(period)
    decided = [(*row, rate(row[3], critical), critical) for *row, critical in found]
    rows = _with_cards(decided, shown)
    total, overridden = sum(row[1] for row in rows), sum(row[3] for row in rows)
    most = max(rows, key=lambda row: (row[5], row[1]), default=None)
    worst = f"; most often {words.rule_words(most[0]).lower()} ({most[5]:g}%)" if most and most[3] else ""
    start, end = period.edges
    own = Decision.objects.filter(at__gte=start, at__lt=end).exclude(own_reason="").count()
    alone = f" {counted(own, 'decision')} by the only radiologist on a request of their own." if own else ""
    return Statistic(
        f"Rules spoke against decided visits {counted(total, 'time')} "
        f"and were overridden {counted(overridden, 'time')}{worst}.{alone}{sentence_of(period, shown)}",
        headings(
            rule="Rule",
            decided="Decided",
            approved="Approved",
            overridden="Overridden",
            turned_down="Delayed or declined",
            override_rate_percent="Overridden, % of critical",
            critical="Critical",
            cards="Cards in other systems",
            cards_overridden="Passed over there",
        ),
        rows,
        bars(
            [words.rule_words(row[0]) for row in decided],
            [Series("Overridden, % of critical", [row[5] for row in decided])],
            highest=100,
            unit="%",
        )
        if decided
        else None,
    )


def _with_cards(decided: list[tuple[Any, ...]], shown: dict[str, CardsOfRule]) -> list[tuple[Any, ...]]:
    """Each rule's row with its cards, then the rules that other systems alone were shown."""
    alone = set(shown) - {row[0] for row in decided}
    rows = [*decided, *((rule, 0, 0, 0, 0, 0.0, 0) for rule in shown if rule in alone)]
    found = [(row, shown.get(row[0], CardsOfRule())) for row in rows]
    return [(*row, cards.shown, cards.overridden) for row, cards in found]


_VERDICTS_BY_MONTH = f"""
    WITH judged AS (
        SELECT DISTINCT ON (coalesce(appointment_id, -id)) at, verdict
        FROM injections_assessment
        WHERE at >= %s AND at < %s
        ORDER BY coalesce(appointment_id, -id), id DESC
    )
    SELECT {local_month("at")}, count(*), count(*) FILTER (WHERE verdict = 'review'),
           count(*) FILTER (WHERE verdict = 'blocked')
    FROM judged GROUP BY 1
"""  # noqa: S608 - nothing of anybody's is put in
_OVERRIDES_BY_MONTH = f"""
    SELECT {local_month("at")}, count(*), count(*) FILTER (WHERE outcome = 'override')
    FROM injections_decision WHERE at >= %s AND at < %s AND outcome <> 'ask' GROUP BY 1
"""  # noqa: S608 - as above


def _verdicts_by_month(period: CountedDays) -> dict[date, tuple[Any, ...]]:
    """Each visit in the month of its last assessment of the year."""
    return months_of(select(_VERDICTS_BY_MONTH, [*period.edges, str(clock.zone())]))


def _overrides_by_month(period: CountedDays) -> dict[date, tuple[Any, ...]]:
    return months_of(select(_OVERRIDES_BY_MONTH, [str(clock.zone()), *period.edges]))


VERDICTS_BY_MONTH = Months(
    (Figure("assessed", "Assessed"), Figure("review", "For review"), Figure("blocked", "Not possible")),
    _verdicts_by_month,
)
OVERRIDES_BY_MONTH = Months((Figure("decided", "Decided"), Figure("overridden", "Overridden")), _overrides_by_month)
