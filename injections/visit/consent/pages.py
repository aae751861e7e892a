"""A patient withdraws consent to the injection of a visit, or agrees again: two forms from the page of the visit."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.booking.change_pages import back_to_visit
from injections.patient.recording import who_and_when
from injections.visit.consent.forms import WithdrawnForm
from injections.visit.consent.withdrawal import agree_again, withdraw_consent
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm, ReasonForm
from pht_clinic.web.pages.showing import form_data, page


@permitted("withdraw-consent")
def withdraw_consent_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Who, how, and what they said; what follows is said before it is saved."""
    form = WithdrawnForm(form_data(request))
    return _asked(
        request,
        appointment_id,
        form,
        lambda **by_and_now: withdraw_consent(appointment_id, form.withdrawn(), **by_and_now),
        said="Recorded: the patient withdrew consent. Reminders are held back, and the visit is on the call list.",
        template="injections/visit/consent/withdraw.html",
    )


@permitted("withdraw-consent")
def agree_again_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The patient agrees after all; the reason says to whom they said so, and how."""
    form = ReasonForm(form_data(request))
    return _asked(
        request,
        appointment_id,
        form,
        lambda **by_and_now: agree_again(appointment_id, reason=form.cleaned_data["reason"], **by_and_now),
        said="Recorded: the patient agrees again. Reminders go out when they are due.",
        template="injections/visit/consent/again.html",
    )


def _asked(
    request: HttpRequest,
    appointment_id: int,
    form: ClinicForm,
    deed: Callable[..., object],
    *,
    said: str,
    template: str,
) -> HttpResponse:
    """The form, or back at the visit once the deed of what it holds is done."""
    found = find_appointment(appointment_id)
    by_and_now = who_and_when(request)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            deed(**by_and_now)
            return back_to_visit(request, found.pk, said)
    context = {"form": form, "appointment": found, **alerts_about(found.patient_id, **by_and_now)}
    return page(request, template, context, shows=[found.patient_id])
