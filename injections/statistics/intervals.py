"""How long patients waited between two injections in the same area and side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from django.db.models.functions import Coalesce

from injections import words
from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.safety.dates import add_months, past_date
from injections.safety.sites import area_of, sides_match, sites_match
from injections.statistics.charts import Series, bars, columns
from injections.statistics.months import Figure, Months
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings, percent, rate
from scheduling.messages.words import counted

LAST_MONTHS = 12
"""Intervals this long and longer share the last column of the histogram."""


@dataclass(frozen=True, slots=True)
class _Given:
    """An injection that counts, with the latest day it can have been, None if there is no limit; `place` is who gave it
    and where, "" of one given elsewhere.
    """

    holder_id: int
    site: str
    side: str
    latest: date | None
    place: str
    is_in_period: bool


def intervals(period: CountedDays) -> Statistic:
    """How long before each injection given here in the period the last one in the same area and side was.

    Whole months as the rules count them, so that the columns end exactly at the 3- and 4-month lines; an approximate
    date counts as its latest possible day.
    """
    counts = [0] * (LAST_MONTHS + 1)
    first_ever = 0
    for _, months in _months_since_the_last(period):
        if months is None:
            first_ever += 1
        else:
            counts[months] += 1
    policy = effective_policy()
    soon, near = policy.repeat_critical_months, policy.repeat_review_months
    total, early = sum(counts), sum(counts[:soon])
    labels = [*map(str, range(LAST_MONTHS)), f"{LAST_MONTHS}+"]
    return Statistic(
        f"{counted(total, 'repeat injection')} and {counted(first_ever, 'first injection')}. "
        f"{early} before {soon} months, "
        f"{sum(counts[soon:near])} between {soon} and {near} months, {sum(counts[near:])} later.",
        headings(months="Whole months since the last one", injections="Injections"),
        [(label, number) for label, number in zip(labels, counts, strict=True)],
        columns(
            labels,
            [Series("Injections", counts)],
            markers=[(soon, f"{soon} months"), (near, f"{near} months")],
            axis="Whole months since the last injection in the same area and side",
        )
        if total
        else None,
    )


def repeats(period: CountedDays) -> Statistic:
    """Injections given here in the period, by practitioner and site, and how many of them came too soon.

    Too soon is before the end of the months in which a radiologist looks, 4 unless the clinic is stricter, since the
    last one in the same area and side, here or elsewhere.
    """
    near = effective_policy().repeat_review_months
    given: Counter[str] = Counter()
    soon: Counter[str] = Counter()
    for one, months in _months_since_the_last(period):
        given[one.place] += 1
        soon[one.place] += months is not None and months < near
    places = sorted(given)
    rows: list[tuple[Cell, ...]] = [(one, given[one], soon[one], rate(soon[one], given[one])) for one in places]
    total, early = given.total(), soon.total()
    return Statistic(
        f"{counted(total, 'injection')}, {early} of them within {near} months of the last one in the same area and "
        f"side ({percent(early, total)}).",
        headings(
            who_and_where="Practitioner and site",
            given="Given",
            within=f"Within {near} months",
            within_percent="% of given",
        ),
        rows,
        bars(
            places,
            [
                Series(f"Within {near} months", [soon[one] for one in places]),
                Series("Later, or the first", [given[one] - soon[one] for one in places]),
            ],
        )
        if rows
        else None,
    )


def _months_since_the_last(period: CountedDays) -> Iterator[tuple[_Given, int | None]]:
    """Each injection given here in the period with the whole months since the last one in its area and side, None where
    there was none.
    """
    for _, group in groupby(_counted_injections(period), key=lambda one: one.holder_id):
        of_patient = list(group)
        for given in (one for one in of_patient if one.is_in_period):
            before = _last_before(given, of_patient)
            yield given, None if before is None or given.latest is None else _whole_months(before, given.latest)


def _counted_injections(period: CountedDays) -> list[_Given]:
    """Every injection that counts of the patients who had one here in the period, patient by patient. One query."""
    holder = Coalesce("patient__merged_into_id", "patient_id")
    standing = Injection.objects.given().exclude(steroid=False).annotate(holder_id=holder)
    first, last = period.from_on.isoformat(), period.to_on.isoformat()
    ours = standing.filter(origin=Injection.Origin.OWN, given__gte=first, given__lte=last)
    rows = standing.filter(holder_id__in=ours.values("holder_id")).order_by("holder_id", "pk")
    return [
        _Given(
            holder_id,
            site,
            side,
            past_date(given or None, recorded_on).latest,
            f"{name}, {words.SITE_NAMES[site].lower()}" if name else "",
            origin == Injection.Origin.OWN and first <= given <= last,
        )
        for holder_id, site, side, given, recorded_on, origin, name in rows.values_list(
            "holder_id", "site", "side", "given", "recorded_on", "origin", "appointment__practitioner__name"
        )
    ]


def _last_before(given: _Given, others: Sequence[_Given]) -> date | None:
    area = area_of(given.site)
    earlier = (
        one.latest
        for one in others
        if one.latest is not None
        and given.latest is not None
        and one.latest < given.latest
        and area is not None
        and sites_match(one.site, area)
        and sides_match(one.side, given.side)
    )
    return max(earlier, default=None)


def _whole_months(earlier: date, later: date) -> int:
    """How many whole months have ended, at most LAST_MONTHS."""
    return next((months for months in range(LAST_MONTHS) if later < add_months(earlier, months + 1)), LAST_MONTHS)


def _by_month(period: CountedDays) -> dict[date, tuple[int, int, int]]:
    """Injections of each month, those with one before in their area and side, and those too soon after it."""
    near = effective_policy().repeat_review_months
    found: dict[date, tuple[int, int, int]] = {}
    for one, months in _months_since_the_last(period):
        if one.latest is not None:
            given, again, soon = found.get(one.latest.replace(day=1), (0, 0, 0))
            is_soon = months is not None and months < near
            found[one.latest.replace(day=1)] = (given + 1, again + (months is not None), soon + is_soon)
    return found


INTERVALS_BY_MONTH = Months(
    (
        Figure("given", "Given", is_drawn=False),
        Figure("repeats", "Repeat injections"),
        Figure("too_soon", "Before the interval is free"),
    ),
    _by_month,
)
