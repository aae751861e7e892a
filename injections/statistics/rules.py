"""What the rules found, and how often radiologists decided otherwise."""

from __future__ import annotations

from injections import words
from injections.models import Decision
from injections.statistics.charts import Series, bars
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings, rate, select
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

    Overridden are critical findings alone, and the rate is of those: a warning is approved.
    """
    found = select(_OVERRIDES_BY_RULE, period.edges)
    rows = [(*row, rate(row[3], critical), critical) for *row, critical in found]
    total, overridden = sum(row[1] for row in rows), sum(row[3] for row in rows)
    most = max(rows, key=lambda row: (row[5], row[1]), default=None)
    worst = f"; most often {words.rule_words(most[0]).lower()} ({most[5]:g}%)" if most and most[3] else ""
    start, end = period.edges
    own = Decision.objects.filter(at__gte=start, at__lt=end).exclude(own_reason="").count()
    alone = f" {counted(own, 'decision')} by the only radiologist on a request of their own." if own else ""
    return Statistic(
        f"Rules spoke against decided visits {counted(total, 'time')} "
        f"and were overridden {counted(overridden, 'time')}{worst}.{alone}",
        headings(
            rule="Rule",
            decided="Decided",
            approved="Approved",
            overridden="Overridden",
            turned_down="Delayed or declined",
            override_rate_percent="Overridden, % of critical",
            critical="Critical",
        ),
        rows,
        bars(
            [words.rule_words(row[0]) for row in rows],
            [Series("Overridden, % of critical", [row[5] for row in rows])],
            highest=100,
            unit="%",
        )
        if rows
        else None,
    )
