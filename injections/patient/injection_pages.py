"""Entering, correcting and withdrawing an injection."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.http import HttpRequest, HttpResponse

from injections.assessment.fact_change import FactChange
from injections.models import Injection
from injections.patient.injection_checks import Whose
from injections.patient.injection_forms import CorrectionForm, InjectionForm
from injections.patient.injections import (
    EarlierInjection,
    check_may_correct,
    check_may_withdraw,
    correct_injection,
    record_injection,
    withdraw_injection,
)
from injections.patient.recording import form_page, said_as_recorded, stands_no_longer, who_and_when
from injections.patient.resembling import Resembles
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient


@permitted("record-injection")
def add_injection_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """An injection that somebody else gave; one that is likely there already is shown first."""
    patient = find_patient(patient_id)
    form = InjectionForm(request.POST or None, whose=Whose.of(patient, clock.now()))
    alike: Sequence[Injection] = ()
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done, alike = _unless_alike(
                form,
                lambda: record_injection(
                    patient.pk,
                    EarlierInjection(**form.values()),
                    confirm_new=form.is_confirmed,
                    **who_and_when(request),
                ),
            )
            if done:
                return said_as_recorded(request, patient, "The injection is recorded.", done.reassessed)
    return form_page(request, "injections/patient/record/injection_add.html", patient, form, {"alike": alike})


@permitted("correct-injection")
def correct_injection_page(request: HttpRequest, injection_id: int) -> HttpResponse:
    """A corrected record takes the place of the old one, which stays readable; what is recorded now stands beside."""
    injection = _injection(injection_id)
    check_may_correct(injection, by=actor_of(request.user))
    if request.method == "GET" and not injection.stands:
        return stands_no_longer(request, injection.patient)
    form = CorrectionForm(request.POST or None, injection=injection, whose=Whose.of(injection.patient, clock.now()))
    alike: Sequence[Injection] = ()
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done, alike = _unless_alike(
                form,
                lambda: correct_injection(
                    injection.pk,
                    reason=form.cleaned_data["reason"],
                    changes=form.changes(),
                    confirm_new=form.is_confirmed,
                    **who_and_when(request),
                ),
            )
            if done:
                return said_as_recorded(request, injection.patient, "The record is corrected.", done.reassessed)
    context = {"injection": injection, "alike": alike}
    return form_page(request, "injections/patient/record/injection_correct.html", injection.patient, form, context)


def _unless_alike(form: InjectionForm, deed: Callable[[], FactChange]) -> tuple[FactChange | None, Sequence[Injection]]:
    """What the deed did; or, of one that is likely there already, the refusal on the form and what it resembles."""
    try:
        return deed(), ()
    except Resembles as refusal:
        form.add_refusal(refusal)
        form.ask_to_confirm()
        return None, refusal.rows


@permitted("withdraw-injection")
def withdraw_injection_page(request: HttpRequest, injection_id: int) -> HttpResponse:
    """The record was a mistake: it stays readable and counts no more."""
    injection = _injection(injection_id)
    check_may_withdraw(injection, by=actor_of(request.user))
    if request.method == "GET" and not injection.stands:
        return stands_no_longer(request, injection.patient)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            done = withdraw_injection(injection.pk, reason=form.cleaned_data["reason"], **who_and_when(request))
            return said_as_recorded(request, injection.patient, "The record is withdrawn.", done.reassessed)
    context = {"injection": injection}
    return form_page(request, "injections/patient/record/injection_withdraw.html", injection.patient, form, context)


def _injection(injection_id: int) -> Injection:
    return the(Injection.objects.select_related("patient", "superseded_by"), injection_id)
