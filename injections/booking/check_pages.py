"""Booking, step 4: the whole of it once more, the verdict, the email; then it is booked, or sent for review.

A time that somebody else has is said to be theirs before anybody confirms it, with other times to go on to.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_on_page
from injections.booking.book import book
from injections.booking.finder_on_page import Among
from injections.booking.forms import BookingNoteForm
from injections.booking.holds.hold import give_back, hold_to_book
from injections.booking.may import check_may_book
from injections.booking.preview import telling
from injections.booking.propose import propose_booking
from injections.booking.request import BookingRequest, check_request
from injections.booking.steps import WhereAndWho, other_times, where_and_who
from injections.booking.taken import already_booked, standing_at
from injections.booking.wish import Wish
from injections.facts.history import History, history_to_show
from injections.models import Assessment, WaitingFor
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import page
from scheduling.diary.places import Clash
from scheduling.diary.read import who_and_where
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment, Patient
from scheduling.states import Status


@permitted("book")
def check_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Book, hold the time for now (what was typed stays), or give it back and choose another."""
    history = history_to_show(patient_id, now=clock.now())
    patient = history.patient
    check_may_book(patient, by=actor_of(request.user))
    wish = Wish.of(request.GET)
    when = f"{reverse('booking-when', args=[patient.pk])}?{wish.without_time.query if wish.says_when else wish.query}"
    if not wish.says_what or not wish.says_when:
        return redirect(when)
    intent = request.POST.get("intent", "") if request.method == "POST" else ""
    if intent == "give-back":
        return _given_back(request, patient, when)
    form = BookingNoteForm(request.POST or None)
    clash: Clash | None = None
    if intent in ("book", "override", "look") and form.is_valid():
        with form.refusals():
            try:
                if intent != "look":
                    return _book(request, patient, wish, form)
                hold_to_book(wish.ask(patient.pk), by=actor_of(request.user), now=clock.now())
            except Clash as refusal:
                clash = refusal
    context = _check_context(request, history, wish, form)
    shows = {patient.pk, *context["standing"].shows}
    response = page(request, "injections/booking/check.html", context, shows=shows)
    if clash is not None:
        response.status_code = 409
    return response


def _given_back(request: HttpRequest, patient: Patient, when: str) -> HttpResponseRedirect:
    if give_back(patient.pk, by=actor_of(request.user), now=clock.now()):
        messages.success(request, "The time is released. Others can book it again.")
    return redirect(when)


def _book(request: HttpRequest, patient: Patient, wish: Wish, form: BookingNoteForm) -> HttpResponseRedirect:
    asks_override = request.POST["intent"] == "override"
    if asks_override and not form.cleaned_data["override_reason"].strip():
        raise Invalid.field("override_reason", "Say why a radiologist should look at it anyway.")
    reason = form.cleaned_data["override_reason"] if asks_override else ""
    ask = wish.ask(patient.pk, note=form.cleaned_data["note"], override_reason=reason)
    ask, now = replace(ask, tell_patient=not form.cleaned_data["knows"]), clock.now()
    outcome = book(ask, by=actor_of(request.user), now=now)
    if outcome.appointment is None:  # the facts changed while the page was open; it shows them now, and what was typed
        raise Conflict("The safety check no longer allows this time. Nothing was booked.")
    messages.success(request, _said(outcome.appointment, outcome.assessment, now=now))
    return redirect("appointment", appointment_id=outcome.appointment.pk)


def _said(appointment: Appointment, assessment: Assessment | None, *, now: datetime) -> str:
    if appointment.status == Status.BOOKED:
        held = "Booked."
    elif assessment is not None and assessment.waiting_for == WaitingFor.ANSWERS:
        held = "The time is held and waits for answers."
    else:
        held = "The time is held and waits for review by a radiologist."
    return f"{held} {fate_of_news(appointment.pk, now=now)}"


def _check_context(request: HttpRequest, history: History, wish: Wish, form: BookingNoteForm) -> dict[str, Any]:
    now, by, patient = clock.now(), actor_of(request.user), history.patient
    ask = wish.ask(patient.pk)
    among = Among(*who_and_where())
    place = where_and_who(ask, among)
    standing = standing_at(ask, place.practitioner, place.room, by=by, now=now)
    context = {
        "patient": patient,
        "wish": wish,
        "form": form,
        "ask": ask,
        "place": place,
        "step": 4,
        "standing": standing,
        **alerts_on_page(history, by=by),
    }
    if standing.is_free:
        context |= _what_would_come(ask, history, place, by=by, now=now)
    else:
        context["others"] = other_times(ask, wish, among, history=history, by=by, now=now)
    return context | {"already": already_booked(patient.pk, wish, context.get("judged"), now=now)}


def _what_would_come(
    ask: BookingRequest, history: History, place: WhereAndWho, *, by: Actor, now: datetime
) -> dict[str, Any]:
    """The verdict, and what the patient would be told."""
    room_id = place.room.pk if place.room else None
    proposal = propose_booking(
        ask, check_request(ask), patient=history.patient, room_id=room_id, history=history, now=now
    )
    if place.practitioner is not None:
        proposal.visit.practitioner = place.practitioner
    judged = proposal.judged.judgement if proposal.judged else None
    return {"proposal": proposal, "judged": judged, "told": telling(proposal, by=by, now=now)}
