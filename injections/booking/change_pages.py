"""The pages that move, cancel and take back: what would come, and what the patient would be told."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import find_appointment
from injections.booking.cancel import cancel
from injections.booking.forms import CancelForm, MoveForm, UndoForm
from injections.booking.may import check_may_cancel, check_may_move
from injections.booking.move import MoveRequest, move
from injections.booking.preview import telling
from injections.booking.propose import propose_cancel, propose_move, propose_undo
from injections.booking.undo import undo
from pht_clinic import clock
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, is_part, page
from pht_clinic.web.viewing import note_viewed
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment, Practitioner, Room


@permitted("cancel")
def cancel_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Why, and whether the patient is told, with the email to look at."""
    found = find_appointment(appointment_id)
    form = CancelForm(request.POST or None, initial={"revision": found.revision})
    now, by = clock.now(), actor_of(request.user)
    if request.method == "GET" and (why := why_not(check_may_cancel, found, by=by, now=now)):
        return _said_at_the_visit(request, found, why)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            sent = form.cleaned_data
            cancel(
                found.pk,
                reason=sent["reason"],
                revision=sent["revision"],
                tell_patient=sent["tell"] == "yes",
                by=by,
                now=now,
            )
            return back_to_visit(request, found.pk, f"Cancelled. {fate_of_news(found.pk, now=now)} {_UNDO}")
    told = telling(propose_cancel(found), by=by, now=now)
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
    context |= alerts_about(found.patient_id, by=by, now=now)
    return page(request, "injections/booking/undo.html", context, shows=[found.patient_id])


_UNDO = "You can undo this for 10 minutes."
_TAKEN_BACK = "Taken back. The booking stands as it was before, and was checked again."


@permitted("move")
def move_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To another time, person or room; judged afresh, and refused with its reasons where it is blocked."""
    found = find_appointment(appointment_id)
    initial = {
        "on": clock.local_date(found.start_at),
        "at": found.start_at.astimezone(clock.zone()).time(),
        "who": found.practitioner_id,
        "where": found.room_id,
        "revision": found.revision,
    }
    now, by = clock.now(), actor_of(request.user)
    if is_part(request):
        form = MoveForm(request.GET, initial=initial, **_places(found.kind))
        context = _move_told(found, form, by=by, now=now)
        note_viewed(request, patients=[found.patient_id])
        return render(request, "injections/booking/_move_told.html", context)
    if request.method == "GET" and (why := why_not(check_may_move, found, by=by, now=now)):
        return _said_at_the_visit(request, found, why)
    form = MoveForm(request.POST or None, initial=initial, **_places(found.kind))
    refused = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            sent = form.cleaned_data
            outcome = move(found.pk, _move_of(sent), revision=sent["revision"], by=by, now=now)
            if not outcome.refused:
                return back_to_visit(request, found.pk, f"Moved. {fate_of_news(found.pk, now=now)} {_UNDO}")
            refused = outcome.assessment
    context = {"form": form, "appointment": found, "refused": refused, **_move_told(found, form, by=by, now=now)}
    context |= alerts_about(found.patient_id, by=by, now=now)
    return page(request, "injections/booking/move.html", context, shows=[found.patient_id])


def _move_told(found: Appointment, form: MoveForm, *, by: Actor, now: datetime) -> dict[str, Any]:
    """What a move to the chosen time would come to, or, while none is chosen, one to the present time; its email."""
    chosen = form.cleaned_data if form.errors or form.is_valid() else {}
    proposal = propose_move(
        found,
        start=chosen.get("moment", found.start_at),
        practitioner_id=int(chosen.get("who") or found.practitioner_id),
        room_id=int(chosen.get("where") or found.room_id),
        now=now,
    )
    return {"proposal": proposal, "told": telling(proposal, by=by, now=now)}


def _said_at_the_visit(request: HttpRequest, visit: Appointment, why: str) -> HttpResponse:
    """For a page that is opened when there is nothing to do on it, as from an old tab: the visit, and why."""
    notices.error(request, why)
    return redirect("appointment", visit.pk)


def back_to_visit(request: HttpRequest, appointment_id: int, words: str) -> HttpResponse:
    return act(request, lambda: None, said=words, back=reverse("appointment", args=[appointment_id]))


def _places(kind: str) -> dict[str, Any]:
    people = Practitioner.objects.filter(active=True, kinds__contains=[kind])
    return {"people": list(people), "rooms": list(Room.objects.filter(active=True))}


def _move_of(sent: dict[str, Any]) -> MoveRequest:
    return MoveRequest(
        start=sent["moment"],
        practitioner_id=int(sent["who"]),
        room_id=int(sent["where"]) if sent["where"] else None,
        override_reason=sent["override_reason"],
        tell_patient=sent["tell"] == "yes",
    )
