"""What a patient takes home on paper: the aftercare and the safety net, in the very words of the mail."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections import messages, selectors
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.people.access import roles
from pht_clinic.people.roles import RADIOLOGIST, RECEPTION
from scheduling import links
from scheduling.views.showing import page


@roles(RECEPTION, RADIOLOGIST)
def sheet(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To be printed before the patient leaves; with the address of their own page."""
    found = selectors.appointment(appointment_id)
    aftercare = messages.aftercare_of(found, now=clock.now())
    if not aftercare:
        raise Missing("No injection was given at this appointment.")
    context = {
        "appointment": found, "aftercare": aftercare, "safety_net": messages.safety_net(),
        "address": links.address_of(found),
    }  # fmt: skip
    return page(request, "injections/aftercare_sheet.html", context, shows=[found.patient_id])
