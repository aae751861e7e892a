"""Records as a file: of the clinic with its progress, of one patient at once."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from injections.doors.records.leaving.ask import NAME, ask_for_clinic, file_to_fetch, patient_file
from injections.doors.records.leaving.forms import ClinicExportForm, PatientExportForm
from injections.doors.records.leaving.kinds import types
from injections.doors.records.leaving.wanted import CSV, ENDINGS, FHIR, JSON_LINES
from injections.patient.recording import form_page, who_and_when
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web import exports
from pht_clinic.web.access import permitted
from pht_clinic.web.csv_export import CONTENT_TYPE, as_attachment
from pht_clinic.web.pages.showing import form_data, is_part, page
from pht_clinic.web.viewing import note_viewed
from scheduling.patients.identity import find_patient

_CONTENT_TYPES = {
    CSV: CONTENT_TYPE,
    FHIR: "application/fhir+ndjson; charset=utf-8",
    JSON_LINES: "application/x-ndjson; charset=utf-8",
}


@permitted("export-clinic", is_export=True)
def clinic_page(request: HttpRequest) -> HttpResponse:
    """POST asks for a file of the clinic; GET shows how far the one is that this person asked for."""
    form = ClinicExportForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            ask_for_clinic(form=form.cleaned_data["form"], type_=form.cleaned_data["type"], **who_and_when(request))
            return redirect("clinic-export")
    export = exports.newest(NAME, by=actor_of(request.user))
    context = {"form": form, "export": export, "what": _what(export.asked) if export else ""}
    if is_part(request):
        return render(request, "injections/records/leaving/_file.html", context)
    return page(request, "injections/records/leaving/export.html", context)


@require_GET
@permitted("export-clinic", is_export=True)
def clinic_file(request: HttpRequest) -> HttpResponseBase:
    """The finished file, for who asked for it; back to the page where there is none."""
    found = file_to_fetch(**who_and_when(request))
    if found is None:
        return redirect("clinic-export")
    note_viewed(request, patients=exports.patients_in(found))
    form = found.asked["form"]
    name = f"records-{clock.local_date(found.created_at).isoformat()}"
    response = StreamingHttpResponse(exports.text_of(found), content_type=_CONTENT_TYPES[form])
    return as_attachment(response, name, ENDINGS[form])


@permitted("export-patient", is_export=True)
def patient_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Everything of one patient as a file; asking for it is a POST, and on the trail."""
    patient = find_patient(patient_id)
    if patient.merged_into_id is not None:
        return redirect("patient-export", patient_id=patient.merged_into_id)
    form = PatientExportForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            chosen = form.cleaned_data["form"]
            found = patient_file(patient.pk, form=chosen, **who_and_when(request))
            note_viewed(request, patients=found.records)
            response = HttpResponse(found.text, content_type=_CONTENT_TYPES[chosen])
            return as_attachment(response, f"record-{patient.pk}", ENDINGS[chosen])
    return form_page(request, "injections/records/leaving/patient.html", patient, form)


def _what(asked: exports.Asked) -> str:
    """What a file holds, in words."""
    return types().get(str(asked["type"]), "") or "Everything"
