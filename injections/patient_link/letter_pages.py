"""The patient's copy of the letter about their visit, behind their link."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from injections.letters.pdf import letter_pdf
from injections.letters.send import patients_copy
from injections.patient_link.door import behind_the_door
from scheduling.patients.link import Link
from scheduling.templatetags.clinic_words import day


@behind_the_door("GET")
def own_letter(request: HttpRequest, link: Link) -> HttpResponse:
    """The newest copy that stands; without one there is only the page of the visit."""
    found = patients_copy(link.appointment)
    if found is None:
        return redirect("patient-link", link.token)
    context = {
        "letter": found,
        "written_on": day(found.recorded_at),
        "token": link.token,
        "appointment": link.appointment,
    }
    return render(request, "injections/letters/own.html", context)


@behind_the_door("GET")
def own_letter_file(request: HttpRequest, link: Link) -> HttpResponse:
    """The same as a PDF."""
    found = patients_copy(link.appointment)
    if found is None:
        return redirect("patient-link", link.token)
    made = letter_pdf(found.content, day(found.recorded_at))
    headers = {"Content-Disposition": 'attachment; filename="letter.pdf"'}
    return HttpResponse(made, content_type="application/pdf", headers=headers)
