"""The page of one series: all of its visits, and what can be done with those to come."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import alerts_about
from injections.booking.series.read import find_series
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.permissions import is_permitted
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page


@permitted("read-diary")
def series_page(request: HttpRequest, series_id: int) -> HttpResponse:
    """Everything about one series."""
    now, by = clock.now(), actor_of(request.user)
    found = find_series(series_id)
    to_come = found.to_come(now=now)
    may_change = is_permitted("move", by) and is_permitted("cancel", by)
    context = {"series": found, "patient": found.patient, "to_come": to_come, "may_change": may_change}
    context |= alerts_about(found.patient.pk, by=by, now=now)
    return page(request, "injections/series/series.html", context, shows=[found.patient.pk])
