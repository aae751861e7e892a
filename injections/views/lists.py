"""Lists that need a person today: calls to make, bookings that wait for answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections import calls, selectors
from injections.forms.deciding import CallForm
from injections.models import Call
from pht_clinic import clock
from pht_clinic.people.access import roles
from pht_clinic.people.actors import actor_of
from pht_clinic.people.roles import RADIOLOGIST, RECEPTION
from scheduling.selectors import the
from scheduling.views.showing import page

RECENT_CALLS = 20


@roles(RECEPTION, RADIOLOGIST)
def call_list(request: HttpRequest) -> HttpResponse:
    """Who must be phoned today: calls, and messages that did not reach their patient."""
    waiting, tasks = list(selectors.open_calls()), list(selectors.phone_tasks()[:50])
    recent = list(
        Call.objects.filter(closed_at__isnull=False)
        .select_related("patient", "closed_by")
        .order_by("-closed_at")[:RECENT_CALLS]
    )
    of_calls = {row.patient_id for row in (*waiting, *recent)}
    shows = of_calls | {row.patient_id for row in tasks if row.patient_id}
    context = {"calls": waiting, "tasks": tasks, "recent": recent}
    return page(request, "injections/call_list.html", context, shows=shows)


@roles(RECEPTION, RADIOLOGIST)
def call(request: HttpRequest, call_id: int) -> HttpResponse:
    """Record the phone call that was made."""
    found = the(Call.objects.select_related("patient", "appointment", "closed_by"), call_id)
    form = CallForm(request.POST or None)
    by = actor_of(request.user)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            calls.close_call(found.pk, **form.cleaned_data, by=by, now=clock.now())
            messages.success(request, f"The call to {found.patient} is recorded.")
            return redirect("call-list")
    may_close = found.why != Call.Why.RED_FLAG or by.role == RADIOLOGIST
    context = {"form": form, "call": found, "may_close": may_close}
    return page(request, "injections/call.html", context, shows=[found.patient_id])


@roles(RECEPTION, RADIOLOGIST)
def waiting(request: HttpRequest) -> HttpResponse:
    """Bookings held only for records or answers, by whose turn it is."""
    visits = selectors.waiting_for_answers(now=clock.now())
    for_reception = [
        one for one in visits if any(finding["owner"] == "reception" for finding in one.standing)
    ]
    context = {
        "visits": visits,
        "groups": [
            ("For reception: records to complete", for_reception),
            ("For the patient: questions to answer", [one for one in visits if one not in for_reception]),
        ],
    }
    shows = {one.appointment.patient_id for one in visits}
    return page(request, "injections/waiting.html", context, shows=shows)
