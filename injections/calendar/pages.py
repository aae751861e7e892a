"""The diary of a day as a list, and the visits of which nobody said what happened."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import note_alerts
from injections.assessment.visits import diary_of_day, with_assessments, without_outcome
from injections.booking.forms import day_from
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page, part_of
from scheduling.models import Practitioner
from scheduling.states import Status


@permitted("read-diary")
def calendar(request: HttpRequest) -> HttpResponse:
    """One local day, of everybody or of one practitioner."""
    now = clock.now()
    today = clock.local_date(now)
    day = day_from(request.GET, "day") or today
    people = list(Practitioner.objects.filter(active=True))
    who = next((one for one in people if str(one.pk) == request.GET.get("who")), None)
    visits = [visit for visit in diary_of_day(day) if who is None or visit.appointment.practitioner_id == who.pk]
    note_alerts(visits, now=now)
    context = {
        "day": day,
        "today": today,
        "now": now,
        "people": people,
        "who": who,
        "standing": [visit for visit in visits if visit.appointment.status != Status.CANCELLED],
        "cancelled": [visit for visit in visits if visit.appointment.status == Status.CANCELLED],
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
    }
    return page(
        request, "injections/calendar/list.html", context, shows={visit.appointment.patient_id for visit in visits}
    )


@permitted("read-diary")
def without_outcome_page(request: HttpRequest) -> HttpResponse:
    """Visits that are over and count as given until somebody says what happened."""
    now = clock.now()
    listed = part_of(request, without_outcome(now=now))
    visits = with_assessments(listed, with_changes=True)
    note_alerts(visits, now=now)
    shows = {visit.appointment.patient_id for visit in visits}
    context = {"visits": visits, "page_obj": listed, "now": now}
    return page(request, "injections/worklists/without_outcome.html", context, shows=shows)
