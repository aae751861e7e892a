"""Reception's side of a patient's link: a new one when the old one went astray, and those that wrong dates of birth
closed, to be opened again.
"""

from __future__ import annotations

from functools import partial

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.visit.own_link import open_link, replace_link
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from pht_clinic.web.pages.showing import act, page, part_of
from scheduling.patients import link


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
            notices.success(request, "The old link no longer works. The next email carries the new one.")
            return redirect("appointment", found.pk)
    context = {"form": form, "appointment": found, **alerts_about(found.patient_id, by=by, now=now)}
    return page(request, "injections/visit/link.html", context, shows=[found.patient_id])


@permitted("open-link")
def closed_link_list(request: HttpRequest) -> HttpResponse:
    """Whose links are closed by wrong dates of birth."""
    along = ("patient", "practitioner", "injection_request")
    listed = part_of(request, link.closed_links().select_related(*along))
    shows = {row.patient_id for row in listed}
    context = {"page_obj": listed, "tries": link.MOST_TRIES, "in_all": link.MOST_TRIES_IN_ALL}
    return page(request, "injections/visit/closed_links.html", context, shows=shows)


@require_POST
@permitted("open-link")
def open_again(request: HttpRequest, appointment_id: int) -> HttpResponseBase:
    """The same link takes the date of birth again."""
    deed = partial(open_link, appointment_id, by=actor_of(request.user), now=clock.now())
    said = f"The link opens again: the patient has {link.MOST_TRIES} tries."
    return act(request, deed, said=said, back=reverse("appointment", args=[appointment_id]))
