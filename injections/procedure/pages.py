"""Recording a procedure in four steps that can be left and taken up again; the last one stores it.

What the steps hold so far is kept as a draft beside the visit, until it is recorded.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import MultipleChoiceField
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about
from injections.assessment.coverage import uncovered
from injections.assessment.visits import Visit, find_appointment, with_assessments
from injections.facts.policy import effective_policy
from injections.procedure.batch import drawn_up_today
from injections.procedure.checks import check_may_record
from injections.procedure.draft import KEPT_FOR, Draft, Sent, draft_of, keep_step
from injections.procedure.drawn_up import drawn_up
from injections.procedure.forms import InjectedForm, initial_drug, initial_injection, procedure_of
from injections.procedure.outcome_pages import recorded
from injections.procedure.record import record_procedure
from injections.procedure.steps import STEP_NAMES, STEP_ORDER, STEPS
from injections.review.past_decisions import earlier_decisions
from pht_clinic import clock
from pht_clinic.errors import Forbidden, Invalid, Missing, Refusal, why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import form_data, is_part, page
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
        return render(request, "injections/procedure/_dose.html", {"drawn_up": drawn_up(request.POST)})
    if (refused := _not_now(request, visit)) is not None:
        shows = [visit.appointment.patient_id]
        refused |= _alerts(request, visit)
        return page(request, "injections/procedure/not_now.html", refused, shows=shows, what="procedure-not-now")
    now, by = clock.now(), actor_of(request.user)
    draft = draft_of(appointment_id, by=by, now=now)
    form = _form(request, step, visit, draft)
    is_paused = "pause" in request.POST
    if request.method != "POST" or not (is_paused or form.is_valid()):
        return _step_page(request, visit, step, form, draft)
    sent = {name: _storable(values) for name, values in request.POST.lists() if name in form.fields}
    keep_step(appointment_id, step, sent, is_finished=not is_paused, by=by, now=now)
    if is_paused:
        until = moment(now + KEPT_FOR)
        messages.success(request, f"The procedure is paused. What you typed is kept until {until}.")
        return redirect("appointment", appointment_id=appointment_id)
    if step != STEP_ORDER[-1]:
        following = STEP_ORDER[STEP_ORDER.index(step) + 1]
        return redirect("procedure-step", appointment_id=appointment_id, step=following)
    return _record(request, visit)


def _record(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Record what all four steps say; a refusal is shown at the step it belongs to."""
    now, by = clock.now(), actor_of(request.user)
    draft = draft_of(visit.appointment.pk, by=by, now=now)
    forms = {name: STEPS[name](_query(draft.steps.get(name))) for name in STEP_ORDER}
    for name, form in forms.items():
        if not form.is_valid():
            return _step_page(request, visit, name, form, draft)
    procedure = procedure_of({name: form.cleaned_data for name, form in forms.items()})
    try:
        done = record_procedure(visit.appointment.pk, procedure, by=by, now=now)
    except (Forbidden, Missing):
        raise
    except Refusal as refusal:
        wrong = _show_refusal(forms, refusal)
        return _step_page(request, visit, wrong, forms[wrong], draft, refusal.extra.get("assessment"))
    return recorded(request, done)


def _show_refusal(forms: dict[str, ClinicForm], refusal: Refusal) -> str:
    """Put each problem on the form that has its field; the first such step, or the last for what belongs to none."""
    errors = refusal.errors if isinstance(refusal, Invalid) else []
    touched = set()
    for error in errors:
        name = next((one for one in STEP_ORDER if forms[one].has_field_for(error.pointer)), STEP_ORDER[-1])
        forms[name].add_refusal(Invalid([error]))
        touched.add(name)
    if not errors:
        forms[STEP_ORDER[-1]].add_refusal(refusal)
    return next((name for name in STEP_ORDER if name in touched), STEP_ORDER[-1])


def _visit(appointment_id: int) -> Visit:
    return with_assessments([find_appointment(appointment_id)])[0]


def _not_now(request: HttpRequest, visit: Visit) -> dict[str, Any] | None:
    """What stops the procedure: a visit that injects nothing, or is not booked or arrived (any more); or a concern that
    no decision covers, until the radiologist says that it was seen. Recording it then needs its reason.
    """
    found = visit.appointment
    if why_not(check_may_record, found, by=actor_of(request.user), now=clock.now()):
        return {"visit": visit, "appointment": found}
    standing = uncovered(visit.assessment, earlier_decisions(found.pk)[::-1], on=clock.local_date(found.start_at))
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


def _form(request: HttpRequest, name: str, visit: Visit, draft: Draft) -> ClinicForm:
    """The form of a step as it is sent, or as it was left; what was injected opens with what was booked."""
    kind = STEPS[name]
    if (typed := form_data(request)) is not None:
        return kind(typed)
    form = kind()
    if isinstance(form, InjectedForm):
        asked = visit.appointment.injection_request
        form.initial = initial_injection(site=asked.site, side=asked.side, targets=asked.targets, on=clock.today())
        if name not in draft.steps:
            form.remembered = drawn_up_today(actor_of(request.user).user_id, now=clock.now())
            form.initial |= initial_drug(form.remembered)
    for field, values in draft.steps.get(name, {}).items():
        if field in form.fields:
            is_many = isinstance(form.fields[field], MultipleChoiceField)
            form.initial[field] = values if is_many else values[-1]
    return form


def _step_page(
    request: HttpRequest, visit: Visit, step: str, form: ClinicForm, draft: Draft, refused: object = None
) -> HttpResponse:
    context = {
        "form": form,
        "visit": visit,
        "appointment": visit.appointment,
        "step": step,
        "rail": [(name, STEP_NAMES[name], name in draft.finished) for name in STEP_ORDER],
        "refused": refused,
        "last": step == STEP_ORDER[-1],
        "policy": effective_policy(),
        "draft": draft,
        "drawn_up": drawn_up({field.name: field.value() for field in form}) if step == "injection" else None,
        **_alerts(request, visit),
    }
    shows = [visit.appointment.patient_id]
    return page(request, f"injections/procedure/{step}.html", context, shows=shows, what=f"procedure-{step}")


def _alerts(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    return alerts_about(visit.appointment.patient_id, by=actor_of(request.user), now=clock.now())


def _storable(values: list[str]) -> list[str]:
    """What was typed; half a step is not checked yet, and the database takes no NUL."""
    return [value.replace("\0", "") for value in values]


def _query(kept: Sent | None) -> QueryDict:
    """What a step kept, as if it were sent again; a step that was left out sent nothing."""
    data = QueryDict(mutable=True)
    for name, values in (kept or {}).items():
        data.setlist(name, values)
    return data


def _seen_key(appointment_id: int) -> str:
    return f"procedure-seen-{appointment_id}"
