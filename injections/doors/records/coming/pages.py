"""Bringing in records from a file, for managers: upload, columns, trial, import, report, withdrawal."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from injections.doors.records.coming import report, runs
from injections.doors.records.coming.forms import ColumnsForm, FileForm
from injections.doors.records.coming.runs import Stage
from injections.models import RecordImport
from pht_clinic import clock
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.csv_export import CONTENT_TYPE, as_attachment
from pht_clinic.web.pages.showing import act, form_data, is_part, page, part_of
from pht_clinic.web.viewing import note_viewed
from scheduling.diary.read import the

_OF_THE_FORM = 10_000
"""Bytes of a request that are not the file."""


@permitted("import-records")
def import_list(request: HttpRequest) -> HttpResponse:
    """Every import, the newest first; a POST takes a file in, of which nothing is recorded yet."""
    form = FileForm(form_data(request), request.FILES or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            file = form.cleaned_data["file"]
            run = runs.take_in(file, name=str(file.name), by=actor_of(request.user), now=clock.now())
            if run.stage == Stage.UNNAMED:
                return redirect("import-columns", import_id=run.pk)
            return redirect("import-file", import_id=run.pk)
    context = {
        "form": form,
        "page_obj": part_of(request, runs.imports()),
        "most_kb": (settings.MAX_BODY_BYTES - _OF_THE_FORM) // 1000,
    }
    return page(request, "injections/records/imports.html", context)


@permitted("import-records")
def import_file(request: HttpRequest, import_id: int) -> HttpResponse:
    """Where one import stands, what became of its lines so far, and what can be done next."""
    run = _run(import_id)
    if is_part(request):
        return render(request, "injections/records/_import.html", _stand(run))
    listed = part_of(request, report.lines_to_look_at(run).select_related("patient"))
    shows = {line.patient_id for line in listed if line.patient_id}
    alike = report.alike(listed)
    shows |= {one.pk for found in alike.values() for one in found}
    lines = [(line, report.kind_words(line.kind), alike[line.pk]) for line in listed]
    context = {
        **_stand(run),
        "page_obj": listed,
        "lines": lines,
        "form_columns": not why_not(runs.check_may_be_named, run),
    }
    return page(request, "injections/records/import.html", context, shows=shows)


def _stand(run: RecordImport) -> dict[str, Any]:
    now = clock.now()
    return {
        "run": run,
        "counts": report.counts_of(run),
        "why_not_tried": why_not(runs.check_may_begin, run, Stage.TRYING, now=now),
        "why_not_brought": why_not(runs.check_may_be_brought, run, now=now),
        "why_not_withdrawn": why_not(runs.check_may_begin, run, Stage.WITHDRAWING, now=now),
    }


@permitted("import-records")
def import_columns(request: HttpRequest, import_id: int) -> HttpResponse:
    """Which field each column of a CSV holds."""
    run = _run(import_id)
    if request.method == "GET" and (why := why_not(runs.check_may_be_named, run)):
        messages.error(request, why)
        return redirect("import-file", import_id=run.pk)
    form = ColumnsForm(form_data(request), run=run)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            said = {"rows": form.cleaned_data["rows"], "columns": form.columns()}
            runs.name_columns(run.pk, **said, by=actor_of(request.user), now=clock.now())
            messages.success(request, "The columns are named, and known for the next file like this one.")
            return redirect("import-file", import_id=run.pk)
    return page(request, "injections/records/columns.html", {"form": form, "run": run})


@require_POST
@permitted("import-records")
def import_try(request: HttpRequest, import_id: int) -> HttpResponse:
    """Say what would become of each line, and store nothing."""
    return _begin(request, import_id, Stage.TRYING, said="The file is being tried. Nothing is stored.")


@require_POST
@permitted("import-records")
def import_start(request: HttpRequest, import_id: int) -> HttpResponse:
    """Bring the lines in."""
    return _begin(request, import_id, Stage.BRINGING, said="The import has begun. You can leave this page.")


def _begin(request: HttpRequest, import_id: int, stage: Stage, *, said: str) -> HttpResponse:
    run = _run(import_id)
    who: dict[str, Any] = {"by": actor_of(request.user), "now": clock.now()}
    return act(
        request, lambda: runs.begin_tried(run.pk, stage, **who), said=said, back=reverse("import-file", args=[run.pk])
    )


@permitted("import-records")
def import_withdraw(request: HttpRequest, import_id: int) -> HttpResponse:
    """Withdraw an import as a whole; a GET says what that means."""
    run = _run(import_id)
    if request.method == "POST":
        return _begin(
            request, import_id, Stage.WITHDRAWING, said="The import is being withdrawn. You can leave this page."
        )
    why = why_not(runs.check_may_begin, run, Stage.WITHDRAWING, now=clock.now())
    return page(request, "injections/records/withdraw.html", {"run": run, "why_not": why})


@require_GET
@permitted("import-records", is_export=True)
def import_report(request: HttpRequest, import_id: int) -> HttpResponse:
    """What became of each line, as CSV."""
    run = _run(import_id)
    if run.is_worked_on:
        raise Conflict("It is under way. Wait until it has ended.")
    note_viewed(request, patients=report.patients_in(run))
    return as_attachment(HttpResponse("".join(report.report(run)), content_type=CONTENT_TYPE), f"import-{run.pk}")


def _run(import_id: int) -> RecordImport:
    return the(RecordImport.objects.select_related("asked_by"), import_id)
