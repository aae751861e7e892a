"""Lists that need a person today: calls to make, bookings that wait for answers."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.open_calls import open_calls
from injections.models import Call, CallAttempt
from injections.review import queue
from injections.worklists import lists
from injections.worklists.close_call import (
    check_may_close,
    check_may_try,
    close_call,
    is_clinical,
    record_attempt,
    tasks_to_tell,
)
from injections.worklists.forms import CallForm
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.fresh import asks_version, fresh, say_version, version_of
from pht_clinic.web.pages.showing import PER_PAGE, is_part, page, part_of
from scheduling.diary.read import the
from scheduling.messages.kinds import NAMES

RECENT_CALLS = 20


@permitted("read-calls")
def call_list(request: HttpRequest) -> HttpResponse:
    """Who must be phoned today: calls, and messages that did not reach their patient."""
    by, now = actor_of(request.user), clock.now()
    version = version_of(_marks(), now=now)
    if asks_version(request):
        return say_version(request, version)
    waiting = part_of(request, open_calls().prefetch_related("attempts__by"))
    tasks = list(lists.phone_tasks().prefetch_related("phone_attempts__by")[: PER_PAGE + 1])
    recent = list(
        Call.objects.filter(closed_at__isnull=False)
        .select_related("patient", "closed_by")
        .order_by("-closed_at")[:RECENT_CALLS]
    )
    context = {
        "page_obj": waiting,
        "calls": [(call, why_not(check_may_close, call, by=by)) for call in waiting],
        "tasks": tasks[:PER_PAGE],
        "has_more_tasks": len(tasks) > PER_PAGE,
        "recent": recent,
        "fresh": fresh(request, version),
    }
    of_calls = {row.patient_id for row in (*waiting, *recent)}
    shows = of_calls | {row.patient_id for row in tasks[:PER_PAGE] if row.patient_id}
    template = "injections/worklists/_calls.html" if is_part(request) else "injections/worklists/calls.html"
    return page(request, template, context, shows=shows)


def _marks() -> list[tuple[object, ...]]:
    """What tells the call list from what it may become: what is opened, added to, tried and closed. One query."""
    return lists.newest(
        said=open_calls(),
        closed=Call.objects.filter(closed_at__isnull=False),
        attempts=CallAttempt.objects.all(),
        tasks=lists.phone_tasks(),
    )


@permitted("close-call")
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """Record the phone call that was made, or that nobody was reached."""
    found = the(Call.objects.select_related("patient", "appointment", "closed_by"), call_id)
    by = actor_of(request.user)
    why, may_try = why_not(check_may_close, found, by=by), not why_not(check_may_try, found, by=by)
    # of a call that nobody records any more the use case says so, whatever was chosen
    may_close = not why or not may_try
    tasks = tasks_to_tell(found.patient.kept_id) if may_close and found.closed_at is None else ()
    form = CallForm(
        request.POST or None,
        may_close=may_close,
        is_clinical=is_clinical(found),
        patient=str(found.patient),
        tasks=[(one.pk, f"“{NAMES.get(one.kind, one.kind)}”: {one.reason}") for one in tasks],
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            messages.success(request, _record(found, form, by=by, now=clock.now()))
            return redirect("call-list")
    context = {
        "form": form,
        "call": found,
        "attempts": found.attempts.select_related("by"),
        "may_try": may_try,
        "why_not_close": why,
        "is_clinical": is_clinical(found),
    }
    context |= alerts_about(found.patient_id, by=by, now=clock.now())
    return page(request, "injections/worklists/call.html", context, shows=[found.patient_id])


def _record(found: Call, form: CallForm, *, by: Actor, now: datetime) -> str:
    """What was done, in a sentence."""
    if form.attempt:
        record_attempt(found.pk, **form.attempt, by=by, now=now)
        return f"The attempt is recorded. The call to {found.patient} stays open."
    close_call(found.pk, **form.made, by=by, now=now)
    return f"The call to {found.patient} is recorded."


@permitted("chase-answers")
def waiting(request: HttpRequest) -> HttpResponse:
    """Bookings held only for records or answers, by whose turn it is."""
    visits = queue.waiting_for_answers(now=clock.now())
    listed = part_of(request, sorted(visits, key=lambda visit: visit.is_for_the_patient))
    context = {
        "page_obj": listed,
        "groups": [
            ("For reception: records to complete", [one for one in listed if not one.is_for_the_patient]),
            ("For the patient: questions to answer", [one for one in listed if one.is_for_the_patient]),
        ],
    }
    shows = {one.appointment.patient_id for one in listed}
    return page(request, "injections/worklists/waiting.html", context, shows=shows)
