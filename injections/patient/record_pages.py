"""What is recorded of a patient: injections elsewhere, answers, pathway, reports, planned activities."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.assessment.reassess import Reassessed
from injections.booking.forms import Wish
from injections.models import Injection, Note
from injections.patient.activities import plan_activity, withdraw_activity
from injections.patient.answer_forms import AreaAndSideForm, ScreeningForm
from injections.patient.answer_sheet import Contradicted, record_sheet
from injections.patient.answers import answers_to_go_through
from injections.patient.injections import EarlierInjection, correct_injection, record_injection, withdraw_injection
from injections.patient.notes import add_note
from injections.patient.pathway import newest_pathway, pathway_versions, place_of_last_pathway
from injections.patient.pathway_forms import PathwayForm
from injections.patient.pathway_sheet import PathwayChanged, record_pathway_sheet
from injections.patient.record_forms import ActivityForm, CorrectionForm, InjectionForm, NoteForm, ReportForm
from injections.patient.reports import add_report
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm, ReasonForm
from pht_clinic.web.pages.showing import act, page
from scheduling.diary.read import the
from scheduling.models import Patient
from scheduling.patients.identity import find_patient
from scheduling.states import WORDS


@permitted("record-injection")
def add_injection_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """An injection that somebody else gave."""
    patient = find_patient(patient_id)
    form = InjectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = record_injection(patient.pk, EarlierInjection(**form.values()), **_who_and_when(request))
            return _recorded(request, patient, "The injection is recorded.", done.reassessed)
    return _form_page(request, "injections/patient/record/injection_add.html", patient, form)


@permitted("correct-injection")
def correct_injection_page(request: HttpRequest, injection_id: int) -> HttpResponse:
    """A corrected record takes the place of the old one, which stays readable."""
    injection = _injection(injection_id)
    is_ours = injection.origin == Injection.Origin.OWN
    initial = CorrectionForm.initial_of(injection)
    form = CorrectionForm(request.POST or None, initial=initial, is_ours=is_ours)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = correct_injection(
                injection.pk, reason=form.cleaned_data["reason"], changes=form.changes(), **_who_and_when(request)
            )
            return _recorded(request, injection.patient, "The record is corrected.", done.reassessed)
    context = {"injection": injection}
    return _form_page(request, "injections/patient/record/injection_correct.html", injection.patient, form, context)


@permitted("withdraw-injection")
def withdraw_injection_page(request: HttpRequest, injection_id: int) -> HttpResponse:
    """The record was a mistake: it stays readable and counts no more."""
    injection = _injection(injection_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = withdraw_injection(injection.pk, reason=form.cleaned_data["reason"], **_who_and_when(request))
            return _recorded(request, injection.patient, "The record is withdrawn.", done.reassessed)
    context = {"injection": injection}
    return _form_page(request, "injections/patient/record/injection_withdraw.html", injection.patient, form, context)


@permitted("answer-screening")
def screening_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The questions before an injection as they are answered now; what is changed is stored."""
    patient = find_patient(patient_id)
    opened = answers_to_go_through(patient.pk, _place(request))
    form = ScreeningForm(request.POST or None, initial=ScreeningForm.initial_of(opened))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                done = record_sheet(patient.pk, form.sheet(), **_who_and_when(request))
            except Contradicted as contradicted:
                form.warn_of(contradicted)
            else:
                said = "The answers are recorded." if done else "Nothing was changed: the answers stay as they are."
                return _recorded(request, patient, said, done.reassessed if done else [])
    context = {"known": opened.known, "place": AreaAndSideForm(initial=form.initial, auto_id="id_place_%s")}
    return _form_page(request, "injections/patient/record/screening.html", patient, form, context)


@permitted("record-pathway")
def pathway_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """What was tried before, and who has looked; it opens as it is recorded now."""
    patient = find_patient(patient_id)
    area, side = _place(request) or place_of_last_pathway(patient.pk)
    before = newest_pathway(patient.pk, area=area, side=side)
    form = PathwayForm(request.POST or None, initial=PathwayForm.initial_of(before, area, side))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                done = record_pathway_sheet(patient.pk, form.sheet(), **_who_and_when(request))
            except PathwayChanged as changed:
                form.warn_of(changed)
            else:
                said = "The pathway is recorded." if done else "Nothing was changed: the pathway stays as it is."
                return _recorded(request, patient, said, done.reassessed if done else [])
    place = AreaAndSideForm(initial=form.initial, auto_id="id_place_%s")
    context = {"before": before, "versions": pathway_versions(patient.pk), "place": place}
    return _form_page(request, "injections/patient/record/pathway.html", patient, form, context)


@permitted("record-report")
def add_report_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """An ultrasound or MRI report; radiologists only."""
    patient = find_patient(patient_id)
    wish = Wish.of(request.GET)
    form = ReportForm(request.POST or None)
    if wish.area:
        form = ReportForm(request.POST or None, initial={"area": wish.area, "side": wish.side})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = add_report(
                patient.pk, report=form.report(), reported_by=form.cleaned_data["reported_by"], **_who_and_when(request)
            )
            return _recorded(request, patient, "The report is recorded.", done.reassessed)
    return _form_page(request, "injections/patient/record/report_add.html", patient, form)


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
                **_who_and_when(request),
            )
            return _recorded(request, patient, "The plan is recorded.", done.reassessed)
    return _form_page(request, "injections/patient/record/activity_add.html", patient, form)


@require_POST
@permitted("withdraw-activity")
def withdraw_activity_page(request: HttpRequest, activity_id: int) -> HttpResponse:
    """The plan is off."""
    deed = partial(withdraw_activity, activity_id, **_who_and_when(request))
    return act(request, deed, said="The plan is taken off.", back=reverse("home"))


@permitted("write-note")
def notes_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Every note on a patient, and another one."""
    patient = find_patient(patient_id)
    form = NoteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            add_note(patient.pk, text=form.cleaned_data["text"], **_who_and_when(request))
            return _recorded(request, patient, "The note is added.", [])
    rows = Note.objects.of_patient(patient.pk)
    context = {"notes": rows.select_related("recorded_by").order_by("-pk")}
    return _form_page(request, "injections/patient/notes.html", patient, form, context)


def _who_and_when(request: HttpRequest) -> dict[str, Any]:
    return {"by": actor_of(request.user), "now": clock.now()}


def _injection(injection_id: int) -> Injection:
    return the(Injection.objects.select_related("patient"), injection_id)


def _place(request: HttpRequest) -> tuple[str, str] | None:
    """The area and side in the address: chosen there, or of the booking that this is part of; None without either."""
    chosen = AreaAndSideForm(request.GET)
    if "area" in request.GET and chosen.is_valid():
        return chosen.cleaned_data["area"], chosen.cleaned_data["side"]
    wish = Wish.of(request.GET)
    return (wish.area, wish.side) if wish.area else None


def _form_page(
    request: HttpRequest, template: str, patient: Patient, form: ClinicForm, context: dict[str, Any] | None = None
) -> HttpResponse:
    shown = {"form": form, "patient": patient, "wish": Wish.of(request.GET), **(context or {})}
    return page(request, template, shown, shows=[patient.pk])


def _recorded(request: HttpRequest, patient: Patient, said: str, reassessed: list[Reassessed]) -> HttpResponseRedirect:
    """Say what was recorded and what it did to bookings; back to the booking it was part of, or to the patient."""
    messages.success(request, said)
    say_what_followed(request, reassessed)
    wish = Wish.of(request.GET)
    if wish.says_what:
        return redirect(f"{reverse('booking-what', args=[patient.pk])}?{wish.query}")
    return redirect("patient", patient_id=patient.pk)


def say_what_followed(request: HttpRequest, reassessed: list[Reassessed]) -> None:
    """What a changed fact did to the open bookings."""
    changed = sorted({WORDS[one.status] for one in reassessed})
    if reassessed:
        messages.info(request, f"{len(reassessed)} open booking(s) were checked again: now {' and '.join(changed)}.")
