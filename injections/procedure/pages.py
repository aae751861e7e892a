"""Recording a procedure in steps that can be left and taken up again; the last one stores it.

What the steps hold so far is kept as a draft beside the visit, until it is recorded.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about
from injections.assessment.verdict import uncovered
from injections.assessment.visits import Visit, find_appointment, with_assessments
from injections.procedure.checks import check_may_record
from injections.procedure.doses import earlier_sums, given_today
from injections.procedure.draft import KEPT_FOR, draft_of, keep_step
from injections.procedure.drawn_up import drawn_up
from injections.procedure.last_step import record_steps
from injections.procedure.step_page import form_of_step, look_over, step_page
from injections.procedure.steps import STEP_ORDER, STEPS
from injections.review.past_decisions import earlier_decisions
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import is_part, page
from scheduling.templatetags.clinic_words import moment


@permitted("record-procedure")
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To the first step that is not done yet."""
    kept = draft_of(appointment_id, by=actor_of(request.user), now=clock.now())
    step = next((name for name in STEP_ORDER if name not in kept.finished), STEP_ORDER[-1])
    return redirect("procedure-step", appointment_id=appointment_id, step=step)


@permitted("record-procedure")
def step(request: HttpRequest, appointment_id: int, step: str) -> HttpResponse:
    """One step: shown, or kept and on to the next; after the last it is recorded. "Pause" keeps it as it is."""
    if step not in STEPS:
        raise Http404
    visit = _visit(appointment_id)
    if request.method == "POST" and is_part(request):
        earlier = earlier_sums(given_today(visit.appointment.patient, now=clock.now()))
        return render(request, "injections/procedure/_dose.html", {"drawn_up": drawn_up(request.POST, earlier)})
    if (refused := _not_now(request, visit)) is not None:
        shows = [visit.appointment.patient_id]
        refused |= _alerts(request, visit)
        return page(request, "injections/procedure/not_now.html", refused, shows=shows, what="procedure-not-now")
    now, by = clock.now(), actor_of(request.user)
    draft = draft_of(appointment_id, by=by, now=now)
    form = form_of_step(request, step, visit, draft)
    is_paused = "pause" in request.POST
    if request.method != "POST" or not (is_paused or look_over(form, step, visit, now=now)):
        return step_page(request, visit, step, form, draft)
    sent = {name: _storable(values) for name, values in form.as_sent().lists() if name in form.fields}
    keep_step(appointment_id, step, sent, is_finished=not is_paused, by=by, now=now)
    if is_paused:
        until = moment(now + KEPT_FOR)
        messages.success(request, f"The procedure is paused. What you typed is kept until {until}.")
        return redirect("appointment", appointment_id=appointment_id)
    if step != STEP_ORDER[-1]:
        following = STEP_ORDER[STEP_ORDER.index(step) + 1]
        return redirect("procedure-step", appointment_id=appointment_id, step=following)
    return record_steps(request, visit)


def _visit(appointment_id: int) -> Visit:
    return with_assessments([find_appointment(appointment_id)])[0]


def _not_now(request: HttpRequest, visit: Visit) -> dict[str, Any] | None:
    """What stops the procedure: a visit that injects nothing, or is not booked or arrived (any more); or a concern that
    no decision covers, until the radiologist says that it was seen. Recording it then needs its reason.
    """
    found = visit.appointment
    if why_not(check_may_record, found, by=actor_of(request.user), now=clock.now()):
        return {"visit": visit, "appointment": found}
    standing = uncovered(visit.assessment, earlier_decisions(found.pk)[::-1])
    seen = visit.assessment.pk if visit.assessment else None
    if not standing or request.session.get(_seen_key(found.pk)) == seen:
        return None
    return {"visit": visit, "appointment": found, "standing": standing}


@require_POST
@permitted("record-procedure")
def go_on(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The radiologist has seen what stands and goes on; of this assessment only."""
    visit = _visit(appointment_id)
    request.session[_seen_key(appointment_id)] = visit.assessment.pk if visit.assessment else None
    return redirect("procedure", appointment_id=appointment_id)


def _alerts(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    return alerts_about(visit.appointment.patient_id, by=actor_of(request.user), now=clock.now())


def _storable(values: list[str]) -> list[str]:
    """What was typed; half a step is not checked yet, and the database takes no NUL."""
    return [value.replace("\0", "") for value in values]


def _seen_key(appointment_id: int) -> str:
    return f"procedure-seen-{appointment_id}"
