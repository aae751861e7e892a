"""How a procedure ends: recorded, or it could not go ahead; with the rest and the next safe dates in large type."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.models import Injection
from injections.procedure.next_dates import after_all
from injections.procedure.reasons import NOT_GIVEN_REASONS
from injections.procedure.record import record_procedure
from injections.procedure.steps.forms import CannotForm
from injections.procedure.values import Done, Procedure
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page


@permitted("record-procedure")
def cannot(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """It cannot go ahead: nothing is injected, and why."""
    found = find_appointment(appointment_id)
    initial = {"reason_code": why} if (why := request.GET.get("why")) in NOT_GIVEN_REASONS else {}
    form = CannotForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            not_given = Procedure(result=Injection.Status.NOT_GIVEN, **form.cleaned_data)
            done = record_procedure(appointment_id, not_given, by=actor_of(request.user), now=clock.now())
            return recorded(request, done)
    alerts = alerts_about(found.patient_id, by=actor_of(request.user), now=clock.now())
    context = {"form": form, "appointment": found, **alerts}
    return page(request, "injections/procedure/cannot.html", context, shows=[found.patient_id])


@permitted("read-records")
def done(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Rest until, and the next safe dates, in large type."""
    found = find_appointment(appointment_id)
    rows = Injection.objects.current().filter(appointment=found).select_related("patient").order_by("number")
    injections = list(rows)
    if not injections:
        raise Missing("No procedure is recorded for this appointment.")
    given = [one for one in injections if one.status in Injection.GIVEN]
    context = {
        "appointment": found,
        "injections": injections,
        "was_given": bool(given),
        "after": after_all(given, now=clock.now()),
        "letters": found.messages.filter(kind__in=("aftercare", "flare-check")).order_by("due_at"),
        **alerts_about(found.patient_id, by=actor_of(request.user), now=clock.now()),
    }
    return page(request, "injections/procedure/done.html", context, shows=[found.patient_id])


def recorded(request: HttpRequest, done: Done) -> HttpResponseRedirect:
    """Say that it is recorded, with what was remarkable about the doses, and show the dates."""
    for warning in done.warnings:
        messages.warning(request, warning)
    for sentence in done.not_known:
        messages.info(request, sentence)
    messages.success(request, "The visit is recorded.")
    return redirect("procedure-done", appointment_id=done.appointment.pk)
