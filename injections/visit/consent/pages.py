"""A patient withdraws consent to the injection of a visit, or agrees again: two forms from the page of the visit."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.booking.change_pages import back_to_visit
from injections.visit.consent.forms import WithdrawnForm
from injections.visit.consent.withdrawal import agree_again, withdraw_consent
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from pht_clinic.web.pages.showing import form_data, page


@permitted("withdraw-consent")
def withdraw_consent_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Who, how, and what they said; what follows is said before it is saved."""
    found = find_appointment(appointment_id)
    form = WithdrawnForm(form_data(request))
    now, by = clock.now(), actor_of(request.user)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            withdraw_consent(found.pk, form.withdrawn(), by=by, now=now)
            said = "Recorded: the patient withdrew consent. Reminders are held back, and the visit is on the call list."
            return back_to_visit(request, found.pk, said)
    context = {"form": form, "appointment": found, **alerts_about(found.patient_id, by=by, now=now)}
    return page(request, "injections/visit/consent/withdraw.html", context, shows=[found.patient_id])


@permitted("withdraw-consent")
def agree_again_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The patient agrees after all; the reason says to whom they said so, and how."""
    found = find_appointment(appointment_id)
    form = ReasonForm(form_data(request))
    now, by = clock.now(), actor_of(request.user)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            agree_again(found.pk, reason=form.cleaned_data["reason"], by=by, now=now)
            return back_to_visit(
                request, found.pk, "Recorded: the patient agrees again. Reminders go out when they are due."
            )
    context = {"form": form, "appointment": found, **alerts_about(found.patient_id, by=by, now=now)}
    return page(request, "injections/visit/consent/again.html", context, shows=[found.patient_id])
