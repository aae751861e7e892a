"""One step of a procedure on its page: the form as it was left or as it is sent, and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.forms import MultipleChoiceField
from django.http import HttpRequest, HttpResponse, QueryDict

from injections import words
from injections.assessment.alerts import alerts_about
from injections.assessment.visits import Visit
from injections.facts.drugs import NOTHING_LISTED
from injections.facts.history import history_to_show
from injections.facts.policy import effective_policy
from injections.facts.steroid_load import steroid_load
from injections.messages.risks import RISKS_VERSION, risks, risks_sent
from injections.models import Decision, Injection
from injections.procedure.batch import drawn_up_today
from injections.procedure.doses import earlier_sums, given_here_on
from injections.procedure.draft import Draft
from injections.procedure.remarks import Looked
from injections.procedure.steps.drawn_up import drawn_up
from injections.procedure.steps.forms import CHECKS, ChecksForm, ConsentForm, StepForm
from injections.procedure.steps.injection_form import InjectedForm, initial_injection
from injections.procedure.steps.listed_drug import filled_in, initial_drug
from injections.procedure.steps.on_record import may_fall, recorded_beside
from injections.procedure.steps.order import INJECTION, LAST, SCAN, STEPS, kind_of_step, number_of, rail_of
from injections.procedure.steps.panels import before, given_before, injected_form, sent_again
from injections.procedure.steps.step_checks import look_at
from injections.review.past_decisions import earlier_decisions
from injections.safety.gates import CONSENT
from pht_clinic import clock
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.pages.showing import form_data, page

ALL_AT_ONCE = {"checks": CHECKS, "consent": (*CONSENT, *words.CONSENT_MORE)}
"""Steps that one press confirms as a whole: their questions that are not answered one by one are answered "yes"."""


def form_of_step(request: HttpRequest, name: str, visit: Visit, draft: Draft) -> StepForm:
    """The form of a step as it is sent, or as it was left; what was injected opens with what was booked."""
    if (typed := form_data(request)) is not None:
        return new_form(name, visit, _confirmed(name, visit, typed))
    form = new_form(name, visit, None)
    if isinstance(form, ConsentForm):
        form.initial = _consent_as_known(request, visit)
    if isinstance(form, InjectedForm):
        asked = visit.appointment.injection_request.wanted[number_of(name)]
        on = min(clock.local_date(visit.appointment.start_at), clock.today())
        form.initial = initial_injection(site=asked.site, side=asked.side, targets=list(asked.targets), on=on)
        if name not in draft.steps:
            _open_with_drug(form, name, visit, draft, actor_of(request.user))
    for field, values in draft.steps.get(name, {}).items():
        if field in form.fields:
            is_many = isinstance(form.fields[field], MultipleChoiceField)
            form.initial[field] = values if is_many else values[-1]
    return form


def _open_with_drug(form: InjectedForm, name: str, visit: Visit, draft: Draft, by: Actor) -> None:
    """With what was drawn up for the injection before it at this visit, else for the last one of today."""
    given = given_before(before(name, visit.appointment, draft))
    form.opens_like_before = bool(given)
    form.remembered = given[-1] if given else drawn_up_today(by.user_id, now=clock.now())
    form.initial = {**form.initial, **initial_drug(form.remembered, form.drugs)}


def filled_form(typed: QueryDict, visit: Visit, step: str) -> InjectedForm:
    """The form of an injection with what was typed, and what the list says of the drug that is chosen in it."""
    form = injected_form(visit.appointment, None)
    for name, values in filled_in(typed, form.drugs, on=clock.today()).lists():
        if name in form.fields:
            is_many = isinstance(form.fields[name], MultipleChoiceField)
            form.initial[name] = values if is_many else values[-1]
    asked = visit.appointment.injection_request.wanted[number_of(step)]
    for name in ("site", "side", "targets"):
        form.initial.setdefault(name, getattr(asked, name))
    return form


def _consent_as_known(request: HttpRequest, visit: Visit) -> dict[str, Any]:
    """The present text of the risks was mailed, or it is read out here and now; who explains is who fills this in."""
    sent, by = risks_sent(visit.appointment), actor_of(request.user)
    if sent is not None and sent.is_present:
        return {"how": "mail", "given_on": clock.local_date(sent.at), "explained_by": by.name}
    return {"how": "read-out", "given_on": clock.today(), "explained_by": by.name}


def new_form(name: str, visit: Visit, data: QueryDict | None) -> StepForm:
    kind = STEPS[kind_of_step(name)]
    if issubclass(kind, InjectedForm):
        return injected_form(visit.appointment, data)
    if issubclass(kind, ChecksForm):
        return kind(data, is_late=clock.local_date(visit.appointment.start_at) < clock.today())
    return kind(data)


def _confirmed(name: str, visit: Visit, typed: QueryDict) -> QueryDict:
    """What was sent; with the one press that confirms a whole step, what was left open is a "yes": but for a check that
    something on record contradicts.
    """
    if "all_confirmed" not in typed or name not in ALL_AT_ONCE:
        return typed
    contradicted = set()
    if name == "checks":
        history = history_to_show(visit.appointment.patient_id, now=clock.now())
        recorded = recorded_beside(history, visit.appointment)
        contradicted = {check for check, one in recorded.items() if one.speaks_against}
    fresh = typed.copy()
    for question in ALL_AT_ONCE[name]:
        if question not in contradicted:
            fresh.setdefault(question, "yes")
    return fresh


def look_over(form: StepForm, step: str, visit: Visit, draft: Draft, *, now: datetime) -> bool:
    """Put at their fields what recording would refuse; whether the step may be left as it is."""
    form.is_valid()
    earlier = before(step, visit.appointment, draft)
    drugs = form.drugs if isinstance(form, InjectedForm) else NOTHING_LISTED
    form.looked = looked = look_at(step, form.cleaned_data, visit.appointment, earlier, drugs, now=now)
    form.add_problems(looked.problems)
    if looked.held:
        form.add_error(None, looked.held)
    return not form.errors


def step_page(request: HttpRequest, visit: Visit, step: str, form: StepForm, draft: Draft) -> HttpResponse:
    """The page of a step, as its form stands."""
    appointment, now = visit.appointment, clock.now()
    looked = _looked(form, step, visit, draft, now=now)
    context = {
        "form": form,
        "visit": visit,
        "appointment": appointment,
        "step": step,
        "rail": rail(visit, draft),
        "looked": looked,
        "last": step == LAST,
        "policy": effective_policy(),
        "draft": draft,
        **_of_this_step(step, form, visit, draft),
        **alerts_about(appointment.patient_id, by=actor_of(request.user), now=now),
    }
    shows = [appointment.patient_id]
    kind = kind_of_step(step)
    return page(request, f"injections/procedure/{kind}.html", context, shows=shows, what=f"procedure-{kind}")


def rail(visit: Visit, draft: Draft) -> list[tuple[str, str, bool]]:
    """The steps of this visit: each with its name and whether it is done."""
    return [(step, name, step in draft.finished) for step, name in rail_of(visit.appointment)]


def _of_this_step(step: str, form: StepForm, visit: Visit, draft: Draft) -> dict[str, Any]:
    """What one step shows beside its form."""
    if kind_of_step(step) == INJECTION:
        wanted = visit.appointment.injection_request.wanted
        panel = {"number": number_of(step) + 1, "many": len(wanted), "wanted": wanted[number_of(step)]}
        return panel | _doses(form, visit, given_before(before(step, visit.appointment, draft)))
    if isinstance(form, ChecksForm):
        history = history_to_show(visit.appointment.patient_id, now=clock.now())
        recorded = recorded_beside(history, visit.appointment)
        return {"checks": form.beside(recorded), "may_fall": may_fall(history)}
    if step == "consent":
        return {"risks": risks(), "risks_sent": risks_sent(visit.appointment), "risks_version": RISKS_VERSION}
    return {}


def _doses(form: StepForm, visit: Visit, given_at_visit: Sequence[Injection]) -> dict[str, Any]:
    """The arithmetic of the dose as it stands, and what was given here earlier that day, some of it at this visit."""
    given, today = list(Injection.objects.given().of_patient(visit.appointment.patient.kept_id)), clock.today()
    earlier = [*given_here_on(given, today), *given_at_visit]
    typed = {field.name: field.value() for field in form}
    drugs = form.drugs if isinstance(form, InjectedForm) else NOTHING_LISTED
    return {
        "drawn_up": drawn_up(typed, earlier, drugs),
        "earlier": earlier_sums(earlier),
        "load": steroid_load(given, today, drugs),
    }


def _looked(form: StepForm, step: str, visit: Visit, draft: Draft, *, now: datetime) -> Looked:
    """What stands about this step, of a form that nobody sent from what it opens with; asks for the reason of it."""
    if form.looked is not None:
        looked = form.looked
    elif form.is_bound:  # what is given back was not looked over
        return Looked()
    elif isinstance(form, InjectedForm):
        earlier = before(step, visit.appointment, draft)
        left = _left_so_far(step, form, visit, draft)
        looked = look_at(step, left, visit.appointment, earlier, form.drugs, now=now)
        if looked.extraordinary and step not in draft.steps:
            form.initial = {**_as_decided(visit, draft), **form.initial}
    else:
        return Looked()
    if looked.extraordinary or (form.is_bound and looked.remarks):
        form.ask_reason()
    return looked


def _left_so_far(step: str, form: InjectedForm, visit: Visit, draft: Draft) -> Mapping[str, Any]:
    """What an injection that nobody sends now says: as it was left or, before that, where it is booked for."""
    if step not in draft.steps:
        return {name: form.initial[name] for name in ("site", "side", "targets")}
    left = injected_form(visit.appointment, sent_again(draft.steps[step]))
    left.is_valid()
    return left.cleaned_data


def _as_decided(visit: Visit, draft: Draft) -> dict[str, Any]:
    """The reason with which it goes on after the scan; or that of an override, the last decision on the visit."""
    if said := draft.steps.get(SCAN):
        return {name: values[-1] for name, values in said.items()}
    newest = next(iter(earlier_decisions(visit.appointment.pk)), None)
    if newest is None or newest.outcome != Decision.Outcome.OVERRIDE:
        return {}
    return {"reason_code": newest.reason_code, "reason": newest.reason}
