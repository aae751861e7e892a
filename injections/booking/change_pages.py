"""The pages that cancel and take back: what would come, and what the patient would be told."""

from __future__ import annotations

from functools import partial

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.booking.cancel import cancel
from injections.booking.forms import CancelForm, UndoForm
from injections.booking.may import check_may_cancel
from injections.booking.preview import telling
from injections.booking.propose import Proposal, propose_cancel, propose_undo
from injections.booking.undo import undo
from injections.booking.waiting_list.wishes import came_true_by
from pht_clinic import clock
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, is_part, page
from pht_clinic.web.viewing import note_viewed
from scheduling.diary.why_cancelled import BY_KEY, PATIENT
from scheduling.messages.fate import fate_of_news
from scheduling.messages.told import Told, told_of
from scheduling.models import Appointment


@permitted("cancel")
def cancel_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Who and why, and whether the patient is told, with the email to look at: who cancelled is worded differently."""
    found = find_appointment(appointment_id)
    form = CancelForm(request.POST or None, initial={"revision": found.revision})
    now, by = clock.now(), actor_of(request.user)
    if request.method == "GET" and not is_part(request) and (why := why_not(check_may_cancel, found, by=by, now=now)):
        return said_at_the_visit(request, found, why)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            sent = form.cleaned_data
            cancel(
                found.pk, reason=form.why, revision=sent["revision"], tell_patient=sent["tell"] == "yes", by=by, now=now
            )
            return back_to_visit(request, found.pk, f"Cancelled. {fate_of_news(found.pk, now=now)} {UNDO}")
    code = (request.GET if is_part(request) else request.POST).get("reason_code", "")
    sides = [BY_KEY[code].by == PATIENT] if code in BY_KEY else [True, False]
    told = [(side, telling(propose_cancel(found), by_patient=side, by=by, now=now)) for side in sides]
    if is_part(request):
        note_viewed(request, patients=[found.patient_id])
        return render(request, "injections/booking/_cancel_told.html", {"told": told})
    context = {"form": form, "appointment": found, "told": told, **alerts_about(found.patient_id, by=by, now=now)}
    return page(request, "injections/booking/cancel.html", context, shows=[found.patient_id])


@permitted("undo")
def undo_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """What is taken back, and whether the patient is told; at once where there is nothing to tell."""
    found = find_appointment(appointment_id)
    now, by = clock.now(), actor_of(request.user)
    back = reverse("appointment", args=[found.pk])
    try:
        proposal = propose_undo(found.pk, by=by, now=now)
    except Conflict as refusal:
        if request.method == "POST":
            return act(request, partial(undo, found.pk, by=by, now=now), said="", back=back)
        context = {"appointment": found, "why_not": refusal.sentence, **alerts_about(found.patient_id, by=by, now=now)}
        return page(request, "injections/booking/undo.html", context, shows=[found.patient_id])
    told = telling(proposal, by=by, now=now)
    form = UndoForm(form_data(request), has_news=told.is_news)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            undo(found.pk, tell_patient=form.cleaned_data.get("tell") != "no", by=by, now=now)
            return back_to_visit(request, found.pk, f"{_TAKEN_BACK} {fate_of_news(found.pk, now=now)}")
    context = {"form": form, "appointment": found, "proposal": proposal, "told": told}
    context["known"] = _left_since(found, proposal)
    context["waits_again"] = _waits_again(found, proposal)
    context |= alerts_about(found.patient_id, by=by, now=now)
    return page(request, "injections/booking/undo.html", context, shows=[found.patient_id])


def _left_since(visit: Appointment, proposal: Proposal) -> Told | None:
    """What has left of the very change that would be taken back, if anything."""
    known = told_of(visit)
    is_since = known.at is not None and proposal.undoes_of is not None and known.at >= proposal.undoes_of
    return known if is_since and known.kind != "confirmed" else None


def _waits_again(visit: Appointment, proposal: Proposal) -> bool:
    """Whether the patient stands on the waiting list again with it, where a free time was given to them."""
    if proposal.undoes != "move" or proposal.undoes_of is None:
        return False
    return came_true_by(visit, moved_at=proposal.undoes_of).exists()


UNDO = "You can undo this for 10 minutes."
_TAKEN_BACK = "Undone. The booking is as it was before, and has been checked again."


def said_at_the_visit(request: HttpRequest, visit: Appointment, why: str) -> HttpResponse:
    """For a page that is opened when there is nothing to do on it, as from an old tab: the visit, and why."""
    notices.error(request, why)
    return redirect("appointment", visit.pk)


def back_to_visit(request: HttpRequest, appointment_id: int, words: str) -> HttpResponse:
    """To the visit, with what was done."""
    return act(request, lambda: None, said=words, back=reverse("appointment", args=[appointment_id]))
