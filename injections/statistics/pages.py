"""Statistics as pages: a picture, a sentence, a table, and a file."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.statistics import STATISTICS
from injections.statistics.forms import PeriodForm
from injections.statistics.months import year_up_to
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.replica.reading import read_aside
from pht_clinic.web.access import permitted
from pht_clinic.web.csv_export import csv_file
from pht_clinic.web.pages.showing import page


@permitted("read-statistics")
def statistics(request: HttpRequest) -> HttpResponse:
    """The first of them."""
    return redirect("statistic", name=next(iter(STATISTICS)))


@permitted("read-statistics")
def statistic(request: HttpRequest, name: str) -> HttpResponse:
    """One statistic over a period."""
    if name not in STATISTICS:
        raise Missing("There is no such statistic.")
    form = PeriodForm(request.GET, today=clock.today())
    period = form.period()
    year = year_up_to(period)
    whole = urlencode({"from": year.from_on.isoformat(), "to": year.to_on.isoformat()})
    named = STATISTICS[name]
    found, behind = read_aside(lambda: (named.count(period), named.year(period)))
    context = {
        "form": form,
        "period": period,
        "name": name,
        "title": named.title,
        "found": found,
        "year": behind,
        "year_from": year.from_on,
        "year_url": f"{reverse('statistic', args=[name])}?{whole}",
        "all": STATISTICS.items(),
    }
    return page(request, "injections/statistics/statistic.html", context)


@permitted("read-statistics")
def statistic_file(request: HttpRequest, name: str) -> HttpResponse:
    """The table of one statistic as CSV, or with `by=month` that of the year behind it. A period that makes no sense
    leads back to the page, which says why.
    """
    if name not in STATISTICS:
        raise Missing("There is no such statistic.")
    form = PeriodForm(request.GET, today=clock.today())
    period = form.period()
    if form.errors:
        return redirect(f"{reverse('statistic', args=[name])}?{request.GET.urlencode()}")
    by_month = request.GET.get("by") == "month"
    found = read_aside(lambda: (STATISTICS[name].year if by_month else STATISTICS[name].count)(period))
    return csv_file(f"{name}-by-month" if by_month else name, [column.code for column in found.columns], found.rows)
