"""How many visits there were, and how long they waited for a decision."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Aggregate, Count, DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, Subquery
from django.db.models.functions import TruncWeek

from injections.models import Decision, Injection
from injections.statistics.charts import Series, bars, columns
from injections.statistics.shapes import Cell, CountedDays, Statistic, duration, headings, percent
from injections.visit_kinds import INJECTING
from pht_clinic import clock
from scheduling.messages.words import counted
from scheduling.models import Appointment, AppointmentChange
from scheduling.states import Status


def appointments(period: CountedDays) -> Statistic:
    """Visits by the week of their start; what was entered in error never took place anywhere.

    Of a visit that injects, completed means given; what took place without is counted by itself.
    """
    first, end = period.edges
    given = Injection.objects.given().filter(appointment=OuterRef("pk"))
    nothing_given = Q(~Exists(given), kind__in=INJECTING)
    weeks = (
        Appointment.objects.filter(start_at__gte=first, start_at__lt=end)
        .exclude(status=Status.ENTERED_IN_ERROR)
        .values(week=TruncWeek("start_at", tzinfo=clock.zone()))
        .order_by("week")
        .annotate(
            kept=Count("pk", filter=~Q(status=Status.CANCELLED)),
            completed=Count("pk", filter=Q(~nothing_given, status=Status.FULFILLED)),
            not_given=Count("pk", filter=Q(nothing_given, status=Status.FULFILLED)),
            missed=Count("pk", filter=Q(status=Status.NOSHOW)),
            cancelled=Count("pk", filter=Q(status=Status.CANCELLED)),
        )
    )
    found = {row["week"].date(): row for row in weeks}
    mondays = _mondays(period)
    by_week = [
        (week["kept"], week["completed"], week["missed"], week["cancelled"], week["not_given"])
        if (week := found.get(monday))
        else (0, 0, 0, 0, 0)
        for monday in mondays
    ]
    booked, completed, missed, cancelled, not_given = map(sum, zip(*by_week, strict=True))
    share = f" ({percent(missed, completed + not_given + missed)} of those that were due)" if missed else ""
    return Statistic(
        f"{counted(booked, 'visit')} booked, {completed} completed, {missed} missed{share}, "
        f"{cancelled} cancelled, {not_given} not given.",
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
    began = AppointmentChange.objects.filter(
        appointment=OuterRef("appointment"), to_status=Status.PENDING, at__lte=OuterRef("at")
    ).exclude(from_status=Status.PENDING)
    decided = (
        Decision.objects.filter(at__gte=first, at__lt=end)
        .exclude(outcome=Decision.Outcome.ASK)
        .annotate(began=Subquery(began.order_by("-pk").values("at")[:1]))
        .annotate(waited=ExpressionWrapper(F("at") - F("began"), output_field=DurationField()))
        .filter(waited__isnull=False)
    )
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
