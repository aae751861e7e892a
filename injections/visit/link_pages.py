"""Reception's side of a patient's link: a new one, when the old one went astray or was closed by wrong tries."""

from __future__ import annotations

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.visit.own_link import replace_link
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from pht_clinic.web.pages.showing import page


@permitted("replace-link")
def replace(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The old link stops working; the patient gets the new one by email."""
    found = find_appointment(appointment_id)
    form = ReasonForm(request.POST or None)
    now, by = clock.now(), actor_of(request.user)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            reason = form.cleaned_data["reason"]
            replace_link(found.pk, reason=reason, by=by, now=now)
            notices.success(request, "The old link does not work any more. The next email carries the new one.")
            return redirect("appointment", found.pk)
    context = {"form": form, "appointment": found, **alerts_about(found.patient_id, by=by, now=now)}
    return page(request, "injections/visit/link.html", context, shows=[found.patient_id])
