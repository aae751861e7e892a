"""Questions and pathway on pages that open with what is known."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.answers.forms import AreaAndSideForm, OpenedForm, ScreeningForm
from injections.answers.pathway import newest_pathway, pathway_versions, place_of_last_pathway
from injections.answers.pathway_forms import PathwayForm
from injections.answers.pathway_sheet import PathwayChanged, record_pathway_sheet
from injections.answers.screening import ToGoThrough, answers_to_go_through
from injections.answers.sheet import Contradicted, record_sheet
from injections.booking.wish import Wish
from injections.patient.recording import form_page, said_as_recorded, who_and_when
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data
from scheduling.patients.identity import find_patient


@permitted("answer-screening")
def screening_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The questions before an injection as they are answered now; what is changed is stored."""
    patient = find_patient(patient_id)
    opened = _opened(request, patient.pk)
    form = ScreeningForm(request.POST or None, initial=ScreeningForm.initial_of(opened), carer=patient.carer)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                done = record_sheet(patient.pk, form.sheet(), **who_and_when(request))
            except Contradicted as contradicted:
                form.warn_of(contradicted)
            else:
                said = "The answers are recorded." if done else "Nothing was changed: the answers stay as they are."
                return said_as_recorded(request, patient, said, done.reassessed if done else [])
    context = {"known": opened.known, "place": AreaAndSideForm(initial=form.initial, auto_id="id_place_%s")}
    return form_page(request, "injections/patient/record/screening.html", patient, form, context)


def _opened(request: HttpRequest, patient_id: int) -> ToGoThrough:
    """The answers as the page shows them; of one that is sent, as it showed them when it was opened."""
    form = OpenedForm(form_data(request))
    if form.is_valid():
        place = form.cleaned_data["area"], form.cleaned_data["side"]
        return answers_to_go_through(patient_id, place, up_to=form.cleaned_data["shown"])
    return answers_to_go_through(patient_id, _place(request))


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
                done = record_pathway_sheet(patient.pk, form.sheet(), **who_and_when(request))
            except PathwayChanged as changed:
                form.warn_of(changed)
            else:
                said = "The pathway is recorded." if done else "Nothing was changed: the pathway stays as it is."
                return said_as_recorded(request, patient, said, done.reassessed if done else [])
    place = AreaAndSideForm(initial=form.initial, auto_id="id_place_%s")
    context = {"before": before, "versions": pathway_versions(patient.pk), "place": place}
    return form_page(request, "injections/patient/record/pathway.html", patient, form, context)


def _place(request: HttpRequest) -> tuple[str, str] | None:
    """The area and side in the address: chosen there, or of the booking that this is part of; None without either."""
    chosen = AreaAndSideForm(request.GET)
    if "area" in request.GET and chosen.is_valid():
        return chosen.cleaned_data["area"], chosen.cleaned_data["side"]
    place = Wish.of(request.GET).place
    return place.place if place else None
