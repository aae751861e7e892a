"""What is recorded of a patient: planned activities, notes."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.models import Note
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.notes import add_note
from injections.patient.record_forms import ActivityForm, NoteForm
from injections.patient.recording import form_page, said_as_recorded, who_and_when
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act
from scheduling.patients.identity import find_patient


@permitted("plan-activity")
def add_activity_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Sport, travel or manual work that the patient plans."""
    patient = find_patient(patient_id)
    form = ActivityForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        with form.refusals():
            done = plan_activity(
                patient.pk,
                kind=sent["kind"],
                start=sent["moment"],
                agreed_to_move=sent["agreed_to_move"],
                **who_and_when(request),
            )
            return said_as_recorded(request, patient, "The plan is recorded.", done.reassessed)
    return form_page(request, "injections/patient/record/activity_add.html", patient, form)


@require_POST
@permitted("withdraw-activity")
def withdraw_activity_page(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The plan is off."""
    deed = partial(withdraw_activity, activity_id, **who_and_when(request))
    return act(request, deed, said="The plan is removed.", back=reverse("home"))


@permitted("write-note")
def notes_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Every note on a patient, and another one."""
    patient = find_patient(patient_id)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            add_note(patient.pk, text=form.cleaned_data["text"], **who_and_when(request))
            return said_as_recorded(request, patient, "The note is added.", [])
    rows = Note.objects.of_patient(patient.pk)
    context = {"notes": rows.select_related("recorded_by").order_by("-pk")}
    return form_page(request, "injections/patient/notes.html", patient, form, context)
