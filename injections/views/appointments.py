"""One appointment: what it is, what was decided and sent, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections import booking, preview, selectors, visits
from injections.drafts import Draft, draft_of
from injections.forms.booking import CancelForm, MoveForm, UndoForm
from injections.proposal import propose_cancel, propose_move, propose_undo
from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.people.access import roles
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.people.roles import EVERY_ROLE, MANAGER, RADIOLOGIST, RECEPTION
from pht_clinic.web.viewing import note_viewed
from scheduling.forms import ReasonForm
from scheduling.lifecycle import Status
from scheduling.models import Appointment, Practitioner, Room
from scheduling.views.showing import act, is_part, page


@roles(*EVERY_ROLE)
def appointment(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Everything about one appointment."""
    now = clock.now()
    found = selectors.appointment(appointment_id)
    visit = selectors.visits([found], now=now)[0]
    context = {
        "visit": visit, "appointment": found, "now": now,
        "changes": selectors.changes_of(found.pk),
        "decisions": selectors.earlier_decisions(found.pk),
        "letters": found.messages.order_by("due_at", "pk"),
        "draft": _draft(request, found, now=now),
    }  # fmt: skip
    return page(request, "injections/appointment.html", context, shows=[found.patient_id])


def _draft(request: HttpRequest, found: Appointment, *, now: datetime) -> Draft | None:
    """The procedure that somebody began here and paused, for radiologists."""
    by = actor_of(request.user)
    is_to_come = found.kind_of_visit.injects and found.status in (Status.BOOKED, Status.ARRIVED)
    return draft_of(found.pk, by=by, now=now) if is_to_come and by.role == RADIOLOGIST else None


def _deed(use_case: Callable[..., object], said: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @roles(RECEPTION, RADIOLOGIST)
    def view(request: HttpRequest, appointment_id: int) -> HttpResponse:
        deed = partial(use_case, appointment_id, by=actor_of(request.user), now=clock.now())
        return act(request, deed, said=said, back=reverse("appointment", args=[appointment_id]))

    return view


arrive = _deed(booking.arrive, "Marked as arrived.")
no_show = _deed(booking.no_show, "Marked as missed. The patient gets a message on the next working day.")
fulfil = _deed(visits.fulfil, "Marked as completed.")


@roles(RECEPTION, RADIOLOGIST)
def cancel(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Why, and whether the patient is told, with the email to look at."""
    found = selectors.appointment(appointment_id)
    form = CancelForm(request.POST or None, initial={"revision": found.revision})
    now, by = clock.now(), actor_of(request.user)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            sent = form.cleaned_data
            booking.cancel(
                found.pk, reason=sent["reason"], revision=sent["revision"],
                tell_patient=sent["tell"] == "yes", by=by, now=now,
            )  # fmt: skip
            return _said(request, found.pk, "Cancelled. You can undo this for 10 minutes.")
    letter = preview.letter_of(propose_cancel(found), by=by, now=now)
    context = {"form": form, "appointment": found, "letter": letter}
    return page(request, "injections/appointment_cancel.html", context, shows=[found.patient_id])


@roles(RECEPTION, RADIOLOGIST)
def undo(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """What is taken back, and whether the patient is told; at once where there is nothing to tell."""
    found = selectors.appointment(appointment_id)
    now, by = clock.now(), actor_of(request.user)
    back = reverse("appointment", args=[found.pk])
    try:
        proposal = propose_undo(found.pk, now=now)
    except Conflict as refusal:
        if request.method == "POST":
            return act(request, partial(booking.undo, found.pk, by=by, now=now), said="", back=back)
        context = {"appointment": found, "why_not": refusal.sentence}
        return page(request, "injections/appointment_undo.html", context, shows=[found.patient_id])
    form = UndoForm(request.POST if request.method == "POST" else None, has_news=bool(proposal.news))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            booking.undo(found.pk, tell_patient=form.cleaned_data.get("tell") != "no", by=by, now=now)
            return _said(request, found.pk, _TAKEN_BACK)
    letter = preview.letter_of(proposal, by=by, now=now)
    context = {"form": form, "appointment": found, "proposal": proposal, "letter": letter}
    return page(request, "injections/appointment_undo.html", context, shows=[found.patient_id])


_TAKEN_BACK = "Taken back. The booking stands as it was before, and was checked again."


@roles(RECEPTION, RADIOLOGIST)
def move(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To another time, person or room; judged afresh, and refused with its reasons where it is blocked."""
    found = selectors.appointment(appointment_id)
    initial = {
        "on": clock.local_date(found.start_at),
        "at": found.start_at.astimezone(clock.zone()).time(),
        "who": found.practitioner_id, "where": found.room_id, "revision": found.revision,
    }  # fmt: skip
    now, by = clock.now(), actor_of(request.user)
    if is_part(request):
        form = MoveForm(request.GET, initial=initial, **_places(found.kind))
        context = _move_told(found, form, by=by, now=now)
        note_viewed(request, patients=[found.patient_id], what="appointment_move")
        return render(request, "injections/_move_told.html", context)
    form = MoveForm(request.POST or None, initial=initial, **_places(found.kind))
    refused = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            outcome = booking.move(found.pk, **_move_of(form.cleaned_data), by=by, now=now)
            if not outcome.refused:
                return _said(request, found.pk, "Moved. You can undo this for 10 minutes.")
            refused = outcome.assessment
    context = {
        "form": form,
        "appointment": found,
        "refused": refused,
        **_move_told(found, form, by=by, now=now),
    }
    return page(request, "injections/appointment_move.html", context, shows=[found.patient_id])


def _move_told(found: Appointment, form: MoveForm, *, by: Actor, now: datetime) -> dict[str, Any]:
    """What a move to the chosen time would come to, or, while none is chosen, one to the present time; its email."""
    chosen = form.cleaned_data if form.errors or form.is_valid() else {}
    proposal = propose_move(
        found, start=chosen.get("moment", found.start_at),
        practitioner_id=int(chosen.get("who") or found.practitioner_id),
        room_id=int(chosen.get("where") or found.room_id), now=now,
    )  # fmt: skip
    return {"proposal": proposal, "letter": preview.letter_of(proposal, by=by, now=now)}


@roles(MANAGER)
def enter_in_error(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Take an appointment out of the diary as a mistake."""
    found = selectors.appointment(appointment_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            visits.enter_in_error(
                found.pk, reason=form.cleaned_data["reason"], by=actor_of(request.user), now=clock.now()
            )
            return _said(request, found.pk, "Marked as entered in error.")
    context = {"form": form, "appointment": found}
    return page(request, "injections/appointment_error.html", context, shows=[found.patient_id])


def _said(request: HttpRequest, appointment_id: int, words: str) -> HttpResponse:
    return act(request, lambda: None, said=words, back=reverse("appointment", args=[appointment_id]))


def _places(kind: str) -> dict[str, Any]:
    people = Practitioner.objects.filter(active=True, kinds__contains=[kind])
    return {"people": list(people), "rooms": list(Room.objects.filter(active=True))}


def _move_of(sent: dict[str, Any]) -> dict[str, Any]:
    return {
        "start": sent["moment"],
        "practitioner_id": int(sent["who"]),
        "room_id": int(sent["where"]) if sent["where"] else None,
        "revision": sent["revision"],
        "override_reason": sent["override_reason"],
        "tell_patient": sent["tell"] == "yes",
    }
