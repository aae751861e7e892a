"""One person kept twice: find the other record, compare the two, say which is kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_about, alerts_of_many
from injections.assessment.visits import appointments
from injections.merging.details import compared_besides
from injections.merging.forms import MergeForm
from injections.merging.merge import check_both_alive_or_dead, merge_patients
from injections.patient.pages import find
from injections.patient.recording import say_what_followed
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data, page
from scheduling.diary.places import Clash
from scheduling.models import Appointment, Patient
from scheduling.patients.duplicates import likeness_of
from scheduling.patients.identity import find_patient
from scheduling.patients.joining import carried
from scheduling.states import HOLDING


@permitted("merge-patients")
def merge(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The search for the other record; once the address names it as `with`, both side by side."""
    here = find_patient(patient_id)
    wanted = request.GET.get("with", "")
    is_named = wanted.isascii() and wanted.isdigit() and len(wanted) <= 18 and int(wanted) != here.pk
    other = find_patient(int(wanted)) if is_named else None
    if here.merged_into_id is not None or (other is not None and other.merged_into_id == here.pk):
        return redirect("patient", patient_id=here.kept_id)
    if other is None:
        alerts = alerts_about(here.pk, by=actor_of(request.user), now=clock.now())
        return find(request, "injections/merging/find.html", {"merging": here, **alerts}, besides=here)
    if other.merged_into_id is not None:
        kept = urlencode({"with": other.merged_into_id})
        return redirect(f"{reverse('patient-merge', args=[here.pk])}?{kept}")
    return _compare(request, here, other)


def _compare(request: HttpRequest, here: Patient, other: Patient) -> HttpResponse:
    form = MergeForm(form_data(request), pair=(here, other))
    clash: Clash | None = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                return _merge(request, here, other, form)
            except Clash as refusal:
                clash = refusal
    visits = list(_open_visits(here, other))
    context = {
        "form": form,
        "patient": here,
        "clash": clash,
        "overlapping": _overlapping(clash, visits),
        "pair": [(one, [visit for visit in visits if visit.patient_id == one.pk]) for one in (here, other)],
        "besides": compared_besides((here, other)),
        "differ": frozenset([*form.differing, *carried(here, other), *carried(other, here)]),
        "because": likeness_of(here, other),
        "alerts_by": alerts_of_many((here, other), now=clock.now()),
        "not_now": why_not(check_both_alive_or_dead, here, other),
    }
    shows = [here.pk, other.pk]
    response = page(request, "injections/merging/compare.html", context, shows=shows, what="patient-merge-with")
    if clash is not None:
        response.status_code = 409
    return response


def _merge(request: HttpRequest, here: Patient, other: Patient, form: MergeForm) -> HttpResponse:
    is_here = form.cleaned_data["keep"] == str(here.pk)
    kept, gone = (here, other) if is_here else (other, here)
    by, now = actor_of(request.user), clock.now()
    merged = merge_patients(gone.pk, into_id=kept.pk, keep=form.choices(gone), revisions=form.revisions, by=by, now=now)
    kept = find_patient(kept.pk)
    messages.success(request, f"The records are merged: {kept}, record {kept.pk}.")
    say_what_followed(request, merged.reassessed)
    return redirect("patient", patient_id=kept.pk)


def _open_visits(*pair: Patient) -> Iterable[Appointment]:
    """What would go over to the record that is kept, soonest first."""
    return appointments().filter(patient__in=pair, status__in=HOLDING).order_by("start_at", "pk")


def _overlapping(clash: Clash | None, visits: Iterable[Appointment]) -> list[tuple[Appointment, Appointment]]:
    """The pairs of visits that stand in the way, as the refusal names them."""
    if clash is None:
        return []
    by_id = {str(visit.pk): visit for visit in visits}
    named: Any = clash.extra["clashes"]
    return [
        (by_id[one["appointment"]], by_id[one["with"]])
        for one in named
        if {one["appointment"], one["with"]} <= by_id.keys()  # either may have been cancelled since
    ]
