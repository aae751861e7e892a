"""How long patients waited from asking for a visit until it began."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from injections.statistics.charts import Chart, Series, bars
from injections.statistics.months import Figure, Months
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings, local_month, months_of, select
from injections.visit_kinds import INJECTING, KINDS
from pht_clinic import clock
from scheduling.messages.words import counted

_WAITED = """
    SELECT visit.kind, visit.start_at, extract(epoch FROM visit.start_at - (
               SELECT min(change.at) FROM scheduling_appointmentchange AS change
                WHERE change.appointment_id = visit.id)) / 86400 AS days
      FROM scheduling_appointment AS visit
     WHERE visit.start_at >= %s AND visit.start_at < %s AND visit.series_id IS NULL
       AND visit.status NOT IN ('cancelled', 'entered-in-error', 'proposed')
"""
"""Of each visit that begins in the period the days since it was first asked for, however often it was moved since."""
_BY_KIND = f"""
    SELECT kind, count(*), percentile_cont(0.5) WITHIN GROUP (ORDER BY days),
           percentile_cont(0.9) WITHIN GROUP (ORDER BY days)
      FROM ({_WAITED}) AS waited WHERE days > 0 GROUP BY kind
"""  # noqa: S608 - nothing of anybody's is put in
_BY_MONTH = f"""
    SELECT {local_month("start_at")}, count(*),
           round(percentile_cont(0.5) WITHIN GROUP (ORDER BY days)::numeric, 1)::float
      FROM ({_WAITED}) AS waited WHERE days > 0 AND kind = ANY(%s) GROUP BY 1
"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Waited:
    """How long the visits of one kind were waited for, in days; None where there was none."""

    kind: str
    visits: int
    median: float | None
    nine_of_ten: float | None

    @property
    def within(self) -> str:
        """How long half of them waited at most."""
        return in_days(self.median)


def waited_by_kind(period: CountedDays) -> list[Waited]:
    """Of each kind, in the order of the kinds. One query.

    A patient who came without an appointment, what was entered after it began, and the dates of a series are left out:
    nobody waited for those.
    """
    found = {kind: figures for kind, *figures in select(_BY_KIND, period.edges)}
    return [Waited(kind, *found.get(kind, (0, None, None))) for kind in KINDS]


def waits(period: CountedDays) -> Statistic:
    """From the request to the visit, by kind of visit, for those that begin in the period."""
    found = waited_by_kind(period)
    rows: list[tuple[Cell, ...]] = [
        (KINDS[one.kind].name, one.visits, _rounded(one.median), _rounded(one.nine_of_ten)) for one in found
    ]
    known = [one for one in found if one.visits]
    said = "; ".join(f"{_named(one)} within {one.within}" for one in known)
    return Statistic(
        f"{said}. A series, and who came without an appointment, is left out." if known else "0 visits.",
        headings(
            kind="Kind of visit",
            visits="Visits",
            days_median="Days from request to visit, median",
            days_nine_of_ten="9 of 10 within, days",
        ),
        rows,
        _chart(known) if known else None,
    )


def _chart(known: Sequence[Waited]) -> Chart:
    medians = Series("Median days", [_rounded(one.median) for one in known])
    return bars([f"{KINDS[one.kind].name}, {counted(one.visits, 'visit')}" for one in known], [medians], unit=" days")


def _named(one: Waited) -> str:
    return f"{KINDS[one.kind].name}: half of {counted(one.visits, 'visit')}"


def _rounded(days: float | None) -> float | None:
    return None if days is None else round(float(days), 1)


def in_days(days: float | None) -> str:
    """After "within": "a day" for less than one, "1 day", "6.5 days"; "" where it is not known."""
    rounded = _rounded(days)
    if rounded is None:
        return ""
    if rounded < 1:
        return "a day"
    return "1 day" if rounded == 1 else f"{rounded:g} days"


def _by_month(period: CountedDays) -> dict[date, tuple[Any, ...]]:
    """Of visits that inject alone: other kinds are booked ahead on purpose."""
    return months_of(select(_BY_MONTH, [str(clock.zone()), *period.edges, list(INJECTING)]))


WAITS_BY_MONTH = Months(
    (
        Figure("injections", "Visits to inject", is_drawn=False),
        Figure("median_days", "Median days to a visit that injects", adds_up=False),
    ),
    _by_month,
)
