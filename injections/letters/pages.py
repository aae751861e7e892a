"""The letters of a visit on pages: written with a preview, read, printed, and kept as PDF."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.letters.colleagues import may_go_to, send_on_letter, sent_on
from injections.letters.content import LetterContent
from injections.letters.forms import LetterForm
from injections.letters.gather import standing_injection
from injections.letters.pdf import letter_pdf
from injections.letters.read import find_letter, letters_of_visit
from injections.letters.send import check_may_send, messages_about, send_letter
from injections.letters.write import check_may_write, draft_letter, write_letter
from injections.models import Injection
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, page
from pht_clinic.web.pdf_files import pdf_file
from pht_clinic.web.viewing import note_viewed
from scheduling.templatetags.clinic_words import day


@permitted("read-records")
def letter_list(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Every version of every letter about one injection."""
    found, standing = find_appointment(appointment_id), standing_injection(appointment_id)
    context = {
        "appointment": found,
        "filed": letters_of_visit(appointment_id, standing),
        "why_not": why_not(check_may_write, standing, by=actor_of(request.user)),
        **alerts_about(found.patient_id, by=actor_of(request.user), now=clock.now()),
    }
    return page(request, "injections/letters/list.html", context, shows=[found.patient_id])


@permitted("write-letter")
def write(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """The next version of a letter: looked at as often as one likes, then filed."""
    found, standing = find_appointment(appointment_id), standing_injection(appointment_id)
    now, by = clock.now(), actor_of(request.user)
    form = LetterForm(request.POST or None, initial=_opens_with(request, appointment_id, standing))
    preview: LetterContent | None = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            if "preview" not in request.POST:
                letter = write_letter(appointment_id, **form.cleaned_data, by=by, now=now)
                messages.success(request, f"The letter is filed as version {letter.version}.")
                return redirect("filed-letter", letter_id=letter.pk)
            preview = _preview(form, standing, request)
    context = {
        "appointment": found,
        "form": form,
        "preview": preview,
        "written_on": day(now),
        "why_not": why_not(check_may_write, standing, by=by),
        **alerts_about(found.patient_id, by=by, now=now),
    }
    return page(request, "injections/letters/write.html", context, shows=[found.patient_id])


@permitted("read-records")
def letter(request: HttpRequest, letter_id: int) -> HttpResponse:
    """One letter as it was filed, to be read, printed and sent.

    What colleagues here have to know of the patient stands on the screen alone.
    """
    found, by = find_letter(letter_id), actor_of(request.user)
    sent = sent_on(found)
    context = {
        "sent_on": sent,
        "goes_to": None if found.is_for_the_patient else may_go_to(found, sent, by=by),
        "letter": found,
        "appointment": found.appointment,
        "written_on": day(found.recorded_at),
        "sent": messages_about(found),
        "why_not_sent": why_not(check_may_send, found, by=by),
        **alerts_about(found.patient_id, by=by, now=clock.now()),
        "about": "injections/assessment/_alerts_screen.html",
    }
    return page(request, "injections/letters/letter.html", context, shows=[found.patient_id])


@permitted("read-records")
def letter_file(request: HttpRequest, letter_id: int) -> HttpResponse:
    """The same as a PDF; its name says nothing of anybody."""
    found = find_letter(letter_id)
    note_viewed(request, patients=[found.patient_id])
    return pdf_file(letter_pdf(found.content, day(found.recorded_at)), f"letter-{found.pk}.pdf")


@require_POST
@permitted("send-letter")
def send(request: HttpRequest, letter_id: int) -> HttpResponse:
    """Tell the patient that their copy is on their page."""
    deed = partial(send_letter, letter_id, by=actor_of(request.user), now=clock.now())
    return act(
        request, deed, said="The patient gets a link to the letter.", back=reverse("filed-letter", args=[letter_id])
    )


@require_POST
@permitted("send-letter")
def send_on(request: HttpRequest, letter_id: int) -> HttpResponse:
    """Send it to a colleague at a confirmed address, as an attachment."""
    sent = request.POST.get("address", "")
    chosen = int(sent) if re.fullmatch("[0-9]{1,18}", sent) else None
    deed = partial(send_on_letter, letter_id, chosen, by=actor_of(request.user), now=clock.now())
    return act(
        request, deed, said="The letter goes out as an attachment.", back=reverse("filed-letter", args=[letter_id])
    )


def _preview(form: LetterForm, standing: Injection | None, request: HttpRequest) -> LetterContent:
    """The letter as saving would file it. Raises what `write_letter` raises."""
    check_may_write(standing, by=actor_of(request.user))
    assert standing is not None  # noqa: S101 - `check_may_write`
    return draft_letter(standing, **form.cleaned_data, now=clock.now())


def _opens_with(request: HttpRequest, appointment_id: int, standing: Injection | None) -> dict[str, Any]:
    """The kind that the address names, with the paragraph of its newest version."""
    newest = {one.kind: one.versions[0] for one in letters_of_visit(appointment_id, standing)}
    kind = request.GET.get("kind", "")
    return {"kind": kind, "paragraph": newest[kind].paragraph if kind in newest else ""}
