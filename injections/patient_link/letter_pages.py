"""The patient's copy of the letter about their visit, behind their link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from injections.letters.pdf import letter_pdf
from injections.letters.send import patients_copy
from injections.models import ClinicalLetter
from injections.patient_link.door import behind_the_door
from pht_clinic import clock
from scheduling.messages.words import full_date
from scheduling.patients.link import Link


@behind_the_door("GET")
def own_letter(request: HttpRequest, link: Link) -> HttpResponse:
    """The newest copy that stands; without one there is only the page of the visit."""
    found = patients_copy(link.appointment)
    if found is None:
        return redirect("patient-link", link.token)
    context = {"letter": found, "written_on": _written_on(found), "token": link.token, "appointment": link.appointment}
    return render(request, "injections/letters/own.html", context)


@behind_the_door("GET")
def own_letter_file(request: HttpRequest, link: Link) -> HttpResponse:
    """The same as a PDF."""
    found = patients_copy(link.appointment)
    if found is None:
        return redirect("patient-link", link.token)
    made = letter_pdf(found.content, _written_on(found))
    headers = {"Content-Disposition": 'attachment; filename="letter.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)


def _written_on(letter: ClinicalLetter) -> str:
    """Its day, in the language that it is written in."""
    return full_date(clock.local_date(letter.recorded_at))
