"""What every page shares on which something is recorded of a patient: its form, and what it says when that is done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_about
from injections.assessment.reassess import Reassessed
from injections.booking.wish import Wish
from injections.safety.findings import Verdict
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import page
from scheduling.messages.words import counted
from scheduling.models import Appointment, Patient
from scheduling.states import WORDS, Status

_LONGEST_ID = 18


def who_and_when(request: HttpRequest) -> dict[str, Any]:
    """The actor and the clock, as every use case takes them."""
    return {"by": actor_of(request.user), "now": clock.now()}


def form_page(
    request: HttpRequest, template: str, patient: Patient, form: ClinicForm, context: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of a form about a patient; what a booking wished for is kept in its address."""
    shown = {"form": form, "patient": patient, "wish": Wish.of(request.GET), **(context or {})}
    shown |= alerts_about(patient.pk, **who_and_when(request))
    return page(request, template, shown, shows=[patient.pk])


def said_as_recorded(
    request: HttpRequest, patient: Patient, said: str, reassessed: Sequence[Reassessed]
) -> HttpResponseRedirect:
    """Say what was recorded and what it did to bookings; back to the visit that a finding was about, to the booking it
    was part of, or to the patient.
    """
    messages.success(request, said)
    say_what_followed(request, reassessed)
    wish = Wish.of(request.GET)
    if visit := _visit(request, patient):
        return redirect("appointment", appointment_id=visit)
    if wish.says_what and wish.says_when and request.GET.get("back") == "check":
        return redirect(f"{reverse('booking-check', args=[patient.pk])}?{wish.query}")
    if wish.says_what:
        return redirect(f"{reverse('booking-what', args=[patient.pk])}?{wish.query}")
    return redirect("patient", patient_id=patient.pk)


def _visit(request: HttpRequest, patient: Patient) -> int | None:
    """The visit in the address, if it is one of this patient's."""
    named = request.GET.get("visit", "")
    if not named.isdecimal() or len(named) > _LONGEST_ID:
        return None
    return Appointment.objects.filter(pk=int(named), patient=patient).values_list("pk", flat=True).first()


def stands_no_longer(request: HttpRequest, patient: Patient) -> HttpResponseRedirect:
    """Whoever opens a record that was corrected or withdrawn is led to the one that stands."""
    messages.warning(request, "This record has already been corrected or withdrawn. This is what counts now.")
    return redirect("patient", patient_id=patient.pk)


def say_what_followed(request: HttpRequest, reassessed: Sequence[Reassessed]) -> None:
    """What a changed fact did to the open bookings."""
    if not reassessed:
        return
    became = sorted({_became(one) for one in reassessed})
    were = "was" if len(reassessed) == 1 else "were"
    named = counted(len(reassessed), "open booking")
    messages.info(request, f"{named} {were} checked again: now {'; '.join(became)}.")


def _became(one: Reassessed) -> str:
    """What a radiologist's queue holds stays there though nothing stands against it any more."""
    is_free = one.status == Status.PENDING and one.verdict == Verdict.CLEAR
    return f"{WORDS[one.status]}, though nothing speaks against it any more" if is_free else WORDS[one.status]
