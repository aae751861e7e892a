"""What stops a procedure before any of its steps: nothing to record, or a concern that nobody has seen yet."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import alerts_about
from injections.assessment.coverage import uncovered
from injections.assessment.visits import Visit, find_appointment, with_assessments
from injections.procedure.checks import check_may_record
from injections.review.past_decisions import earlier_decisions
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.pages.showing import page


def visit_of(appointment_id: int) -> Visit:
    return with_assessments([find_appointment(appointment_id)])[0]


def not_recordable(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """The page that says so, of a visit that injects nothing or is not booked or arrived (any more)."""
    if why_not(check_may_record, visit.appointment, by=actor_of(request.user), now=clock.now()):
        return _page(request, visit, {})
    return None


def not_seen(request: HttpRequest, visit: Visit) -> HttpResponse | None:
    """The page that shows a concern which no decision covers, until the radiologist says that it was seen. Recording it
    then needs its reason.
    """
    found = visit.appointment
    standing = uncovered(visit.assessment, earlier_decisions(found.pk)[::-1], on=clock.local_date(found.start_at))
    seen = visit.assessment.pk if visit.assessment else None
    if not standing or request.session.get(_seen_key(found.pk)) == seen:
        return None
    return _page(request, visit, {"standing": standing})


def seen_by_radiologist(request: HttpRequest, visit: Visit) -> None:
    """What stands by this assessment was seen; by another one it is shown again."""
    request.session[_seen_key(visit.appointment.pk)] = visit.assessment.pk if visit.assessment else None


def _page(request: HttpRequest, visit: Visit, more: dict[str, Any]) -> HttpResponse:
    found = visit.appointment
    alerts = alerts_about(found.patient_id, by=actor_of(request.user), now=clock.now())
    context = {"visit": visit, "appointment": found, **more, **alerts}
    shows = [found.patient_id]
    return page(request, "injections/procedure/not_now.html", context, shows=shows, what="procedure-not-now")


def _seen_key(appointment_id: int) -> str:
    return f"procedure-seen-{appointment_id}"
