"""Recording a procedure in steps that can be left and taken up again; the last one stores it.

What the steps hold so far is kept as a draft beside the visit, until it is recorded.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from injections.assessment.visits import Visit, find_appointment
from injections.models import Injection
from injections.patient.recording import who_and_when
from injections.procedure.doses import given_here_on
from injections.procedure.draft import KEPT_FOR, Draft, draft_of, keep_step
from injections.procedure.steps.drawn_up import drawn_up
from injections.procedure.steps.last_step import record_steps
from injections.procedure.steps.not_now_pages import not_recordable, not_seen, seen_by_radiologist, visit_of
from injections.procedure.steps.order import FIRST, INJECTION, LAST, kind_of_step, steps_of
from injections.procedure.steps.panels import before, given_before
from injections.procedure.steps.scan import scan_comes_first
from injections.procedure.steps.step_page import filled_form, form_of_step, look_over, step_page
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import is_part
from scheduling.templatetags.clinic_words import moment


@permitted("record-procedure")
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To the first step that is not done yet."""
    now = clock.now()
    appointment = find_appointment(appointment_id)
    kept = draft_of(appointment_id, by=actor_of(request.user), now=now)
    if FIRST in kept.finished and scan_comes_first(appointment, kept, now=now):
        return redirect("procedure-scan", appointment_id=appointment_id)
    step = next((name for name in steps_of(appointment) if name not in kept.finished), LAST)
    return redirect("procedure-step", appointment_id=appointment_id, step=step)


@permitted("record-procedure")
def step(request: HttpRequest, appointment_id: int, step: str) -> HttpResponse:
    """One step: shown, or kept and on to the next; after the last it is recorded. "Pause" keeps it as it is."""
    visit = visit_of(appointment_id)
    if step not in steps_of(visit.appointment):
        raise Http404
    if request.method == "POST" and is_part(request):
        return _part(request, visit, step)
    if (refused := not_recordable(request, visit) or not_seen(request, visit)) is not None:
        return refused
    draft = draft_of(appointment_id, **who_and_when(request))
    if step != FIRST and scan_comes_first(visit.appointment, draft, now=clock.now()):
        return redirect("procedure-scan", appointment_id=appointment_id)
    if "fill" in request.POST and kind_of_step(step) == INJECTION:
        return step_page(request, visit, step, filled_form(request.POST, visit, step), draft)
    form = form_of_step(request, step, visit, draft)
    is_paused = "pause" in request.POST
    if request.method != "POST" or not (is_paused or look_over(form, step, visit, draft, now=clock.now())):
        return step_page(request, visit, step, form, draft)
    sent = {name: _storable(values) for name, values in form.as_sent().lists() if name in form.fields}
    keep_step(appointment_id, step, sent, is_finished=not is_paused, **who_and_when(request))
    if is_paused:
        until = moment(clock.now() + KEPT_FOR)
        messages.success(request, f"The procedure is paused. What you typed is kept until {until}.")
        return redirect("appointment", appointment_id=appointment_id)
    return _onwards(request, visit, step, draft)


def _part(request: HttpRequest, visit: Visit, step: str) -> HttpResponse:
    """What is drawn up, as it is typed; where a drug of the list was chosen, its fields as the list fills them in."""
    form = filled_form(request.POST, visit, step)
    typed = {name: form[name].value() for name in form.fields} if "fill" in request.POST else request.POST
    draft = draft_of(visit.appointment.pk, **who_and_when(request))
    given = Injection.objects.given().of_patient(visit.appointment.patient.kept_id)
    earlier = [*given_here_on(given, clock.today()), *given_before(before(step, visit.appointment, draft))]
    context = {"drawn_up": drawn_up(typed, earlier, form.drugs), "form": form}
    name = "_filled" if "fill" in request.POST else "_dose"
    return render(request, f"injections/procedure/{name}.html", context)


def _onwards(request: HttpRequest, visit: Visit, step: str, draft: Draft) -> HttpResponse:
    """To the step that follows; after the last one it is recorded."""
    appointment = visit.appointment
    if step == LAST:
        return record_steps(request, visit)
    if step == FIRST and scan_comes_first(appointment, draft, now=clock.now()):
        return redirect("procedure-scan", appointment_id=appointment.pk)
    steps = steps_of(appointment)
    following = steps[steps.index(step) + 1]
    return redirect("procedure-step", appointment_id=appointment.pk, step=following)


@require_POST
@permitted("record-procedure")
def go_on(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The radiologist has seen what stands and goes on; of this assessment only."""
    seen_by_radiologist(request, visit_of(appointment_id))
    return redirect("procedure", appointment_id=appointment_id)


def _storable(values: list[str]) -> list[str]:
    """What was typed; half a step is not checked yet, and the database takes no NUL."""
    return [value.replace("\0", "") for value in values]
