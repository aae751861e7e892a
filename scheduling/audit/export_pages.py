"""The audit trail as a file: at once where it is short, else written by the worker, with its progress here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from pht_clinic import clock
from pht_clinic.audit.record import record
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web import exports
from pht_clinic.web.access import permitted
from pht_clinic.web.csv_export import CONTENT_TYPE, as_attachment, csv_file
from pht_clinic.web.pages.showing import is_part, page
from pht_clinic.web.viewing import note_viewed
from scheduling.audit.export import COLUMNS, NAME, asked_of
from scheduling.audit.forms import edges_of
from scheduling.audit.pages import audit_form


@permitted("read-audit", is_export=True)
def export(request: HttpRequest) -> HttpResponse:
    """POST asks for the entries of a filter; GET shows how far the file is that this person asked for."""
    by = actor_of(request.user)
    if request.method == "POST":
        return _asked(request, by=by)
    context = {"export": exports.newest(NAME, by=by), "rows_at_once": exports.AT_ONCE_ROWS}
    if is_part(request):
        return render(request, "scheduling/audit/_export.html", context)
    return page(request, "scheduling/audit/export.html", context)


def _asked(request: HttpRequest, *, by: Actor) -> HttpResponse:
    form = audit_form(request.POST)
    if not form.is_valid():
        return redirect(f"{reverse('audit-list')}?{request.POST.urlencode()}")
    asked = asked_of(**edges_of(form.cleaned_data))
    patients = [asked["patient_id"]] if asked["patient_id"] else []
    record("audit-exported", by=by, now=clock.now(), patients=patients, detail=asked)
    step = exports.at_once(NAME, asked, exports.AT_ONCE_ROWS + 1)
    if len(step.rows) > exports.AT_ONCE_ROWS:
        exports.ask(NAME, asked, by=by)
        return redirect("audit-export")
    note_viewed(request, patients=step.patient_ids)
    return csv_file(NAME, COLUMNS, step.rows)


@require_GET
@permitted("read-audit", is_export=True)
def file(request: HttpRequest) -> HttpResponseBase:
    """The finished file, for who asked for it; back to the page where there is none."""
    found = exports.newest(NAME, by=actor_of(request.user))
    if found is None or found.finished_at is None or found.failed:
        return redirect("audit-export")
    patients = exports.patients_in(found)
    record("audit-fetched", by=actor_of(request.user), now=clock.now(), detail={"export": found.pk, **found.asked})
    note_viewed(request, patients=patients)
    return as_attachment(StreamingHttpResponse(exports.text_of(found), content_type=CONTENT_TYPE), NAME)
