"""What a patient gets on paper, in the very words of the mails and in the language that they read: the risks to sign,
the aftercare to take home.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment, injects_soon
from injections.messages.aftercare import aftercare_of, safety_net
from injections.messages.risks import RISKS_VERSION, risks
from pht_clinic import clock, languages
from pht_clinic.clinic_words import clinic_words
from pht_clinic.errors import Missing
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.messages.undelivered.paper import qr_code
from scheduling.patients import link, short_link
from scheduling.patients.link_trail import SHOWN, note_links


@permitted("read-records")
def sheet(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To be printed before the patient leaves, with a short address of their own page beside a code. What
    colleagues have to know of them stands on the screen alone: the paper is the patient's.
    """
    found = find_appointment(appointment_id)
    now = clock.now()
    language = languages.used_for(found.patient.kept.written_language)
    with languages.speaking(language):
        aftercare, block = aftercare_of(found, now=now), safety_net()
    if not aftercare:
        raise Missing("No injection was given at this appointment.")
    by = actor_of(request.user)
    note_links(SHOWN, [(found.pk, found.patient_id)], by=by, now=now)
    context = {
        "appointment": found,
        "aftercare": aftercare,
        "safety_net": block,
        "language": language,
        "address": short_link.address_of(found),
        "qr": qr_code(link.address_of(found)),
        **alerts_about(found.patient_id, by=by, now=now),
        "about": "injections/assessment/_alerts_screen.html",
    }
    return page(request, "injections/procedure/aftercare_sheet.html", context, shows=[found.patient_id])


@permitted("read-records")
def consent_sheet(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To be read and signed before an injection, for whom the confirmation did not reach or who wants it on paper."""
    found = find_appointment(appointment_id)
    if not injects_soon(found):
        raise Missing("No injection is to come at this appointment.")
    language = languages.used_for(found.patient.kept.written_language)
    with languages.speaking(language):
        text, hours = risks(), clinic_words()["hours"]
    context = {
        "appointment": found,
        "language": language,
        "risks": text,
        "hours": hours,
        "risks_version": RISKS_VERSION,
        **alerts_about(found.patient_id, by=actor_of(request.user), now=clock.now()),
        "about": "injections/assessment/_alerts_screen.html",
    }
    return page(request, "injections/procedure/consent_sheet.html", context, shows=[found.patient_id])
