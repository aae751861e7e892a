"""The page on which somebody types what the patient answered to a radiologist's question, by phone or at the desk."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections import words
from injections.answers.information import LONGEST_ANSWER, answer_information, check_may_answer_information
from injections.assessment.visits import find_appointment
from injections.patient.recording import form_page, who_and_when
from injections.words import GIVERS
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import form_data
from scheduling.models import Appointment


class SpokenAnswerForm(ClinicForm):
    """What was said, and by whom."""

    text = forms.CharField(label="The answer", max_length=LONGEST_ANSWER, widget=forms.Textarea(attrs={"rows": 4}))
    answered_by = forms.ChoiceField(
        label="Who answered",
        widget=forms.RadioSelect,
        choices=words.choices({code: name.capitalize() for code, name in GIVERS.items()}),
    )


@permitted("answer-screening")
def information_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The question, and a box for the answer."""
    found = find_appointment(appointment_id)
    try:
        asked = check_may_answer_information(found, by=actor_of(request.user))
    except Conflict as refusal:
        return _not_asked(request, found, refusal)
    form = SpokenAnswerForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            answer_information(found.pk, **form.cleaned_data, **who_and_when(request))
            messages.success(request, "The answer is recorded. The visit waits for the radiologist again.")
            return redirect("appointment", found.pk)
    context = {"appointment": found, "asked": asked}
    return form_page(request, "injections/answers/information.html", found.patient.kept, form, context)


def _not_asked(request: HttpRequest, found: Appointment, refusal: Conflict) -> HttpResponse:
    """Back to the visit, where it is said why; whoever typed an answer meanwhile keeps it before their eyes."""
    if request.method != "POST":
        messages.error(request, refusal.sentence)
        return redirect("appointment", found.pk)
    form = SpokenAnswerForm(request.POST)
    form.add_refusal(refusal)
    context = {"appointment": found, "asked": None}
    return form_page(request, "injections/answers/information.html", found.patient.kept, form, context)
