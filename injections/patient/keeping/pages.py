"""What is kept how long, for managers; erasing a patient; a patient's own copy."""

from __future__ import annotations

import json
from datetime import timedelta

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.patient.keeping import remove
from injections.patient.keeping.erase import check_may_be_erased, erase, records_of, what_stands
from injections.patient.keeping.forms import CopyForm, EraseForm
from injections.patient.keeping.own_data import copy_of
from injections.patient.keeping.own_data_pdf import own_data_pdf
from injections.patient.keeping.table import KINDS
from injections.patient.recording import form_page, who_and_when
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data, page
from pht_clinic.web.pdf_files import pdf_file
from pht_clinic.web.viewing import note_viewed
from scheduling.patients.identity import find_patient


@permitted("read-retention")
def retention_page(request: HttpRequest) -> HttpResponse:
    """The table of periods, what is going to be removed, what was, and patients proposed to be erased."""
    now = clock.now()
    run = remove.open_run()
    proposed = remove.proposed_patients(now=now)
    context = {
        "kinds": [(kind, kind.kept()) for kind in KINDS.values()],
        "run": run,
        "is_overdue": run is not None and now > run.remove_from + timedelta(days=1),
        "due": remove.due_of(run) if run else [],
        "finished": [(one, remove.due_of(one)) for one in remove.finished_runs()],
        "proposed": proposed,
        "may_be_more": len(proposed) == remove.MOST_SHOWN,
    }
    return page(request, "injections/patient/keeping/retention.html", context, shows=[one.pk for one in proposed])


@permitted("erase-patient")
def erase_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Erase a patient; what still stands in the way is named, and nothing takes it back."""
    patient = find_patient(patient_id)
    by, now = who_and_when(request).values()
    stands = what_stands(patient)
    if request.method == "GET" and not stands and (why := why_not(check_may_be_erased, patient)):
        messages.error(request, why)
        return redirect("patient", patient_id=patient.kept_id)
    form = EraseForm(form_data(request), patient=patient)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            erase(patient.pk, form.asked(), by=by, now=now)
            messages.success(request, f"{patient} is erased. What is kept is restricted.")
            return redirect("patient", patient_id=patient.pk)
    return form_page(request, "injections/patient/keeping/erase.html", patient, form, {"stands": stands})


@permitted("copy-patient", is_export=True)
def copy_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """All that is held about a patient, as a file for them; asking for it is a POST, and on the trail."""
    patient = find_patient(patient_id)
    if patient.merged_into_id is not None:
        return redirect("patient-copy", patient_id=patient.merged_into_id)
    by, now = who_and_when(request).values()
    form = CopyForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            copy = copy_of(patient.pk, by=by, now=now)
            note_viewed(request, patients=records_of(patient.pk))
            name = f"record-{patient.pk}"
            if form.cleaned_data["form"] == CopyForm.PDF:
                return _attached(pdf_file(own_data_pdf(copy), ""), f"{name}.pdf")
            text = json.dumps(copy, ensure_ascii=False, indent=2)
            return _attached(HttpResponse(text, content_type="application/json"), f"{name}.json")
    return form_page(request, "injections/patient/keeping/copy.html", patient, form)


def _attached(response: HttpResponse, name: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
