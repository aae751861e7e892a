"""Recording that a patient has died, with what that ends; and taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.patient.death import ended_by, record_death, take_back_death, would_end
from injections.patient.injection_checks import Whose
from injections.patient.record_forms import DeathForm, TakeBackDeathForm
from injections.patient.recording import form_page, who_and_when
from pht_clinic.errors import why_not
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data
from scheduling.models import Patient
from scheduling.patients.death import check_may_record_death, check_may_take_back_death
from scheduling.patients.identity import find_patient
from scheduling.templatetags.clinic_words import moment

_RECORDED = "The death is recorded. Open visits are cancelled, and no more messages are sent."


@permitted("record-death")
def record_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """When, and who told it; what ends by that stands beside it."""
    patient = find_patient(patient_id)
    by, now = who_and_when(request).values()
    if request.method == "GET" and (why := why_not(check_may_record_death, patient, by=by)):
        return _said_on_the_patients_page(request, patient, why)
    form = DeathForm(request.POST or None, whose=Whose.of(patient, now))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            record_death(patient.pk, form.told(), by=by, now=now)
            messages.success(request, _RECORDED)
            return redirect("patient", patient_id=patient.pk)
    on = form.cleaned_data.get("on", "") if form.is_bound and "on" not in form.errors else ""
    context = {"ends": would_end(patient, on, now=now)}
    return form_page(request, "injections/patient/death/record.html", patient, form, context)


@permitted("take-back-death")
def take_back_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """It was not so: what comes back, and what cannot."""
    patient = find_patient(patient_id)
    death = patient.kept.death
    by, now = who_and_when(request).values()
    if request.method == "GET" and (why := why_not(check_may_take_back_death, death, by=by, now=now)):
        return _said_on_the_patients_page(request, patient, why)
    form = TakeBackDeathForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = take_back_death(patient.pk, reason=form.cleaned_data["reason"], by=by, now=now)
            messages.success(request, "The recorded death is undone. Messages are sent again.")
            for one in done.not_back:
                messages.warning(request, f"The visit of {moment(one.visit.start_at)} did not come back. {one.why}")
            return redirect("patient", patient_id=patient.pk)
    context = {"death": death, "visits": [visit for visit, _ in ended_by(death)] if death else []}
    return form_page(request, "injections/patient/death/take_back.html", patient, form, context)


def _said_on_the_patients_page(request: HttpRequest, patient: Patient, why: str) -> HttpResponse:
    messages.error(request, why)
    return redirect("patient", patient_id=patient.kept_id)
