"""The list of patients whose physiotherapy has to be arranged, and ticking one off."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.worklists.physiotherapy import (
    FOLLOWS_WITHIN,
    LONGEST,
    arrange_physiotherapy,
    check_may_arrange,
    to_arrange,
)
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page, part_of


class ArrangedForm(ClinicForm):
    """What was arranged, in words."""

    note = forms.CharField(
        label="What has been arranged",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where, with whom and when; or why no physiotherapy follows.",
    )


@permitted("arrange-physiotherapy")
def physiotherapy_list(request: HttpRequest) -> HttpResponse:
    """After which injections nothing is booked and nothing is going on; the most urgent first."""
    now = clock.now()
    listed = part_of(request, to_arrange(now=now).select_related("patient__merged_into"))
    given = [(one, one.ended_at + FOLLOWS_WITHIN) for one in listed if one.ended_at is not None]
    shows = {one.patient.kept_id for one in listed}
    context = {"page_obj": listed, "given": given, "now": now}
    return page(request, "injections/worklists/physiotherapy.html", context, shows=shows)


@permitted("arrange-physiotherapy")
def arrange(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """It is done elsewhere, or somebody says why not."""
    found, by, now = find_appointment(appointment_id), actor_of(request.user), clock.now()
    form = ArrangedForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            arrange_physiotherapy(appointment_id, note=form.cleaned_data["note"], by=by, now=now)
            messages.success(request, f"Physiotherapy for {found.patient} is marked as arranged.")
            return redirect("physiotherapy-list")
    context = {
        "form": form,
        "appointment": found,
        "why_not": why_not(check_may_arrange, found, by=by),
        **alerts_about(found.patient_id, by=by, now=now),
    }
    return page(request, "injections/worklists/physiotherapy_arrange.html", context, shows=[found.patient_id])
