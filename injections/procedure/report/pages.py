"""All that is recorded of one procedure, on a page that prints on one sheet; and adding what came of it later."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.models import Complication
from injections.patient.recording import say_what_followed, who_and_when
from injections.procedure.complications import Noticed, add_complication, given_at_visit
from injections.procedure.report.content import report_content
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField
from pht_clinic.web.pages.showing import page


class ComplicationForm(ClinicForm):
    """What happened, how bad it was, and when it was noticed."""

    kind = forms.ChoiceField(label="What happened", widget=forms.RadioSelect, choices=Complication.Kind.choices)
    severity = forms.ChoiceField(
        label="How severe it was", widget=forms.RadioSelect, choices=Complication.Severity.choices
    )
    on = DateField(label="Day on which it was noticed")
    note = forms.CharField(label="In words", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))


@permitted("read-records")
def report(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Everything that is recorded of the procedure as it stands, of each injection, corrections old beside new."""
    found = find_appointment(appointment_id)
    context = {
        **report_content(found, now=clock.now()),
        **alerts_about(found.patient_id, **who_and_when(request)),
        "about": "injections/assessment/_alerts_screen.html",
    }
    return page(request, "injections/procedure/report.html", context, shows=[found.patient_id])


@permitted("record-complication")
def complication(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Something came of it: added to what stands, and somebody phones."""
    found = find_appointment(appointment_id)
    given = given_at_visit(found)
    form = ComplicationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = add_complication(found.pk, Noticed(**form.cleaned_data), **who_and_when(request))
            messages.success(request, "The complication is recorded, and the patient is on the call list.")
            say_what_followed(request, done.reassessed)
            return redirect("procedure-report", appointment_id=found.pk)
    alerts = alerts_about(found.patient_id, **who_and_when(request))
    context = {"form": form, "appointment": found, "given": given, **alerts}
    return page(request, "injections/procedure/complication.html", context, shows=[found.patient_id])
