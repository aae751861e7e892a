"""Booking, steps 2 to 4: what and why, when, check and confirm. What was chosen stands in the address, as codes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_about, alerts_on_page
from injections.booking.book import book
from injections.booking.forms import BookingNoteForm, OffersForm, PlaceForm, WhatForm
from injections.booking.may import check_may_book
from injections.booking.offers import Offers, SlotSearch, offers
from injections.booking.preview import telling
from injections.booking.propose import propose_booking
from injections.booking.request import check_request
from injections.booking.steps import known, other_times, times, where_and_who
from injections.booking.wish import Wish
from injections.facts.history import History, history_to_show
from injections.models import Assessment, WaitingFor
from injections.timeline.whole import timeline_of
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import is_part, page
from scheduling.diary.places import Clash
from scheduling.diary.read import who_and_where
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment, Patient
from scheduling.patients.identity import find_patient
from scheduling.states import Status

SEARCH_DAYS = 365
TIMES = 10


@permitted("book")
def what_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Step 2: the kind of visit, where, and what is known for it."""
    history = history_to_show(patient_id, now=clock.now())
    patient = history.patient
    check_may_book(patient, by=actor_of(request.user))
    wish = Wish.of(request.GET)
    form = WhatForm.of(request.GET)
    context = {
        "patient": patient,
        "wish": wish,
        "form": form,
        "step": 2,
        "timeline": timeline_of(history),
        "known": known(history, wish) if wish.says_what else [],
        **alerts_on_page(history, by=actor_of(request.user)),
    }
    if is_part(request):  # choices that are not complete yet are no errors while somebody is choosing
        return page(request, "injections/booking/_known.html", {**context, "form": None}, shows=[patient.pk])
    return page(request, "injections/booking/what.html", context, shows=[patient.pk])


@permitted("book")
def when_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Step 3: ten free times, each with its verdict, and the interval in words."""
    history = history_to_show(patient_id, now=clock.now())
    patient = history.patient
    check_may_book(patient, by=actor_of(request.user))
    wish = Wish.of(request.GET).without_time
    if not wish.says_what or wish.visit is None:
        return redirect("booking-what", patient_id=patient.pk)
    people, rooms = who_and_where(kind=wish.kind)
    form = OffersForm(request.GET, people=people, needs_check=wish.visit.needs_check)
    day = _first_day(form)
    found = _offers(form, history, wish, day) if day else None
    place = PlaceForm(request.GET if "at" in request.GET else None, people=people, rooms=rooms, auto_id="place_%s")
    if "at" in request.GET and place.is_valid():
        return redirect(_check_url(patient, _at_place(wish, place.cleaned_data)))
    context = {
        "patient": patient,
        "wish": wish,
        "form": form,
        "place": place,
        "found": found,
        "step": 3,
        "day": day,
        "times": times(found, wish, people, {one.pk: one for one in rooms}) if found else [],
        **alerts_on_page(history, by=actor_of(request.user)),
    }
    template = "injections/booking/_times.html" if is_part(request) else "injections/booking/when.html"
    return page(request, template, context, shows=[patient.pk])


def _first_day(form: OffersForm) -> date | None:
    """The day to look from: the one asked for, never before today; None while the form makes no sense."""
    if not form.is_valid():
        return None
    today = clock.today()
    return max(form.cleaned_data["from_on"] or today, today)


def _offers(form: OffersForm, history: History, wish: Wish, from_on: date) -> Offers | None:
    sent = form.cleaned_data
    try:
        ask = replace(wish.ask(history.patient.pk), practitioner_id=int(sent["who"]) if sent["who"] else None)
        search = SlotSearch(
            from_on=from_on,
            to_on=from_on + timedelta(days=SEARCH_DAYS),
            limit=TIMES,
            verdict=sent.get("verdict") or None,
            skips_too_soon=not sent["from_on"],
        )
        return offers(ask, search, history=history, now=history.now)
    except (Invalid, OverflowError):
        form.add_error("from_on", "Choose a day in the years to come.")
        return None


def _at_place(wish: Wish, sent: dict[str, Any]) -> Wish:
    start: datetime = sent["moment"]
    chosen = wish.at(start, int(sent["who"]), int(sent["where"] or 0))
    return Wish.of({**{name: getattr(chosen, name) for name in Wish.__slots__}, "room": sent["where"]})


@permitted("book")
def check_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Step 4: the whole of it once more, the verdict, the email; then it is booked, or sent for review."""
    patient = find_patient(patient_id)
    check_may_book(patient, by=actor_of(request.user))
    wish = Wish.of(request.GET)
    if not wish.says_what or not wish.says_when:
        return redirect(f"{reverse('booking-when', args=[patient.pk])}?{wish.query}")
    form = BookingNoteForm(request.POST or None)
    clash: Clash | None = None
    if request.method == "POST" and request.POST.get("intent") in ("book", "override") and form.is_valid():
        with form.refusals():
            try:
                return _book(request, patient, wish, form)
            except Clash as refusal:
                clash = refusal
    context = _check_context(request, patient, wish, form, clash)
    response = page(request, "injections/booking/check.html", context, shows=[patient.pk])
    if clash is not None:
        response.status_code = 409
    return response


def _book(request: HttpRequest, patient: Patient, wish: Wish, form: BookingNoteForm) -> HttpResponseRedirect:
    asks_override = request.POST["intent"] == "override"
    if asks_override and not form.cleaned_data["override_reason"].strip():
        raise Invalid.field("override_reason", "Say why a radiologist should look at it all the same.")
    reason = form.cleaned_data["override_reason"] if asks_override else ""
    ask = wish.ask(patient.pk, note=form.cleaned_data["note"], override_reason=reason)
    ask, now = replace(ask, tell_patient=not form.cleaned_data["knows"]), clock.now()
    outcome = book(ask, by=actor_of(request.user), now=now)
    if outcome.appointment is None:  # the facts changed while the page was open; it shows them now, and what was typed
        raise Conflict("The safety check does not allow this time any more. Nothing was booked.")
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


def _check_context(
    request: HttpRequest, patient: Patient, wish: Wish, form: BookingNoteForm, clash: Clash | None
) -> dict[str, Any]:
    now, by = clock.now(), actor_of(request.user)
    ask = wish.ask(patient.pk)
    place = where_and_who(ask)
    room_id = place.room.pk if place.room else None
    proposal = propose_booking(ask, check_request(ask), patient=patient, room_id=room_id, now=now)
    judged = proposal.judged.judgement if proposal.judged else None
    told = telling(proposal, by=by, now=now) if place.practitioner else None
    return {
        "patient": patient,
        "wish": wish,
        "form": form,
        "ask": ask,
        "place": place,
        "judged": judged,
        "step": 4,
        "proposal": proposal,
        "told": told,
        "clash": clash,
        "others": other_times(ask, wish, now=now) if clash else [],
        **alerts_about(patient.pk, by=by, now=now),
    }


def _check_url(patient: Patient, wish: Wish) -> str:
    return f"{reverse('booking-check', args=[patient.pk])}?{wish.query}"
