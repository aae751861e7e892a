"""Home: what needs action now, by role, and what today looks like."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from django.http import HttpRequest, HttpResponse

from injections import selectors
from injections.selectors import Visit
from pht_clinic import clock
from pht_clinic.people.access import roles
from pht_clinic.people.roles import EVERY_ROLE
from scheduling import sessions
from scheduling.lifecycle import Status
from scheduling.views.showing import page

NEXT_VISITS = 6
MOVE_WITHIN = timedelta(weeks=2)
"""Bookings further ahead that lost their place stand on their list only: a front page does not count a year."""


@roles(*EVERY_ROLE)
def home(request: HttpRequest) -> HttpResponse:
    """Counts that lead to their lists, today's numbers, and who comes next."""
    now = clock.now()
    waiting, today = _visits(now)
    queue = selectors.review_queue(now=now, waiting=waiting)
    coming = [
        one
        for one in today
        if one.appointment.end_at > now and one.appointment.status in (Status.BOOKED, Status.ARRIVED)
    ]
    context = {
        "queue": queue,
        "red_flags": sum(visit.is_red_flag for visit in queue),
        "answers": selectors.waiting_for_answers(now=now, waiting=waiting),
        **selectors.counts(
            calls=selectors.open_calls(),
            phone_tasks=selectors.phone_tasks(),
            no_outcome=selectors.without_outcome(now=now),
        ),
        "to_be_moved": len(sessions.to_be_moved(now=now, until=now + MOVE_WITHIN)),
        "today": Counter(visit.appointment.status for visit in today),
        "total": sum(visit.appointment.status != Status.CANCELLED for visit in today),
        "coming": coming[:NEXT_VISITS],
        "next_day": None if coming else selectors.next_clinic(now=now),
    }
    return page(
        request, "injections/home.html", context, shows={one.appointment.patient_id for one in coming}
    )


def _visits(now: datetime) -> tuple[list[Visit], list[Visit]]:
    """What waits and what stands in today's diary, their verdicts read together."""
    waiting = list(selectors.pending_rows(now=now))
    today = list(selectors.rows_of_day(clock.local_date(now)))
    shown = {visit.appointment.pk: visit for visit in selectors.visits([*waiting, *today], now=now)}
    return [shown[row.pk] for row in waiting], [shown[row.pk] for row in today]
