"""Recording a procedure in four steps that can be left and taken up again; the last one stores it.

What the steps hold so far lies in the session of the radiologist, on the server, until it is recorded.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from injections import selectors
from injections.forms.procedure import (
    STEP_NAMES,
    STEPS,
    CannotForm,
    InjectedForm,
    initial_injection,
    procedure_of,
)
from injections.judgement import uncovered
from injections.models import Injection
from injections.policy import effective_policy
from injections.procedure import Done, Procedure, next_safe_dates, record_procedure, rest_until
from injections.selectors import Visit
from pht_clinic import clock
from pht_clinic.errors import Forbidden, Invalid, Missing, Refusal
from pht_clinic.people.access import roles
from pht_clinic.people.actors import actor_of
from pht_clinic.people.roles import RADIOLOGIST, RECEPTION
from scheduling.forms import ClinicForm
from scheduling.lifecycle import Status
from scheduling.views.showing import page

ORDER = list(STEPS)


@roles(RADIOLOGIST)
def start(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To the first step that is not done yet."""
    kept = request.session.get(_key(appointment_id), {})
    step = next((name for name in ORDER if name not in kept), ORDER[-1])
    return redirect("procedure-step", appointment_id=appointment_id, step=step)


@roles(RADIOLOGIST)
def step(request: HttpRequest, appointment_id: int, step: str) -> HttpResponse:
    """One step: shown, or kept and on to the next; after the last it is recorded."""
    if step not in STEPS:
        raise Http404
    visit = _visit(appointment_id)
    if (refused := _not_now(request, visit)) is not None:
        return page(
            request, "injections/procedure_not_now.html", refused, shows=[visit.appointment.patient_id]
        )
    kept: dict[str, Any] = request.session.get(_key(appointment_id), {})
    data = request.POST if request.method == "POST" else _query(kept.get(step))
    form = _form(step, visit, data)
    if request.method == "POST" and form.is_valid():
        sent = {name: values for name, values in request.POST.lists() if name in form.fields}
        request.session[_key(appointment_id)] = {**kept, step: sent}
        if step != ORDER[-1]:
            return redirect(
                "procedure-step", appointment_id=appointment_id, step=ORDER[ORDER.index(step) + 1]
            )
        return _record(request, visit)
    return _step_page(request, visit, step, form)


def _record(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Record what all four steps say; a refusal is shown at the step it belongs to."""
    kept = request.session[_key(visit.appointment.pk)]
    forms = {name: _form(name, visit, _query(kept.get(name)) or QueryDict()) for name in ORDER}
    for name, form in forms.items():
        if not form.is_valid():
            return _step_page(request, visit, name, form)
    procedure = procedure_of({name: form.cleaned_data for name, form in forms.items()})
    try:
        done = record_procedure(visit.appointment.pk, procedure, by=actor_of(request.user), now=clock.now())
    except (Forbidden, Missing):
        raise
    except Refusal as refusal:
        wrong = _show_refusal(forms, refusal)
        return _step_page(request, visit, wrong, forms[wrong], refusal.extra.get("assessment"))
    return _done(request, done)


def _show_refusal(forms: dict[str, ClinicForm], refusal: Refusal) -> str:
    """Put each problem on the form that has its field; the first such step, or the last for what belongs to none."""
    errors = refusal.errors if isinstance(refusal, Invalid) else []
    touched = set()
    for error in errors:
        name = next((one for one in ORDER if forms[one].has_field_for(error.pointer)), ORDER[-1])
        forms[name].add_refusal(Invalid([error]))
        touched.add(name)
    if not errors:
        forms[ORDER[-1]].add_refusal(refusal)
    return next((name for name in ORDER if name in touched), ORDER[-1])


@roles(RADIOLOGIST)
def cannot(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """It cannot go ahead: nothing is injected, and why."""
    visit = _visit(appointment_id)
    form = CannotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            reason = form.cleaned_data["reason"]
            not_given = Procedure(result=Injection.Status.NOT_GIVEN, reason=reason)
            done = record_procedure(appointment_id, not_given, by=actor_of(request.user), now=clock.now())
            return _done(request, done)
    context = {"form": form, "appointment": visit.appointment, "visit": visit}
    return page(request, "injections/procedure_cannot.html", context, shows=[visit.appointment.patient_id])


@roles(RECEPTION, RADIOLOGIST)
def done(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Rest until, and the next safe dates, in large type."""
    found = selectors.appointment(appointment_id)
    injection = Injection.objects.current().filter(appointment=found).select_related("patient").first()
    if injection is None:
        raise Missing("No procedure is recorded for this appointment.")
    was_given = injection.status in Injection.GIVEN
    review_from, clear_from = next_safe_dates(injection, now=clock.now()) if was_given else (None, None)
    context = {
        "appointment": found, "injection": injection, "was_given": was_given,
        "rest_until": rest_until(injection) if was_given else None,
        "review_from": review_from, "clear_from": clear_from,
        "letters": found.messages.filter(kind__in=("aftercare", "flare-check")).order_by("due_at"),
    }  # fmt: skip
    return page(request, "injections/procedure_done.html", context, shows=[found.patient_id])


def _done(request: HttpRequest, done: Done) -> HttpResponseRedirect:
    request.session.pop(_key(done.appointment.pk), None)
    for warning in done.warnings:
        messages.warning(request, warning)
    messages.success(request, "The visit is recorded.")
    return redirect("procedure-done", appointment_id=done.appointment.pk)


def _visit(appointment_id: int) -> Visit:
    return selectors.visits([selectors.appointment(appointment_id)])[0]


def _not_now(request: HttpRequest, visit: Visit) -> dict[str, Any] | None:
    """What stops the procedure: a visit that injects nothing, or is not booked or arrived (any more); or a concern that
    no decision covers, until the radiologist says that it was seen. Recording it then needs its reason.
    """
    found = visit.appointment
    if not found.kind_of_visit.injects or found.status not in (Status.BOOKED, Status.ARRIVED):
        return {"visit": visit, "appointment": found}
    standing = uncovered(visit.assessment, selectors.earlier_decisions(found.pk)[::-1])
    seen = visit.assessment.pk if visit.assessment else None
    if not standing or request.session.get(_seen_key(found.pk)) == seen:
        return None
    return {"visit": visit, "appointment": found, "standing": standing}


@require_POST
@roles(RADIOLOGIST)
def go_on(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The radiologist has seen what stands and goes on; of this assessment only."""
    visit = _visit(appointment_id)
    request.session[_seen_key(appointment_id)] = visit.assessment.pk if visit.assessment else None
    return redirect("procedure", appointment_id=appointment_id)


def _form(name: str, visit: Visit, data: QueryDict | None) -> ClinicForm:
    kind = STEPS[name]
    if kind is not InjectedForm:
        return kind(data)
    asked = visit.appointment.injection_request
    initial = initial_injection(site=asked.site, side=asked.side, targets=asked.targets, on=clock.today())
    return kind(data, initial=initial)


def _step_page(
    request: HttpRequest, visit: Visit, step: str, form: ClinicForm, refused: object = None
) -> HttpResponse:
    context = {
        "form": form, "visit": visit, "appointment": visit.appointment, "step": step,
        "rail": [(name, STEP_NAMES[name]) for name in ORDER], "refused": refused,
        "number": ORDER.index(step) + 1, "last": step == ORDER[-1], "policy": effective_policy(),
    }  # fmt: skip
    return page(request, f"injections/procedure_{step}.html", context, shows=[visit.appointment.patient_id])


def _query(kept: dict[str, list[str]] | None) -> QueryDict | None:
    """What a step kept, as if it were sent again."""
    if kept is None:
        return None
    data = QueryDict(mutable=True)
    for name, values in kept.items():
        data.setlist(name, values)
    return data


def _seen_key(appointment_id: int) -> str:
    return f"procedure-seen-{appointment_id}"


def _key(appointment_id: int) -> str:
    return f"procedure:{appointment_id}"
