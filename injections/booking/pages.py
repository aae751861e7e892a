"""Booking, steps 2 and 3: what and why, and when. What was chosen stands in the address, as codes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_on_page
from injections.booking.finder_forms import ChosenTime
from injections.booking.finder_on_page import Among, Finder
from injections.booking.forms import PlaceForm, WhatForm
from injections.booking.holds.hold import hold_to_book
from injections.booking.may import check_may_book
from injections.booking.steps import known
from injections.booking.taken import already_booked
from injections.booking.wish import Wish
from injections.facts.history import history_to_show
from injections.timeline.whole import timeline_of
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid, Refusal
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import is_part, page
from scheduling.diary.read import who_and_where
from scheduling.models import Patient


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
    """Step 3: free times of several days, each with its verdict, and the interval in words. The one chosen is held."""
    history = history_to_show(patient_id, now=clock.now())
    patient, by = history.patient, actor_of(request.user)
    check_may_book(patient, by=by)
    wish = Wish.of(request.GET).without_time
    if not wish.says_what or wish.visit is None:
        return redirect("booking-what", patient_id=patient.pk)
    if wish.how:
        return redirect(f"{reverse(wish.how_page, args=[patient.pk])}?{wish.query}")
    lost: Refusal | None = None
    if request.method == "POST":
        try:
            return _held(patient, wish, ChosenTime.of(request.POST), request)
        except (Conflict, Invalid) as refusal:
            lost = refusal
    people, rooms = who_and_where(kind=wish.kind)
    finder = Finder(request.GET, wish.ask(patient.pk), Among(people, rooms), history=history, by=by, now=history.now)
    place = PlaceForm(request.GET if "at" in request.GET else None, people=people, rooms=rooms, auto_id="place_%s")
    if "at" in request.GET and place.is_valid():
        return redirect(_check_url(patient, _at_place(wish, place.cleaned_data)))
    context = {
        "patient": patient,
        "wish": wish,
        "form": finder.form,
        "finder": finder,
        "place": place,
        "lost": lost,
        "already": already_booked(patient.pk, wish, finder.found.first if finder.found else None, now=history.now),
        "step": 3,
        **alerts_on_page(history, by=by),
    }
    response = page(request, _when_template(request), context, shows=[patient.pk])
    if lost is not None:
        response.status_code = 409 if isinstance(lost, Conflict) else 422
    return response


def _held(patient: Patient, wish: Wish, chosen: ChosenTime, request: HttpRequest) -> HttpResponse:
    """Hold the time that was chosen and go on to its check."""
    there = wish.at(chosen.start, chosen.practitioner_id, chosen.room_id)
    hold_to_book(there.ask(patient.pk), by=actor_of(request.user), now=clock.now())
    return redirect(_check_url(patient, there))


def _when_template(request: HttpRequest) -> str:
    if not is_part(request):
        return "injections/booking/when.html"
    return f"injections/booking/{'_days' if 'more' in request.GET else '_times'}.html"


def _at_place(wish: Wish, sent: dict[str, Any]) -> Wish:
    start: datetime = sent["moment"]
    chosen = wish.at(start, int(sent["who"]), int(sent["where"] or 0))
    return Wish.of({**{name: getattr(chosen, name) for name in Wish.__slots__}, "room": sent["where"]})


def _check_url(patient: Patient, wish: Wish) -> str:
    return f"{reverse('booking-check', args=[patient.pk])}?{wish.query}"
