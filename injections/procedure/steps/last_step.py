"""After the last step: what all steps say is recorded, or a refusal is shown at the step it belongs to."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest, HttpResponse

from injections.assessment.visits import Visit
from injections.procedure.draft import Draft, draft_of
from injections.procedure.outcome_pages import recorded
from injections.procedure.record import record_procedure
from injections.procedure.steps.forms import StepForm
from injections.procedure.steps.injection_form import procedure_of
from injections.procedure.steps.order import STEP_ORDER
from injections.procedure.steps.step_page import look_over, new_form, sent_again, step_page
from injections.procedure.values import Procedure
from pht_clinic import clock
from pht_clinic.errors import Forbidden, Invalid, Missing, Refusal
from pht_clinic.people.actors import actor_of


def record_steps(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Record what all steps say. A step that was left out, or is refused by now, is shown."""
    now, by = clock.now(), actor_of(request.user)
    draft = draft_of(visit.appointment.pk, by=by, now=now)
    forms = {name: new_form(name, visit, sent_again(draft.steps.get(name))) for name in STEP_ORDER}
    for name, form in forms.items():
        if not look_over(form, name, visit, now=now):
            return step_page(request, visit, name, form, draft)
    procedure = _with_who_checked(procedure_of({name: form.cleaned_data for name, form in forms.items()}), draft)
    try:
        done = record_procedure(visit.appointment.pk, procedure, by=by, now=now)
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


def _show_refusal(forms: dict[str, StepForm], refusal: Refusal) -> str:
    """Put each problem on the form that has its field; the first such step, or the last for what belongs to none.

    Of a field that several steps have (the reason), the last of them asks: what was injected.
    """
    errors = refusal.errors if isinstance(refusal, Invalid) else []
    touched = set()
    for error in errors:
        name = next((one for one in reversed(STEP_ORDER) if forms[one].has_field_for(error.pointer)), STEP_ORDER[-1])
        forms[name].add_refusal(Invalid([error]))
        touched.add(name)
    if not errors:
        forms[STEP_ORDER[-1]].add_refusal(refusal)
    return next((name for name in STEP_ORDER if name in touched), STEP_ORDER[-1])
