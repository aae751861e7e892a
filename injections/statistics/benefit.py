"""Whether injections help: pain before them and after, as patients say it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from injections.models import Injection, OutcomeMeasure
from injections.models.outcome import BEFORE_WITHIN, WORST_PAIN
from injections.safety.sites import SITES
from injections.statistics.charts import Series, columns
from injections.statistics.shapes import CountedDays, Statistic, headings, select
from scheduling.messages.words import counted

_DOING: Final = ("sitting", "walking", "running")
_AREA: Final = " ".join(f"WHEN '{site.code}' THEN '{site.area}'" for site in SITES if site.area)
_NEWEST: Final = ", ".join(
    f"(array_agg(said.pain_{one} ORDER BY said.answered_at DESC, said.id DESC)"
    f" FILTER (WHERE said.pain_{one} IS NOT NULL))[1] AS {one}"
    for one in _DOING
)
_MEDIANS: Final = ", ".join(
    f"percentile_cont(0.5) WITHIN GROUP (ORDER BY {value})"
    for value in (*(f"told.{one}" for one in _DOING), *(f"told.{one} - was.{one}" for one in _DOING))
)
_BEFORE_AND_AFTER: Final = f"""
    WITH given AS (
        SELECT injection.id, injection.appointment_id, injection.started_at, injection.side,
               CASE injection.site {_AREA} END AS area, coalesce(patient.merged_into_id, patient.id) AS kept
        FROM injections_injection AS injection
        JOIN scheduling_patient AS patient ON patient.id = injection.patient_id
        WHERE injection.status IN {tuple(str(one) for one in Injection.GIVEN)} AND injection.appointment_id IS NOT NULL
          AND injection.started_at >= %s AND injection.started_at < %s
          AND NOT EXISTS (SELECT FROM injections_injection AS later WHERE later.supersedes_id = injection.id)
    ), told AS (
        SELECT given.id, said.occasion, {_NEWEST}
        FROM given
        JOIN scheduling_patient AS whose ON given.kept IN (whose.id, whose.merged_into_id)
        JOIN injections_outcomemeasure AS said ON said.patient_id = whose.id
        WHERE (said.occasion = 'before'
               AND said.answered_at BETWEEN given.started_at - interval '{BEFORE_WITHIN.days} days' AND given.started_at
               AND said.area IN ('', given.area) AND said.side IN ('', 'both', 'unknown', given.side))
           OR (said.occasion <> 'before' AND said.appointment_id = given.appointment_id)
        GROUP BY given.id, said.occasion
    )
    SELECT told.occasion, count(*), {_MEDIANS}, count(was.id)
    FROM told LEFT JOIN told AS was ON was.id = told.id AND was.occasion = 'before'
    GROUP BY told.occasion
"""  # noqa: S608 - nothing but codes of the product's own are put in
"""As `timeline.before_after` reads one patient; a test compares the two."""


def benefit(period: CountedDays) -> Statistic:
    """Of injections given here in the period: median pain before and after, and how it changed for the same person.

    "Before" is what was said last in the 90 days up to the injection. A change is of those alone who answered both.
    """
    found = {occasion: figures for occasion, *figures in select(_BEFORE_AND_AFTER, period.edges)}
    occasions = OutcomeMeasure.Occasion
    rows: list[tuple[Any, ...]] = [_row(one, found.get(one.value)) for one in occasions]
    return Statistic(
        _sentence(found, rows),
        headings(
            asked="Asked",
            answers="Answers",
            sitting="Sitting, median",
            walking="Walking, median",
            running="Running, median",
            sitting_change="Sitting, change from before",
            walking_change="Walking, change from before",
            running_change="Running, change from before",
        ),
        rows,
        columns(
            [row[0] for row in rows],
            [Series(one.capitalize(), [row[2 + place] for row in rows]) for place, one in enumerate(_DOING)],
            highest=WORST_PAIN,
            is_numbered=True,
        )
        if found
        else None,
    )


def _sentence(found: Mapping[str, Sequence[Any]], rows: Sequence[tuple[Any, ...]]) -> str:
    first = OutcomeMeasure.Occasion.BEFORE.value
    before = found.get(first, (0,))[0]
    compared = max((figures[-1] for one, figures in found.items() if one != first), default=0)
    changes = [f"{row[0].lower()} {row[5]:+g}" for row in rows[1:] if row[5] is not None]
    said = f" Median change of pain while sitting – {', '.join(changes)}." if changes else ""
    return (
        f"{counted(before, 'injection')} with an answer before, {compared} of them with an answer after as well.{said}"
    )


def _row(occasion: OutcomeMeasure.Occasion, figures: list[Any] | None) -> tuple[Any, ...]:
    """Before an injection nothing has changed."""
    count, *medians = figures[:-1] if figures else (0, *[None] * 6)
    changes = [None] * 3 if occasion == OutcomeMeasure.Occasion.BEFORE else medians[3:]
    return (str(occasion.label).capitalize(), count, *medians[:3], *changes)
