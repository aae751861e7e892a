"""What the desk says about a patient's mails, from the patient's page."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act
from scheduling.messages.bounces.addresses import trust_address
from scheduling.messages.bounces.opt_out import opt_in_again


@require_POST
@permitted("correct-patient")
def address_works(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Mails go to the address on record again."""
    deed = partial(trust_address, patient_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="Emails go to this address again.", back=reverse("patient", args=[patient_id]))


@require_POST
@permitted("correct-patient")
def mails_again(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The patient wants all emails again."""
    deed = partial(opt_in_again, patient_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="They get all emails again.", back=reverse("patient", args=[patient_id]))
