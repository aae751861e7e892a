"""The list of patients to call back, and ticking one off."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about, alerts_of_many
from injections.assessment.visits import find_appointment
from injections.worklists.recall import tick_off, to_call_back
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page, part_of


class RecallForm(ClinicForm):
    """What came of calling a patient back."""

    note = forms.CharField(
        label="What was the outcome",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A booking takes the patient off the list automatically.",
    )


@permitted("call-back")
def recall_list(request: HttpRequest) -> HttpResponse:
    """Whose delay is over, or nearly, and who has no visit yet."""
    now = clock.now()
    listed = part_of(request, to_call_back(now=now))
    alerts = alerts_of_many((row.appointment.patient for row in listed), now=now)
    rows = [(row, alerts[row.appointment.patient_id]) for row in listed]
    shows = {row.appointment.patient_id for row in listed}
    return page(request, "injections/worklists/recalls.html", {"rows": rows, "page_obj": listed}, shows=shows)


@permitted("call-back")
def recall(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Tick one off, with a note."""
    now, by = clock.now(), actor_of(request.user)
    found = find_appointment(appointment_id)
    decision = to_call_back(now=now).filter(appointment=found).first()
    form = RecallForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            tick_off(found.pk, note=form.cleaned_data["note"], by=by, now=now)
            messages.success(request, f"{found.patient} is off the list.")
            return redirect("recall-list")
    context = {"form": form, "appointment": found, "decision": decision}
    context |= alerts_about(found.patient_id, by=by, now=now)
    return page(request, "injections/worklists/recall.html", context, shows=[found.patient_id])
