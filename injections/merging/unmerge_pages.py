"""Taking a merge back: what goes where, and whose is what came between."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_about
from injections.merging.between import by_model
from injections.merging.forms import UnmergeForm
from injections.merging.unmerge import Undoing, undoing_of, unmerge_patients
from injections.merging.words import counted_rows
from injections.patient.recording import say_what_followed
from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.patients.identity import find_patient


@permitted("unmerge-patients")
def unmerge(request: HttpRequest, merged_id: int) -> HttpResponse:
    """The two records as they would be again; what cannot be taken back says why on the patient's page."""
    here = find_patient(merged_id)
    try:
        undoing = undoing_of(here.pk, now=clock.now())
    except Conflict as refusal:
        messages.error(request, refusal.sentence)
        return redirect("patient", patient_id=here.kept_id)
    merge, between = undoing.merge, undoing.between
    form = UnmergeForm(request.POST or None, merge=merge, asked=between.asked)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            return _undo(request, undoing, form)
    context = {
        "form": form,
        "merge": merge,
        "patient": merge.target,
        "back": counted_rows(by_model(between.source)),
        "stays": counted_rows(by_model(between.target)),
        "asked": between.asked,
        **alerts_about(merge.target_id, by=actor_of(request.user), now=clock.now()),
    }
    shows = [merge.source_id, merge.target_id]
    return page(request, "injections/merging/unmerge.html", context, shows=shows)


def _undo(request: HttpRequest, undoing: Undoing, form: UnmergeForm) -> HttpResponse:
    merge = undoing.merge
    by, now = actor_of(request.user), clock.now()
    done = unmerge_patients(merge.source_id, assign=form.assigned, by=by, now=now)
    said = f"The merge is undone: record {merge.source_id} and record {merge.target_id} are separate again."
    messages.success(request, said)
    say_what_followed(request, done.reassessed)
    return redirect("patient", patient_id=merge.source_id)
