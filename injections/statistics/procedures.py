"""What was injected here: by whom and where, what did not go ahead and why, how often one patient comes back."""

from __future__ import annotations

from django.db.models import Count, Exists, OuterRef, Q

from injections import words
from injections.models import Complication, Injection
from injections.statistics.charts import Series, bars, columns
from injections.statistics.complications import of_1000
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings, select
from scheduling.messages.words import counted

_GIVEN = Q(status__in=Injection.GIVEN)
_ADDED = Complication.objects.filter(appointment=OuterRef("appointment"))
"""What came of it and was recorded later."""
_MANY = 3
"""From so many in one year on a patient stands in the last column."""


def procedures(period: CountedDays) -> Statistic:
    """Procedures recorded for visits of the period, by practitioner and site; how many of 1,000 had a complication."""
    first, end = period.edges
    found = (
        Injection.objects.current()
        .filter(origin=Injection.Origin.OWN, appointment__start_at__gte=first, appointment__start_at__lt=end)
        .values_list("appointment__practitioner__name", "site")
        .annotate(
            given=Count("pk", filter=_GIVEN),
            not_given=Count("pk", filter=Q(status=Injection.Status.NOT_GIVEN)),
            complications=Count("pk", filter=_GIVEN & (~Q(complications="") | Q(Exists(_ADDED)))),
        )
        .order_by("appointment__practitioner__name", "site")
    )
    rows: list[tuple[Cell, ...]] = [
        (f"{name}, {words.SITE_NAMES[site].lower()}", given, off, troubled, of_1000(troubled, given))
        for name, site, given, off, troubled in found
    ]
    numbers = [figures for _, _, *figures in found]
    given, off, troubled = (sum(row[place] for row in numbers) for place in range(3))
    rate = f": {of_1000(troubled, given):g} per 1,000" if given else ""
    return Statistic(
        f"{counted(given, 'injection')} given, {off} not given. {counted(troubled, 'complication')}{rate}.",
        headings(
            who_and_where="Practitioner and site",
            given="Given",
            not_given="Not given",
            complications="With a complication",
            complications_per_1000="Per 1,000 given",
        ),
        rows,
        bars(
            [str(row[0]) for row in rows],
            [Series("Given", [row[0] for row in numbers]), Series("Not given", [row[1] for row in numbers])],
        )
        if rows
        else None,
    )


def not_given(period: CountedDays) -> Statistic:
    """Visits of the period at which nothing was injected, by the coded reason; a reason in words names no code."""
    first, end = period.edges
    given = Injection.objects.given().filter(appointment=OuterRef("appointment"))
    found = (
        Injection.objects.current()
        .filter(status=Injection.Status.NOT_GIVEN, appointment__start_at__gte=first, appointment__start_at__lt=end)
        .filter(~Exists(given))
        .values_list("reason_code")
        .annotate(visits=Count("appointment", distinct=True))
        .order_by("-visits", "reason_code")
    )
    rows: list[tuple[Cell, ...]] = [(_reason(code), visits) for code, visits in found]
    total = sum(visits for _, visits in found)
    return Statistic(
        f"{counted(total, 'visit')} at which nothing was injected.",
        headings(reason="Reason", visits="Visits"),
        rows,
        bars([str(row[0]) for row in rows], [Series("Visits", [visits for _, visits in found])]) if rows else None,
    )


def _reason(code: str) -> str:
    """One of before there were codes of its own says those of an incident, or words alone."""
    known = {**words.REASON_CODES, **dict(Injection.NotGivenBecause.choices)}
    return str(known.get(code) or code.replace("-", " ").capitalize() or "Said in words")


_BY_PATIENT_AND_YEAR = """
    WITH counted AS (
        SELECT coalesce(patient.merged_into_id, patient.id), left(injection.given, 4) AS year, count(*) AS given
        FROM injections_injection AS injection
        JOIN scheduling_patient AS patient ON patient.id = injection.patient_id
        WHERE injection.origin = 'own' AND injection.status IN ('given', 'part-given')
          AND injection.given >= %s AND injection.given <= %s
          AND NOT EXISTS (SELECT FROM injections_injection AS later WHERE later.supersedes_id = injection.id)
        GROUP BY 1, 2
    )
    SELECT year, count(*), sum(given)::int, count(*) FILTER (WHERE given = 1), count(*) FILTER (WHERE given = 2),
           count(*) FILTER (WHERE given >= 3)
    FROM counted GROUP BY year ORDER BY year
"""


def yearly(period: CountedDays) -> Statistic:
    """How many injections each patient was given here in a calendar year, as far as the period reaches."""
    found = select(_BY_PATIENT_AND_YEAR, [period.from_on.isoformat(), period.to_on.isoformat()])
    patients, given, many = (sum(row[place] for row in found) for place in (1, 2, 5))
    mean = f", {given / patients:.1f} each" if patients else ""
    return Statistic(
        f"{counted(given, 'injection')} for {counted(patients, 'patient')} by year{mean}; {_MANY} or more: {many}.",
        headings(
            year="Year",
            patients="Patients",
            injections="Injections",
            one="One",
            two="Two",
            three_or_more=f"{_MANY} or more",
        ),
        found,
        columns([row[0] for row in found], [Series("Injections", [row[2] for row in found])]) if found else None,
    )
