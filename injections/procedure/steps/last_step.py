"""After the last step: what all steps say is recorded, or a refusal is shown at the step it belongs to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from injections.assessment.visits import Visit
from injections.procedure.draft import Draft, draft_of
from injections.procedure.outcome_pages import recorded
from injections.procedure.record import record_procedure
from injections.procedure.steps.forms import StepForm
from injections.procedure.steps.injection_form import procedure_of
from injections.procedure.steps.order import INJECTION, LAST, kind_of_step, number_of, steps_of
from injections.procedure.steps.panels import sent_again
from injections.procedure.steps.step_page import look_over, new_form, step_page
from injections.procedure.values import Procedure
from pht_clinic import clock
from pht_clinic.errors import FieldError, Forbidden, Invalid, Missing, Refusal
from pht_clinic.people.actors import actor_of


def record_steps(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Record what all steps say. A step that was left out, or is refused by now, is shown."""
    now, by = clock.now(), actor_of(request.user)
    draft = draft_of(visit.appointment.pk, by=by, now=now)
    steps = steps_of(visit.appointment)
    forms = {name: new_form(name, visit, sent_again(draft.steps.get(name))) for name in steps}
    for name, form in forms.items():
        if not look_over(form, name, visit, draft, now=now):
            return step_page(request, visit, name, form, draft)
    done_so_far = {name: form.cleaned_data for name, form in forms.items()}
    each = [
        _with_who_checked(procedure_of({**done_so_far, INJECTION: done_so_far[name]}, number_of(name)), draft)
        for name in steps
        if kind_of_step(name) == INJECTION
    ]
    try:
        done = record_procedure(visit.appointment.pk, *each, by=by, now=now)
    except (Forbidden, Missing):
        raise
    except Refusal as refusal:
        wrong = _show_refusal(forms, refusal)
        return step_page(request, visit, wrong, forms[wrong], draft)
    return recorded(request, done)


def _with_who_checked(procedure: Procedure, draft: Draft) -> Procedure:
    """The checks were made when their step was kept, by whoever kept it, unless it says otherwise."""
    if procedure.checked_at is not None or "checks" not in draft.made:
        return procedure
    made_at, made_by = draft.made["checks"]
    return replace(procedure, checked_at=made_at, checks_seen_by=made_by)


def _show_refusal(forms: Mapping[str, StepForm], refusal: Refusal) -> str:
    """Put each problem on the form that has its field; the first such step, or the last for what belongs to none.

    Of a field that several steps have (the reason), the last of them asks: what was injected.
    """
    errors = refusal.errors if isinstance(refusal, Invalid) else []
    touched = set()
    for error in errors:
        name, pointer = _step_of(error.pointer, forms)
        forms[name].add_refusal(Invalid([FieldError(pointer, error.detail)]))
        touched.add(name)
    if not errors:
        forms[LAST].add_refusal(refusal)
    return next((name for name in forms if name in touched), LAST)


def _step_of(pointer: str, forms: Mapping[str, StepForm]) -> tuple[str, str]:
    """The step that has the field of a problem, and the pointer as its form knows it: `#/injections/1/dose_mg` is the
    dose of the second injection.
    """
    _, *path = pointer.split("/")
    if path[0] == "injections" and len(path) > 1:
        panel = INJECTION if path[1] == "0" else f"{INJECTION}-{int(path[1]) + 1}"
        return panel, "/".join(("#", *path[2:]))
    return next((one for one in reversed(list(forms)) if forms[one].has_field_for(pointer)), LAST), pointer
