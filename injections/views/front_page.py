"""Home: what needs action now, by role, and what today looks like."""

from __future__ import annotations

from collections import Counter

from django.http import HttpRequest, HttpResponse

from injections import selectors
from pht_clinic import clock
from pht_clinic.people.access import roles
from pht_clinic.people.roles import EVERY_ROLE
from scheduling.lifecycle import Status
from scheduling.views.showing import page

NEXT_VISITS = 6


@roles(*EVERY_ROLE)
def home(request: HttpRequest) -> HttpResponse:
    """Counts that lead to their lists, today's numbers, and who comes next."""
    now = clock.now()
    waiting = selectors.pending(now=now)
    queue = selectors.review_queue(now=now, waiting=waiting)
    today = selectors.diary_of_day(selectors.clock_date(now), now=now)
    coming = [
        one
        for one in today
        if one.appointment.end_at > now and one.appointment.status in (Status.BOOKED, Status.ARRIVED)
    ]
    context = {
        "queue": queue,
        "red_flags": sum(visit.is_red_flag for visit in queue),
        "answers": selectors.waiting_for_answers(now=now, waiting=waiting),
        "calls": selectors.open_calls().count(),
        "phone_tasks": selectors.phone_tasks().count(),
        "no_outcome": selectors.without_outcome(now=now).count(),
        "today": Counter(visit.appointment.status for visit in today),
        "total": sum(visit.appointment.status != Status.CANCELLED for visit in today),
        "coming": coming[:NEXT_VISITS],
        "next_day": None if coming else selectors.next_clinic(now=now),
    }
    return page(
        request, "injections/home.html", context, shows={one.appointment.patient_id for one in coming}
    )
