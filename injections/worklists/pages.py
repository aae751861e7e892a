"""Lists that need a person today: calls to make, bookings that wait for answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.open_calls import open_calls
from injections.models import Call
from injections.review import queue
from injections.worklists import lists
from injections.worklists.close_call import check_may_close, close_call
from injections.worklists.forms import CallForm
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import PER_PAGE, page, part_of
from scheduling.diary.read import the

RECENT_CALLS = 20


@permitted("read-calls")
def call_list(request: HttpRequest) -> HttpResponse:
    """Who must be phoned today: calls, and messages that did not reach their patient."""
    waiting = part_of(request, open_calls())
    tasks = list(lists.phone_tasks()[: PER_PAGE + 1])
    recent = list(
        Call.objects.filter(closed_at__isnull=False)
        .select_related("patient", "closed_by")
        .order_by("-closed_at")[:RECENT_CALLS]
    )
    context = {
        "page_obj": waiting,
        "tasks": tasks[:PER_PAGE],
        "has_more_tasks": len(tasks) > PER_PAGE,
        "recent": recent,
    }
    of_calls = {row.patient_id for row in (*waiting, *recent)}
    shows = of_calls | {row.patient_id for row in tasks[:PER_PAGE] if row.patient_id}
    return page(request, "injections/worklists/calls.html", context, shows=shows)


@permitted("close-call")
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """Record the phone call that was made."""
    found = the(Call.objects.select_related("patient", "appointment", "closed_by"), call_id)
    form = CallForm(request.POST or None)
    by = actor_of(request.user)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            close_call(found.pk, **form.cleaned_data, by=by, now=clock.now())
            messages.success(request, f"The call to {found.patient} is recorded.")
            return redirect("call-list")
    context = {"form": form, "call": found, "may_close": not why_not(check_may_close, found, by=by)}
    context |= alerts_about(found.patient_id, by=by, now=clock.now())
    return page(request, "injections/worklists/call.html", context, shows=[found.patient_id])


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
