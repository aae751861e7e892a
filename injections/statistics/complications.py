"""What came of injections given here: complications of 1,000, by kind, practitioner and site."""

from __future__ import annotations

from collections import Counter
from typing import Final

from injections import words
from injections.models import Complication, Injection
from injections.statistics.charts import Series, bars
from injections.statistics.shapes import Cell, CountedDays, Statistic, headings
from scheduling.messages.words import counted

IN_WORDS: Final = "In words, at the injection"
"""What stands in the record of an injection itself names no kind."""
_PLACE: Final = ("appointment__practitioner__name", "site")


def complications(period: CountedDays) -> Statistic:
    """Complications of the injections given here at visits of the period, by kind; then by practitioner and site.

    One injection may have several, and each counts. Two queries.
    """
    of_place, by_place, severe = _found(period)
    by_kind: Counter[str] = Counter()
    for (kind, _), number in by_place.items():
        by_kind[kind] += number
    total, injections = by_kind.total(), of_place.total()
    kinds = [*(str(one.label) for one in Complication.Kind), IN_WORDS]
    table: list[tuple[Cell, ...]] = [
        (kind, by_kind[kind], injections, of_1000(by_kind[kind], injections)) for kind in kinds
    ]
    table += [
        (f"{kind}: {place}", number, of_place[place], of_1000(number, of_place[place]))
        for (kind, place), number in sorted(by_place.items())
    ]
    rate = f", {of_1000(total, injections):g} per 1,000 injections" if injections else ""
    return Statistic(
        f"{counted(total, 'complication')}{rate}; severe: {severe}.",
        headings(kind="Complication", complications="Number", given="Injections given", of_1000="Per 1,000 given"),
        table,
        bars(kinds, [Series("Per 1,000 given", [of_1000(by_kind[kind], injections) for kind in kinds])])
        if injections
        else None,
    )


def _found(period: CountedDays) -> tuple[Counter[str], Counter[tuple[str, str]], int]:
    """Injections by practitioner and site; complications by kind there; how many of them were severe."""
    first, end = period.edges
    of_visits = {"appointment__start_at__gte": first, "appointment__start_at__lt": end}
    given, places = Injection.objects.given().filter(**of_visits), {}
    of_place: Counter[str] = Counter()
    by_place: Counter[tuple[str, str]] = Counter()
    for appointment_id, name, site, text in given.values_list("appointment_id", *_PLACE, "complications"):
        place = places[appointment_id] = f"{name}, {words.SITE_NAMES[site].lower()}"
        of_place[place] += 1
        by_place[IN_WORDS, place] += bool(text)
    severe = 0
    rows = Complication.objects.filter(**of_visits, appointment__in=list(places))
    for appointment_id, kind, severity in rows.values_list("appointment_id", "kind", "severity"):
        by_place[str(Complication.Kind(kind).label), places[appointment_id]] += 1
        severe += severity == Complication.Severity.SEVERE
    return of_place, +by_place, severe


def of_1000(part: int, whole: int) -> float:
    """Of 1,000, to one decimal; 0 of none."""
    return round(1000 * part / whole, 1) if whole else 0.0
