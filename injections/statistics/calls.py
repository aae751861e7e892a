"""How long it took until somebody phoned."""

from __future__ import annotations

from injections.models import Call
from injections.statistics.charts import Series, bars
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings, select
from scheduling.messages.words import counted

_FIRST_PHONED = """
    WITH phoned AS (
        SELECT call.urgency, call.closed_at IS NULL AS is_open,
               extract(epoch FROM least(
                   (SELECT min(attempt.at) FROM injections_callattempt AS attempt WHERE attempt.call_id = call.id),
                   CASE WHEN call.spoke_to <> '' THEN call.closed_at END
               ) - call.opened_at) / 60 AS minutes,
               CASE WHEN call.spoke_to <> '' THEN extract(epoch FROM call.closed_at - call.opened_at) / 60 END
                   AS reached
        FROM injections_call AS call
        WHERE call.opened_at >= %s AND call.opened_at < %s AND (call.closed_at IS NULL OR call.spoke_to <> '')
    )
    SELECT urgency, count(*), ceil(percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes))::int,
           ceil(percentile_cont(0.5) WITHIN GROUP (ORDER BY reached))::int, count(*) FILTER (WHERE is_open)
    FROM phoned GROUP BY urgency
"""


def calls(period: CountedDays) -> Statistic:
    """Calls opened in the period, by urgency: minutes to the first try or call, and to the one that reached somebody.

    What closed by itself is left out: nobody had to phone.
    """
    found = {urgency: figures for urgency, *figures in select(_FIRST_PHONED, period.edges)}
    rows: list[tuple[Cell, ...]] = [
        (one.label.capitalize(), *found.get(one.value, (0, None, None, 0))) for one in Call.Urgency
    ]
    total = sum(figures[0] for figures in found.values())
    flags = found.get(Call.Urgency.RED_FLAG.value)
    said = (
        f" Half of the red flags were phoned about within {counted(flags[1], 'minute')}." if flags and flags[1] else ""
    )
    still = sum(figures[3] for figures in found.values())
    return Statistic(
        f"{counted(total, 'call')} opened, {still} still open.{said}",
        headings(
            urgency="Urgency",
            calls="Calls",
            minutes_to_first_try="Minutes to the first try, median",
            minutes_to_reached="Minutes until reached, median",
            open="Still open",
        ),
        rows,
        bars(
            [one.label.capitalize() for one in Call.Urgency],
            [Series("Calls", [found.get(one.value, (0,))[0] for one in Call.Urgency])],
        )
        if total
        else None,
    )
