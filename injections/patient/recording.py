"""What every page shares on which something is recorded of a patient: its form, and what it says when that is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.reassess import Reassessed
from injections.booking.forms import Wish
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page
from scheduling.models import Patient
from scheduling.states import WORDS


def who_and_when(request: HttpRequest) -> dict[str, Any]:
    """The actor and the clock, as every use case takes them."""
    return {"by": actor_of(request.user), "now": clock.now()}


def form_page(
    request: HttpRequest, template: str, patient: Patient, form: ClinicForm, context: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of a form about a patient; what a booking wished for is kept in its address."""
    shown = {"form": form, "patient": patient, "wish": Wish.of(request.GET), **(context or {})}
    return page(request, template, shown, shows=[patient.pk])


def said_as_recorded(
    request: HttpRequest, patient: Patient, said: str, reassessed: Sequence[Reassessed]
) -> HttpResponseRedirect:
    """Say what was recorded and what it did to bookings; back to the booking it was part of, or to the patient."""
    messages.success(request, said)
    say_what_followed(request, reassessed)
    wish = Wish.of(request.GET)
    if wish.says_what:
        return redirect(f"{reverse('booking-what', args=[patient.pk])}?{wish.query}")
    return redirect("patient", patient_id=patient.pk)


def say_what_followed(request: HttpRequest, reassessed: Sequence[Reassessed]) -> None:
    """What a changed fact did to the open bookings."""
    changed = sorted({WORDS[one.status] for one in reassessed})
    if reassessed:
        messages.info(request, f"{len(reassessed)} open booking(s) were checked again: now {' and '.join(changed)}.")
