"""The own list of whoever takes visits: today's patients, who is here, who is late, and the next one's procedure."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import note_alerts
from injections.assessment.visits import Visit, rows_of_day, with_assessments, without_outcome
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.models import Practitioner
from scheduling.states import Status

IN_TURN = (Status.ARRIVED, Status.BOOKED)
"""Whom somebody who has a room free sees next: who is here, else who is to come; the earliest first."""


def own_diary(user: Any) -> QuerySet[Practitioner]:
    """Whose visits are one's own: one practitioner, or nobody for whoever takes none."""
    return Practitioner.objects.filter(user=user.pk, active=True)


@permitted("read-diary")
def my_list(request: HttpRequest) -> HttpResponse:
    """Today's visits of the practitioner who is signed in."""
    now = clock.now()
    who = own_diary(request.user).first()
    visits = _of_today(who, now=now) if who else []
    context = {
        "who": who,
        "visits": visits,
        "next": next_in_turn(visits),
        "here": sum(visit.appointment.status == Status.ARRIVED for visit in visits),
        "late": sum(visit.late_by(now) is not None for visit in visits),
        "left": sum(not visit.is_over for visit in visits),
        "unsaid": without_outcome(now=now).filter(practitioner=who).count() if who else 0,
    }
    shows = {visit.appointment.patient_id for visit in visits}
    return page(request, "injections/worklists/my_list.html", context, shows=shows)


def next_in_turn(visits: Iterable[Visit]) -> Visit | None:
    """The visit to go on with; None when nobody is left. What waits for a decision is not gone on with."""
    open_ones = [visit for visit in visits if visit.appointment.status in IN_TURN]
    return min(
        open_ones,
        key=lambda visit: (IN_TURN.index(Status(visit.appointment.status)), visit.appointment.start_at),
        default=None,
    )


def _of_today(who: Practitioner, *, now: datetime) -> list[Visit]:
    rows = rows_of_day(clock.local_date(now)).filter(practitioner=who).exclude(status=Status.CANCELLED)
    visits = with_assessments(rows, with_changes=True)
    note_alerts(visits, now=now)
    return visits
