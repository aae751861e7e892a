"""Adding, correcting and withdrawing an imaging report; radiologists only."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.booking.wish import Wish
from injections.imaging.forms import ReportCorrectionForm, ReportForm
from injections.imaging.reports import add_report, correct_report, report_words, withdraw_report
from injections.models import ImagingReport
from injections.patient.injection_checks import Whose
from injections.patient.recording import form_page, said_as_recorded, stands_no_longer, who_and_when
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient


@permitted("record-report")
def add_report_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """An ultrasound or MRI report; it opens with the area and side of the booking it is for."""
    patient = find_patient(patient_id)
    asked = Wish.of(request.GET).place
    place = {"area": asked.area, "side": asked.side} if asked else {}
    form = ReportForm(request.POST or None, initial=place, whose=Whose.of(patient, clock.now()))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = add_report(patient.pk, report=form.content(), **who_and_when(request))
            return said_as_recorded(request, patient, "The report is recorded.", done.reassessed)
    return form_page(request, "injections/imaging/report_add.html", patient, form)


@permitted("correct-report")
def correct_report_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """A corrected report takes the place of the old one, which stays readable."""
    report = _report(report_id)
    if request.method == "GET" and not report.stands:
        return stands_no_longer(request, report.patient)
    initial = ReportCorrectionForm.initial_of(report)
    form = ReportCorrectionForm(request.POST or None, initial=initial, whose=Whose.of(report.patient, clock.now()))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            reason = form.cleaned_data["reason"]
            done = correct_report(report.pk, reason=reason, changes=form.content(), **who_and_when(request))
            said = f"The report is corrected.{_calls(len(done.closed_calls))}"
            return said_as_recorded(request, report.patient, said, done.reassessed)
    context = {"report": report, "named": report_words(report)}
    return form_page(request, "injections/imaging/report_correct.html", report.patient, form, context)


@permitted("withdraw-report")
def withdraw_report_page(request: HttpRequest, report_id: int) -> HttpResponse:
    """The report was a mistake: it stays readable and counts no more."""
    report = _report(report_id)
    if request.method == "GET" and not report.stands:
        return stands_no_longer(request, report.patient)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = withdraw_report(report.pk, reason=form.cleaned_data["reason"], **who_and_when(request))
            said = f"The report is withdrawn.{_calls(len(done.closed_calls))}"
            return said_as_recorded(request, report.patient, said, done.reassessed)
    context = {"report": report, "named": report_words(report)}
    return form_page(request, "injections/imaging/report_withdraw.html", report.patient, form, context)


def _calls(closed: int) -> str:
    if not closed:
        return ""
    return " The call opened because of it alone is closed: nobody needs to phone."


def _report(report_id: int) -> ImagingReport:
    return the(ImagingReport.objects.select_related("patient", "superseded_by"), report_id)
