"""Home: what needs action now, by role, and what today looks like."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from injections.assessment import open_calls
from injections.assessment.alerts import note_alerts
from injections.assessment.visits import Visit, next_clinic, rows_of_day, with_assessments, without_outcome
from injections.booking.waiting_list.offer import open_offers
from injections.booking.waiting_list.wishes import waiting
from injections.calendar.marks import marks_of, stored_marks
from injections.models import Call
from injections.review import milder
from injections.review.queue import pending_rows, review_queue, waiting_for_answers
from injections.worklists import lists, physiotherapy
from injections.worklists.load_bars import bars_of
from injections.worklists.my_list import own_diary
from injections.worklists.recall import to_call_back
from pht_clinic import clock
from pht_clinic.backup import reports
from pht_clinic.people.actors import actor_of
from pht_clinic.permissions import is_permitted
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.fresh import asks_version, fresh, say_version, version_of
from pht_clinic.web.pages.showing import is_part, page
from scheduling.audit import unusual
from scheduling.availability import sessions
from scheduling.availability.load import DayLoad, Opening, load_of
from scheduling.models import PossibleDuplicate
from scheduling.patients import link
from scheduling.states import Status
from scheduling.webhooks import pausing

NEXT_VISITS = 6
MOVE_WITHIN = timedelta(weeks=2)
"""Bookings further ahead that lost their place stand on their list only: a front page does not count a year."""
LOAD_DAYS = 7
"""How many days from tomorrow on Home says how full they are."""


@permitted("read-diary")
def home(request: HttpRequest) -> HttpResponse:
    """Counts that lead to their lists, today's numbers, and of today's visits who is here, late, and comes next."""
    now = clock.now()
    opening = Opening.read(clock.local_date(now), clock.local_date(now + MOVE_WITHIN))
    counted, week = _counted(request, opening, now=now), _week_ahead(opening, now=now)
    if asks_version(request):
        pending, of_today = stored_marks(pending_rows(now=now)), stored_marks(rows_of_day(clock.local_date(now)))
        return say_version(request, version_of(pending, of_today, counted.items(), week, now=now))
    waiting, today = _visits(now)
    version = version_of(_marks(waiting), _marks(today), counted.items(), week, now=now)
    queue = review_queue(now=now, waiting=waiting)
    coming = unfinished(today, now=now)
    note_alerts(coming, now=now)
    context = {
        "queue": queue,
        "red_flags": len([visit for visit in queue if visit.is_red_flag]),
        "answers": waiting_for_answers(now=now, waiting=waiting),
        **counted,
        **_numbers(today, now=now),
        "coming": coming,
        "week": bars_of(week),
        "next_day": None if coming else next_clinic(now=now),
        "backup_trouble": _backup_trouble(request, now=now),
        "fresh": fresh(request, version),
    }
    template = "injections/worklists/_home.html" if is_part(request) else "injections/worklists/home.html"
    return page(request, template, context, shows={one.appointment.patient_id for one in coming})


def _backup_trouble(request: HttpRequest, *, now: datetime) -> str:
    return reports.trouble(now=now) if is_permitted("read-backups", actor_of(request.user)) else ""


def _numbers(today: Sequence[Visit], *, now: datetime) -> dict[str, Any]:
    """Of today's visits: how many are in which state, how many are late, and how many stand at all."""
    by_status = Counter(visit.appointment.status for visit in today)
    late = sum(visit.late_by(now) is not None for visit in today)
    return {"today": dict(by_status), "late": late, "total": by_status.total() - by_status[Status.CANCELLED]}


def _marks(visits: Iterable[Visit]) -> list[tuple[object, ...]]:
    return marks_of(visit.appointment for visit in visits)


def _week_ahead(opening: Opening, *, now: datetime) -> list[DayLoad]:
    """How full each of the next 7 days is, from tomorrow on."""
    today = clock.local_date(now)
    return load_of(opening, today + timedelta(days=1), today + timedelta(days=LOAD_DAYS), now=now)


def _counted(request: HttpRequest, opening: Opening, *, now: datetime) -> dict[str, int]:
    """How many rows each list has that Home leads to."""
    found = lists.counts(
        calls=open_calls.open_calls(),
        emergencies=open_calls.open_calls().filter(urgency=Call.Urgency.EMERGENCY),
        phone_tasks=lists.phone_tasks(),
        letters_to_post=lists.letters_to_post(),
        lost_alarms=lists.lost_alarms(now=now),
        no_outcome=without_outcome(now=now),
        recalls=to_call_back(now=now),
        duplicates=PossibleDuplicate.objects.undecided(),
        milder=milder.unseen(),
        physiotherapy=physiotherapy.to_arrange(now=now),
        waiting=waiting(on=clock.local_date(now)),
        offers=open_offers(),
        own=own_diary(request.user),
        unusual=unusual.open_uses(),
        closed_links=link.closed_links(),
        webhooks=pausing.paused_by_themselves(),
    )
    closed = sessions.ClosedTimes.of_rows(opening.closures)
    moved = sessions.to_be_moved(now=now, until=now + MOVE_WITHIN, closed=closed, weekly=opening.weekly)
    return {**found, "to_be_moved": len(moved)}


def unfinished(today: Iterable[Visit], *, now: datetime) -> list[Visit]:
    """Of today's visits every one that should have begun and has no outcome, and the next few that are to begin."""
    standing = [visit for visit in today if not visit.is_over]
    begun = [visit for visit in standing if visit.appointment.start_at <= now]
    here_or_coming = [visit for visit in standing if visit.appointment.start_at > now]
    return [*begun, *here_or_coming[:NEXT_VISITS]]


def _visits(now: datetime) -> tuple[list[Visit], list[Visit]]:
    """What waits and what stands in today's diary, their verdicts read together."""
    waiting = list(pending_rows(now=now))
    today = list(rows_of_day(clock.local_date(now)))
    shown = {visit.appointment.pk: visit for visit in with_assessments([*waiting, *today], with_changes=True)}
    return [shown[row.pk] for row in waiting], [shown[row.pk] for row in today]
