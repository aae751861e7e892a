"""The radiologist's queue, and deciding on one case."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from injections.assessment import open_calls
from injections.assessment.alerts import alerts_about, alerts_in_page
from injections.assessment.coverage import uncovered
from injections.assessment.visits import Visit, case
from injections.facts.answers import newest_that_fits
from injections.facts.drugs import drug_list
from injections.facts.history import History, history_to_show, requests_of
from injections.facts.steroid_load import steroid_load
from injections.imaging.evidence import with_what_else
from injections.models import Decision, ImagingReport, WaitingFor
from injections.review import outcomes
from injections.review.decide import decide
from injections.review.forms import DecisionForm
from injections.review.milder import unseen
from injections.review.past_decisions import decisions_besides, earlier_decisions, overrides_of
from injections.review.queue import ReadByColleague, open_for_review, readers, review_queue
from injections.review.who_decides import decides_alone, own_requests
from injections.safety.sites import area_of
from injections.timeline.before_after import BeforeAfter, before_and_after
from injections.timeline.drawing import NARROW
from injections.timeline.whole import timeline_of
from injections.words import REASON_CODES
from pht_clinic import clock
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page, part_of
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment

MILDER_AT_A_GLANCE = 10
ORDERS = {
    "urgency": "red flags first, then visits whose patient has answered, then the soonest visit",
    "waiting": "red flags first, then visits whose patient has answered, then the longest waiting",
}


@permitted("review")
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for a radiologist, red flags first."""
    now, by = clock.now(), actor_of(request.user)
    visits = review_queue(now=now)
    order = request.GET.get("order", "urgency")
    if order == "waiting":
        visits.sort(
            key=lambda visit: (
                not visit.is_red_flag,
                not visit.has_come_back,
                visit.appointment.pending_since,
                visit.appointment.pk,
            )
        )
    _note_who_may(visits, by=by, now=now)
    listed = part_of(request, visits)
    milder = part_of(request, unseen(), size=MILDER_AT_A_GLANCE, named="milder")
    context = {
        "visits": visits,
        "page_obj": listed,
        "orders": ORDERS,
        "order": order if order in ORDERS else "urgency",
        "next": _next(visits),
        "red_flags": sum(visit.is_red_flag for visit in visits),
        "milder": milder,
        "overdue_answers": sum(visit.waiting_for == WaitingFor.ANSWERS for visit in visits),
    }
    shows = {visit.appointment.patient_id for visit in listed} | {one.patient_id for one in milder}
    return page(request, "injections/review/queue.html", context, shows=shows)


def _note_who_may(visits: Sequence[Visit], *, by: Actor, now: datetime) -> None:
    """Note on each case who else reads it, and whether this radiologist asked for it and so may not decide."""
    readers(visits, besides=by.user_id, now=now)
    own = frozenset() if decides_alone(by) else own_requests([visit.appointment for visit in visits], by=by)
    for visit in visits:
        visit.is_own = visit.appointment.pk in own


def _next(visits: Sequence[Visit]) -> Visit | None:
    """The first case that this radiologist may decide on and that nobody else is reading, else the first they may."""
    allowed = [visit for visit in visits if not visit.is_own]
    return next((visit for visit in allowed if not visit.reader), allowed[0] if allowed else None)


@require_POST
@permitted("review")
def open_case(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Take a case to read: colleagues see who has it. Of one that a colleague reads it is asked first."""
    now, by = clock.now(), actor_of(request.user)
    try:
        open_for_review(appointment_id, take_over="take_over" in request.POST, by=by, now=now)
    except ReadByColleague as refusal:
        visit = case(appointment_id)
        context = {"visit": visit, "appointment": visit.appointment, "refusal": refusal}
        context |= alerts_about(visit.appointment.patient_id, by=by, now=now)
        shows = [visit.appointment.patient_id]
        return page(request, "injections/review/being_read.html", context, shows=shows, what="review-being-read")
    return redirect("decision", appointment_id=appointment_id)


@permitted("decide")
def decision(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The evidence of one case and its five outcomes; an override is repeated once on a page of its own."""
    now, by = clock.now(), actor_of(request.user)
    visit = case(appointment_id)
    found = visit.appointment
    earlier = earlier_decisions(found.pk)
    visit.decision = earlier[0] if earlier else None
    standing = uncovered(visit.assessment, earlier[::-1], on=clock.local_date(found.start_at))
    critical = [one["rule"] for one in standing if one["severity"] == "critical"]
    refused = outcomes.refusals(found, critical, by=by, now=now)
    free_from = visit.assessment.clear_from if visit.assessment else None
    initial = {"revision": found.revision, "delay_until": free_from}
    is_own = decides_alone(by) and bool(own_requests([found], by=by))
    form = DecisionForm(request.POST or None, initial=initial, refused=refused, is_own=is_own)
    # "Go back" from the interruption shows the page again with what was typed
    if request.method == "POST" and "back" not in request.POST and form.is_valid():
        if form.is_override and "confirmed" not in request.POST:
            return _interrupt(request, form, visit)
        with form.refusals():
            ask = form.decision()
            decide(found.pk, ask, revision=form.cleaned_data["revision"], by=by, now=now)
            return _decided(request, found, now=now)
    return _decision_page(request, form, visit, earlier)


def _interrupt(request: HttpRequest, form: DecisionForm, visit: Visit) -> HttpResponse:
    critical = [one for one in visit.standing if one["severity"] == "critical"]
    code = REASON_CODES[form.cleaned_data["reason_code"]]
    patient_id, by = visit.appointment.patient_id, actor_of(request.user)
    sent = [(name, value) for name in form.fields for value in request.POST.getlist(name)]
    context = {"form": form, "visit": visit, "appointment": visit.appointment, "critical": critical, "code": code}
    context["sent"] = sent
    context |= alerts_about(patient_id, by=by, now=clock.now())
    shows = [patient_id]
    return page(request, "injections/review/override.html", context, shows=shows, what="decision-override")


def _decided(request: HttpRequest, appointment: Appointment, *, now: datetime) -> HttpResponseRedirect:
    """Say it, and open the next case if there is one."""
    by = actor_of(request.user)
    told = fate_of_news(appointment.pk, now=now)
    messages.success(request, f"The decision on {appointment.patient} is saved. {told}")
    waiting = [one for one in review_queue(now=now) if one.appointment.pk != appointment.pk]
    _note_who_may(waiting, by=by, now=now)
    following = _next([one for one in waiting if not one.reader])
    if following is None:
        return redirect("review-queue")
    opened = open_for_review(following.appointment.pk, by=by, now=now)
    return redirect("decision", appointment_id=opened.pk)


def _decision_page(request: HttpRequest, form: DecisionForm, visit: Visit, earlier: list[Decision]) -> HttpResponse:
    now, by = clock.now(), actor_of(request.user)
    found = visit.appointment
    history = history_to_show(found.patient_id, now=now)
    places = [(area_of(one.site) if one.site else None, one.side) for one in requests_of(found)]
    readers([visit], besides=by.user_id, now=now)
    findings = visit.assessment.findings if visit.assessment else []
    placed = [row for row in history.reports if (row.area, row.side) in places]
    counts = overrides_of(list(dict.fromkeys(one["rule"] for one in findings)))
    context = {
        "form": form,
        "visit": visit,
        "appointment": found,
        "patient": found.patient,
        "findings": [_shown(one, placed) | {"here": counts[one["rule"]]} for one in findings],
        "known": [
            {
                "where": {"area": area or "", "side": side or ""},
                "answers": history.answers(area, side),
                "pathway": newest_that_fits(history.pathways, area, side),
            }
            for area, side in places
        ],
        "versions": history.pathways,
        "reports": history.reports[::-1],
        "timeline": timeline_of(history, width=NARROW),
        "load": steroid_load(history.injections, clock.local_date(now), drug_list()),
        "before_after": _before_and_after(history, places),
        "decisions": earlier,
        "elsewhere": decisions_besides(found.pk, history.decisions),
        "calls": open_calls.open_calls_about(found.patient_id),
        **alerts_in_page(history, by=by),
    }
    return page(request, "injections/review/decision.html", context, shows=[found.patient_id])


def _before_and_after(history: History, places: Collection[tuple[str | None, str | None]]) -> list[BeforeAfter]:
    """Those of the areas and sides of this visit, and of what names none."""
    found = before_and_after(history.injections, history.measures, history.recovery)
    return [one for one in found if any(one.area in ("", area) and one.side in ("", side) for area, side in places)]


def _shown(finding: dict[str, Any], reports: Sequence[ImagingReport]) -> dict[str, Any]:
    """A stored finding with what its evidence leaves to the reports of this area and side."""
    return {**finding, "evidence": with_what_else(finding["evidence"], reports)}
