"""Adding and withdrawing an allergy, a condition or a medicine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

from injections.conditions.forms import AllergyForm, ConditionForm
from injections.conditions.recording import record_allergy, record_condition, withdraw_allergy, withdraw_condition
from injections.models import AllergyIntolerance, Condition
from injections.patient.injection_checks import Whose
from injections.patient.recording import form_page, said_as_recorded, stands_no_longer, who_and_when
from pht_clinic import clock
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from scheduling.diary.read import the
from scheduling.patients.identity import find_patient


@permitted("record-condition")
def add_allergy_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """A substance that the patient does not tolerate."""
    patient = find_patient(patient_id)
    form = AllergyForm(request.POST or None, whose=Whose.of(patient, clock.now()))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            record_allergy(patient.pk, form.allergy(), **who_and_when(request))
            return said_as_recorded(request, patient, "The allergy is recorded.", [])
    return form_page(request, "injections/conditions/allergy_add.html", patient, form)


@permitted("record-condition")
def add_condition_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """A condition that the patient has, or a medicine that they take."""
    patient = find_patient(patient_id)
    form = ConditionForm(request.POST or None, whose=Whose.of(patient, clock.now()))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            row = record_condition(patient.pk, form.condition(), **who_and_when(request))
            return said_as_recorded(request, patient, f"The {row.kind} is recorded.", [])
    return form_page(request, "injections/conditions/condition_add.html", patient, form)


@permitted("withdraw-condition")
def withdraw_allergy_page(request: HttpRequest, allergy_id: int) -> HttpResponse:
    """It is no allergy: the record stays readable and counts no more."""
    row = _row(AllergyIntolerance, allergy_id)
    return _withdraw_page(request, row, "allergy", row.substance, withdraw_allergy)


@permitted("withdraw-condition")
def withdraw_condition_page(request: HttpRequest, condition_id: int) -> HttpResponse:
    """The patient does not have it, or takes it no more: the record stays readable and counts no more."""
    row = _row(Condition, condition_id)
    return _withdraw_page(request, row, row.kind, row.name, withdraw_condition)


def _withdraw_page(
    request: HttpRequest, row: Any, noun: str, name: str, withdraw: Callable[..., object]
) -> HttpResponse:
    if request.method == "GET" and not row.stands:
        return stands_no_longer(request, row.patient)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            withdraw(row.pk, reason=form.cleaned_data["reason"], **who_and_when(request))
            return said_as_recorded(request, row.patient, f"The {noun} is withdrawn.", [])
    context = {"row": row, "noun": noun, "name": name}
    return form_page(request, "injections/conditions/withdraw.html", row.patient, form, context)


def _row(model: Any, row_id: int) -> Any:
    return the(model.objects.select_related("patient", "superseded_by"), row_id)
