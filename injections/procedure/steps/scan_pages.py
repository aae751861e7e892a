"""The scan step of a procedure: the report, and what it makes of the injection."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import Visit
from injections.imaging.forms import ReportForm
from injections.imaging.reports import add_report
from injections.patient.injection_checks import Whose
from injections.patient.recording import who_and_when
from injections.procedure.draft import draft_of, keep_step
from injections.procedure.record import arrive_with_procedure
from injections.procedure.steps.forms import GoOnForm
from injections.procedure.steps.not_now_pages import not_recordable, seen_by_radiologist, visit_of
from injections.procedure.steps.order import SCAN
from injections.procedure.steps.scan import Scanned, day_of_visit, scanned
from injections.procedure.steps.step_page import rail
from injections.safety.visit import Wanted
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page


@permitted("record-procedure")
def scan(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The form of the report; with the report, what it makes of the injection: on to the checks, or it stops here."""
    visit = visit_of(appointment_id)
    if not KINDS[visit.appointment.kind].includes_scan:
        return redirect("procedure", appointment_id=appointment_id)
    if (refused := not_recordable(request, visit)) is not None:
        return refused
    found = scanned(visit.appointment, now=clock.now())
    if found.missing is not None:
        return _report(request, visit, found, found.missing)
    return _verdict(request, visit, found)


def _report(request: HttpRequest, visit: Visit, found: Scanned, missing: Wanted) -> HttpResponse:
    appointment = visit.appointment
    place = {"area": missing.area, "side": missing.side}
    initial = {"modality": "ultrasound", **place, "performed_on": day_of_visit(appointment, now=clock.now())}
    form = ReportForm(request.POST or None, initial=initial, whose=Whose.of(appointment.patient, clock.now()))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            arrive_with_procedure(appointment.pk, **who_and_when(request))
            add_report(appointment.patient_id, report=form.content(), **who_and_when(request))
            return redirect("procedure-scan", appointment_id=appointment.pk)
    return _page(request, visit, form, found)


def _verdict(request: HttpRequest, visit: Visit, found: Scanned) -> HttpResponse:
    form = GoOnForm(request.POST or None)
    if request.method == "POST" and (not found.stops or form.is_valid()):
        with form.refusals():
            if found.held:
                raise Conflict(found.held)
            names = ("reason_code", "reason") if found.stops else ()
            sent = {name: [form.cleaned_data[name]] for name in names}
            keep_step(visit.appointment.pk, SCAN, sent, is_finished=True, **who_and_when(request))
            seen_by_radiologist(request, visit)
            return redirect("procedure-step", appointment_id=visit.appointment.pk, step="checks")
    return _page(request, visit, form, found)


def _page(request: HttpRequest, visit: Visit, form: ClinicForm, found: Scanned) -> HttpResponse:
    appointment = visit.appointment
    draft = draft_of(appointment.pk, **who_and_when(request))
    context: dict[str, Any] = {
        "form": form,
        "visit": visit,
        "appointment": appointment,
        "step": SCAN,
        "rail": rail(visit, draft),
        "draft": draft,
        "found": found,
        **alerts_about(appointment.patient_id, **who_and_when(request)),
    }
    return page(request, "injections/procedure/scan.html", context, shows=[appointment.patient_id])
