"""Recording a VISA-H total on a page; how it is before an injection is asked with the questions."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.answers.measure_forms import VisaForm
from injections.answers.measures import record_visa
from injections.patient.recording import form_page, said_as_recorded, who_and_when
from pht_clinic.web.access import permitted
from scheduling.patients.identity import find_patient


@permitted("record-outcome")
def visa_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """A total with its day; the questionnaire itself is filled in elsewhere."""
    patient = find_patient(patient_id)
    form = VisaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            record_visa(patient.pk, form.score(), **who_and_when(request))
            return said_as_recorded(request, patient, "The VISA-H total is recorded.", [])
    return form_page(request, "injections/answers/visa.html", patient, form)
