"""Possible duplicates: reporting one, the manager's list, and saying that they are two people."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about, alerts_of_many
from injections.merging.forms import TwoPeopleForm
from injections.patient.pages import find
from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, page, part_of
from scheduling.diary.read import the
from scheduling.models import PossibleDuplicate
from scheduling.patients.duplicate_search import last_search
from scheduling.patients.duplicates import (
    check_waits,
    dismiss_duplicate,
    likeness_of,
    pairs_of,
    report_duplicate,
    waiting_duplicates,
)
from scheduling.patients.identity import find_patient
from scheduling.patients.other_records import alike_to_report, merges_to_undo

PAIRS_ON_A_PAGE = 10


@permitted("report-duplicate")
def report(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Who looks alike, and the search for another record, each with the button that reports it."""
    here = find_patient(patient_id)
    if here.merged_into_id is not None:
        return redirect("duplicate-report", patient_id=here.kept_id)
    alike = [one for one in alike_to_report(here) if one.waits is None] if request.method == "GET" else []
    alerts = alerts_about(here.pk, by=actor_of(request.user), now=clock.now())
    context = {"reporting": here, "patient": here, "alike": alike, **alerts}
    shows = [one.found.patient.pk for one in alike]
    return find(request, "injections/merging/report.html", context, besides=here, shows=shows)


@require_POST
@permitted("report-duplicate")
def registered_twice(request: HttpRequest, patient_id: int) -> HttpResponse:
    """One click on the patient's page: whoever looks alike is reported; where nobody does, the search follows."""
    here = find_patient(patient_id)
    alike = alike_to_report(here.kept)
    for one in alike:
        report_duplicate(here.kept_id, other_id=one.found.patient.pk, by=actor_of(request.user), now=clock.now())
    if not alike:
        messages.info(request, "No other record looks like this one. Find the other record and report it.")
        return redirect("duplicate-report", patient_id=here.kept_id)
    named = " and ".join(f"record {one.found.patient.pk}" for one in alike)
    messages.success(request, f"Reported together with {named}. A manager compares the records.")
    return redirect("patient", patient_id=here.kept_id)


@require_POST
@permitted("report-duplicate")
def report_other(request: HttpRequest, patient_id: int, other_id: int) -> HttpResponse:
    """Two records that may be of one person, named by where the button stands."""
    here = find_patient(patient_id)

    def deed() -> None:
        report_duplicate(here.pk, other_id=other_id, by=actor_of(request.user), now=clock.now())

    said = "Reported. A manager compares the two records."
    return act(request, deed, said=said, back=reverse("patient", args=[here.kept_id]))


@permitted("decide-duplicate")
def duplicates(request: HttpRequest) -> HttpResponse:
    """Pairs that were reported or found, side by side with why; and merges that can still be taken back."""
    listed = part_of(request, waiting_duplicates(), size=PAIRS_ON_A_PAGE)
    pairs = pairs_of(listed)
    now = clock.now()
    merges = merges_to_undo(now=now)
    shown = [patient for pair in pairs for patient in pair.patients]
    context = {
        "page_obj": listed,
        "pairs": pairs,
        "merges": merges,
        "searched": last_search(),
        "now": now,
        "alerts_by": alerts_of_many(shown, now=now),
    }
    shows = {patient.pk for patient in shown}
    shows |= {pk for one in merges for pk in (one.source_id, one.target_id)}
    return page(request, "injections/merging/duplicates.html", context, shows=shows)


@permitted("decide-duplicate")
def two_people(request: HttpRequest, duplicate_id: int) -> HttpResponse:
    """A pair on the list is of two people, and why."""
    rows = PossibleDuplicate.objects.by_standing_records()
    row = the(rows.select_related("one__merged_into", "other__merged_into", "noted_by"), duplicate_id)
    try:
        check_waits(row)
    except Conflict as refusal:
        messages.error(request, refusal.sentence)
        return redirect("duplicate-list")
    form = TwoPeopleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            reason = form.cleaned_data["reason"]
            dismiss_duplicate(row.pk, reason=reason, by=actor_of(request.user), now=clock.now())
            messages.success(request, "Recorded: they are two people.")
            return redirect("duplicate-list")
    one, other = row.one.kept, row.other.kept
    alerts = alerts_of_many((one, other), now=clock.now())
    context: dict[str, Any] = {"form": form, "row": row, "pair": (one, other), "because": likeness_of(one, other)}
    context["alerts_by"] = alerts
    return page(request, "injections/merging/two_people.html", context, shows=[one.pk, other.pk])
