"""The diary of a day as a list, and the visits of which nobody said what happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import note_alerts
from injections.assessment.visits import Visit, diary_of_day, rows_of_day, with_assessments, without_outcome
from injections.booking.forms import day_from
from injections.booking.holds.hold import being_booked
from injections.calendar.marks import held_marks, marks_of, stored_marks
from pht_clinic import clock
from pht_clinic.periods import local_days
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.fresh import asks_version, fresh, say_version, version_of
from pht_clinic.web.pages.showing import is_part, page, part_of
from scheduling.availability.bank_holidays import names_of_bank_holidays
from scheduling.models import Appointment, Practitioner
from scheduling.states import Status


@permitted("read-diary")
def calendar(request: HttpRequest) -> HttpResponse:
    """One local day, of everybody or of one practitioner."""
    now = clock.now()
    today = clock.local_date(now)
    day = day_from(request.GET, "day") or today
    if asks_version(request):
        marks = held_marks(_held(day, now=now))
        return say_version(request, version_of(stored_marks(rows_of_day(day)), marks, now=now))
    people = list(Practitioner.objects.filter(active=True))
    who = next((one for one in people if str(one.pk) == request.GET.get("who")), None)
    of_day = diary_of_day(day)
    held = _held(day, now=now)
    version = version_of(marks_of(visit.appointment for visit in of_day), held_marks(held), now=now)
    visits = _of(who, of_day)
    note_alerts(visits, now=now)
    context = {
        "day": day,
        "holiday": names_of_bank_holidays(day, day).get(day, ""),
        "today": today,
        "now": now,
        "people": people,
        "who": who,
        **_parted(visits),
        "held": [one for one in held if who is None or one.practitioner_id == who.pk],
        "before": day - timedelta(days=1),
        "after": day + timedelta(days=1),
        "fresh": fresh(request, version),
    }
    template = "injections/calendar/_list.html" if is_part(request) else "injections/calendar/list.html"
    return page(request, template, context, shows={visit.appointment.patient_id for visit in visits})


def _held(day: date, *, now: datetime) -> list[Appointment]:
    """The times of a local day that somebody is just booking. One query."""
    shown = local_days(day, day, clock.zone())
    return list(being_booked(shown.start, shown.end, now=now))


def _of(who: Practitioner | None, visits: Iterable[Visit]) -> list[Visit]:
    return [visit for visit in visits if who is None or visit.appointment.practitioner_id == who.pk]


def _parted(visits: Iterable[Visit]) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = {"standing": [], "cancelled": []}
    for visit in visits:
        found["cancelled" if visit.appointment.status == Status.CANCELLED else "standing"].append(visit)
    return found


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
