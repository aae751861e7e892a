"""How many visits there were, and how long they waited for a decision."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.db.models import (
    Aggregate,
    Count,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
)
from django.db.models.functions import TruncMonth, TruncWeek

from injections.models import Decision, Injection
from injections.statistics.charts import Series, bars, columns
from injections.statistics.months import Figure, Months
from injections.statistics.shapes import Cell, CountedDays, Statistic, duration, headings, percent
from injections.visit_kinds import INJECTING
from pht_clinic import clock
from scheduling.messages.words import counted, full_date
from scheduling.models import Appointment, AppointmentChange
from scheduling.states import Status


def appointments(period: CountedDays) -> Statistic:
    """Visits by the week of their start; what was entered in error never took place anywhere.

    Of a visit that injects, completed means given; what took place without is counted by itself.
    """
    found = _visits_by(TruncWeek, period)
    mondays = _mondays(period)
    by_week = [found.get(monday, (0, 0, 0, 0, 0)) for monday in mondays]
    booked, completed, missed, cancelled, not_given = map(sum, zip(*by_week, strict=True))
    share = f" ({percent(missed, completed + not_given + missed)} of those that were due)" if missed else ""
    return Statistic(
        f"{counted(booked, 'visit')} booked, {completed} completed, {missed} missed{share}, "
        f"{cancelled} cancelled, {not_given} not given.{_cut(period)}",
        headings(
            week="Week from",
            booked="Booked",
            completed="Completed",
            missed="Missed",
            cancelled="Cancelled",
            not_given="Not given",
        ),
        [(monday, *counts) for monday, counts in zip(mondays, by_week, strict=True)],
        columns(
            [f"{monday.day} {monday:%b}" for monday in mondays],
            [Series("Booked", [one[0] for one in by_week]), Series("Missed", [one[2] for one in by_week])],
            axis="Week from",
        )
        if booked
        else None,
    )


def _cut(period: CountedDays) -> str:
    """Which weeks the period cuts, so that nobody takes half a week for a quiet one."""
    starts = period.from_on.weekday() != 0
    ends = period.to_on.weekday() != 6
    first, last = full_date(period.from_on), full_date(period.to_on)
    if starts and ends:
        return f" The first week is counted from {first} only, the last to {last} only."
    if starts:
        return f" The first week is counted from {first} only."
    return f" The last week is counted to {last} only." if ends else ""


def _visits_by(part: Any, period: CountedDays) -> dict[date, tuple[int, int, int, int, int]]:
    """Booked, completed, missed, cancelled and not given, by the first day of each such part of the clinic's calendar;
    what has none is left out. One query.
    """
    first, end = period.edges
    given = Injection.objects.given().filter(appointment=OuterRef("pk"))
    nothing_given = Q(~Exists(given), kind__in=INJECTING)
    parts = (
        Appointment.objects.filter(start_at__gte=first, start_at__lt=end)
        .exclude(status=Status.ENTERED_IN_ERROR)
        .values(part=part("start_at", tzinfo=clock.zone()))
        .order_by("part")
        .annotate(
            kept=Count("pk", filter=~Q(status=Status.CANCELLED)),
            completed=Count("pk", filter=Q(~nothing_given, status=Status.FULFILLED)),
            not_given=Count("pk", filter=Q(nothing_given, status=Status.FULFILLED)),
            missed=Count("pk", filter=Q(status=Status.NOSHOW)),
            cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
        )
    )
    return {
        row["part"].date(): (row["kept"], row["completed"], row["missed"], row["cancelled"], row["not_given"])
        for row in parts
    }


APPOINTMENTS_BY_MONTH = Months(
    (
        Figure("booked", "Booked"),
        Figure("completed", "Completed", is_drawn=False),
        Figure("missed", "Missed"),
        Figure("cancelled", "Cancelled", is_drawn=False),
        Figure("not_given", "Not given", is_drawn=False),
    ),
    lambda period: _visits_by(TruncMonth, period),
)


def _mondays(period: CountedDays) -> list[date]:
    first = period.from_on - timedelta(days=period.from_on.weekday())
    return [first + timedelta(weeks=number) for number in range((period.to_on - first).days // 7 + 1)]


_WAITS = (
    ("Under 1 hour", timedelta(0), timedelta(hours=1)),
    ("1 to 4 hours", timedelta(hours=1), timedelta(hours=4)),
    ("4 to 24 hours", timedelta(hours=4), timedelta(hours=24)),
    ("1 to 3 days", timedelta(hours=24), timedelta(hours=72)),
    ("3 days or more", timedelta(hours=72), timedelta(days=36_500)),
)


class _Median(Aggregate):
    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = DurationField()


def decisions(period: CountedDays) -> Statistic:
    """From the moment a visit began to wait to the decision that ended it; questions asked in between do not end it."""
    first, end = period.edges
    decided = _decided(period)
    counts = decided.aggregate(
        median=_Median("waited"),
        **{
            f"wait_{number}": Count("pk", filter=Q(waited__gte=least, waited__lt=most))
            for number, (_, least, most) in enumerate(_WAITS)
        },
    )
    lapsed = AppointmentChange.objects.filter(verb="lapse", at__gte=first, at__lt=end).count()
    rows: list[tuple[Cell, ...]] = [(label, counts[f"wait_{number}"]) for number, (label, *_) in enumerate(_WAITS)]
    total = sum(counts[f"wait_{number}"] for number in range(len(_WAITS)))
    half = f"; half of them within {duration(counts['median'])}" if total else ""
    return Statistic(
        f"{counted(total, 'visit')} decided{half}. "
        f"{counted(lapsed, 'visit')} cancelled because nobody decided in time.",
        headings(waited="Waited", decisions="Decisions"),
        rows,
        bars([str(row[0]) for row in rows], [Series("Decisions", [counts[f"wait_{n}"] for n in range(len(rows))])])
        if total
        else None,
    )


def _decided(period: CountedDays) -> QuerySet[Decision]:
    """The decisions of a period, but for questions, each with how long its visit had `waited`."""
    first, end = period.edges
    began = AppointmentChange.objects.filter(
        appointment=OuterRef("appointment"), to_status=Status.PENDING, at__lte=OuterRef("at")
    ).exclude(from_status=Status.PENDING)
    return (
        Decision.objects.filter(at__gte=first, at__lt=end)
        .exclude(outcome=Decision.Outcome.ASK)
        .annotate(began=Subquery(began.order_by("-pk").values("at")[:1]))
        .annotate(waited=ExpressionWrapper(F("at") - F("began"), output_field=DurationField()))
        .filter(waited__isnull=False)
    )


def _decisions_by_month(period: CountedDays) -> Mapping[date, tuple[int, float]]:
    months = _decided(period).values(month=TruncMonth("at", tzinfo=clock.zone())).order_by("month")
    counted_ones = months.annotate(number=Count("pk"), median=_Median("waited"))
    return {row["month"].date(): (row["number"], round(row["median"] / timedelta(hours=1), 1)) for row in counted_ones}


DECISIONS_BY_MONTH = Months(
    (Figure("decisions", "Decisions", is_drawn=False), Figure("median_hours", "Median hours waited", adds_up=False)),
    _decisions_by_month,
)
