"""Questions and pathway on pages that open with what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from injections.answers.alarms import asked_now, by_question, calls_from
from injections.answers.forms import AreaAndSideForm, GivenOn, OpenedForm, ScreeningForm
from injections.answers.pathway import newest_pathway, pathway_versions, place_of_last_pathway
from injections.answers.pathway_forms import PathwayForm
from injections.answers.pathway_sheet import PathwayChanged, record_pathway_sheet
from injections.answers.screening import ToGoThrough, answers_to_go_through
from injections.answers.sections import BY_NAME
from injections.answers.sheet import Contradicted, record_sheet
from injections.assessment.fact_change import FactChange
from injections.booking.wish import Wish
from injections.patient.recording import form_page, said_as_recorded, say_what_followed, who_and_when
from injections.patient.resembling import Resembles
from injections.safety.findings import Finding
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data, is_part
from scheduling.models import Patient
from scheduling.patients.identity import find_patient


@permitted("answer-screening")
def screening_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The questions before an injection as they are answered now; what is changed is stored."""
    patient = find_patient(patient_id)
    opened = _opened(request, patient.pk)
    initial = ScreeningForm.initial_of(opened, GivenOn.of(request.GET))
    only = request.GET.get("only", "")
    form = ScreeningForm(request.POST or None, initial=initial, carer=patient.carer, only=only)
    if request.method == "POST" and is_part(request):
        return render(request, "injections/answers/_said.html", _said(form, opened, patient))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                done = record_sheet(patient.pk, form.sheet(), **who_and_when(request))
            except Contradicted as contradicted:
                form.warn_of(contradicted)
            except Resembles as refusal:
                form.ask_whether_another(refusal.rows)
            else:
                return _recorded(request, patient, form, opened, done)
    place = AreaAndSideForm(initial=form.initial, auto_id="id_place_%s")
    all_of_them = request.GET.copy()
    all_of_them.pop("only", None)
    context = {"known": opened.known, "place": place, "all_query": all_of_them.urlencode()}
    context |= _said(form, opened, patient)
    return form_page(request, "injections/patient/record/screening.html", patient, form, context)


def _said(form: ScreeningForm, opened: ToGoThrough, patient: Patient) -> dict[str, Any]:
    """What the answers as they stand on the page call for, by question: nothing of it is recorded by asking."""
    return {
        "form": form,
        "alarms": by_question(_alarms(form, opened, patient)),
        "flags": [one for one in BY_NAME["flags"].asks if one in form.fields],
    }


def _alarms(form: ScreeningForm, opened: ToGoThrough, patient: Patient) -> Sequence[Finding]:
    known = opened.known.content()
    if form.is_bound:
        form.is_valid()
        sent = {name: value for name, value in form.readable().items() if value is not None}
        known |= sent | {"answers": known["answers"] | sent["answers"], "answered": {}}
    requests = asked_now(opened.area, opened.side, now=clock.now())
    try:
        return calls_from(known, requests, born_on=patient.date_of_birth)
    except Invalid:  # a number or a day that the rules cannot read: the form says so when it is sent
        return ()


def _recorded(
    request: HttpRequest, patient: Patient, form: ScreeningForm, opened: ToGoThrough, done: FactChange | None
) -> HttpResponse:
    """Say what was recorded; on with the next section, or back to where the questions were asked."""
    reassessed = done.reassessed if done else []
    flagged = by_question(_alarms(form, opened, patient))
    following = form.next_section() if form.section else None
    if form.section is None or following is None:
        _say_flags(request, flagged)
        said = "The answers are recorded." if done else "Nothing was changed: the answers stay as they are."
        return said_as_recorded(request, patient, said, reassessed)
    messages.success(request, f"Saved: {form.answered_in_all} of {form.total} questions are answered.")
    say_what_followed(request, reassessed)
    new = next((f"said-{question}" for question in flagged if question in form.section.asks), "")
    return redirect(f"{request.path}?{_on_the_way(request, form)}#{new or f'section-{following.name}'}")


def _say_flags(request: HttpRequest, flagged: Mapping[str, Sequence[Finding]]) -> None:
    for finding in (one for each in flagged.values() for one in each):
        messages.error(request, f"{finding.message} {finding.action}")


def _on_the_way(request: HttpRequest, form: ScreeningForm) -> str:
    """The address of this page for the next section: its area and side, its day and giver stay."""
    address, sent = request.GET.copy(), form.cleaned_data
    address["on"], address["by"] = sent["answered_on"].isoformat(), sent["answered_by"]
    if not Wish.of(request.GET).site:
        address["area"], address["side"] = sent["area"], sent["side"]
    return address.urlencode()


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
