"""What is recorded of a patient: answers, pathway, planned activities, notes."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.booking.forms import Wish
from injections.models import Note, Screening
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.answer_forms import PathwayForm, ScreeningForm
from injections.patient.answers import answer_screening, newest_screening
from injections.patient.notes import add_note
from injections.patient.pathway import newest_pathway, pathway_versions, set_pathway
from injections.patient.record_forms import ActivityForm, NoteForm
from injections.patient.recording import form_page, said_as_recorded, who_and_when
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act
from scheduling.patients.identity import find_patient


@permitted("answer-screening")
def screening_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The questions before an injection. Empty, unless somebody asks to start from the answers of before."""
    patient = find_patient(patient_id)
    wish = Wish.of(request.GET)
    place = {"area": wish.area, "side": wish.side}
    before = newest_screening(patient.pk, **place)
    form = ScreeningForm(request.POST or None, initial=place | _answers_before(request, before))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = answer_screening(patient.pk, screening=form.screening(), **form.place, **who_and_when(request))
            return said_as_recorded(request, patient, "The answers are recorded.", done.reassessed)
    return form_page(request, "injections/patient/record/screening.html", patient, form, {"before": before})


def _answers_before(request: HttpRequest, before: Screening | None) -> dict[str, Any]:
    if before is None or request.GET.get("start_from") != str(before.pk):
        return {}
    return ScreeningForm.initial_of(before.content)


@permitted("record-pathway")
def pathway_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """What was tried before, and who has looked; it opens as it is recorded now."""
    patient = find_patient(patient_id)
    wish = Wish.of(request.GET)
    place = {"area": wish.area, "side": wish.side}
    before = newest_pathway(patient.pk, **place)
    recorded = PathwayForm.initial_of(before) if before else {}
    form = PathwayForm(request.POST or None, initial=recorded | place)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = set_pathway(
                patient.pk, pathway=form.pathway(), tried=form.tried, **form.place, **who_and_when(request)
            )
            return said_as_recorded(request, patient, "The pathway is recorded.", done.reassessed)
    context = {"before": before, "versions": pathway_versions(patient.pk)}
    return form_page(request, "injections/patient/record/pathway.html", patient, form, context)


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
    return act(request, deed, said="The plan is taken off.", back=reverse("home"))


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
