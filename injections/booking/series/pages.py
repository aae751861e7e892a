"""Booking a series: its rule, then its dates with what becomes of each and the one email, then all of them or none."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect

from injections.assessment.alerts import alerts_on_page
from injections.booking.may import check_may_book
from injections.booking.preview import telling_together
from injections.booking.propose import Proposal, propose_booking
from injections.booking.request import BookingRequest
from injections.booking.series.book import SeriesRequest, SomeLost, book_series
from injections.booking.series.dates import Dates
from injections.booking.series.forms import RuleForm
from injections.booking.series.standing import SeriesLook
from injections.booking.wish import Wish
from injections.facts.history import history_to_show
from pht_clinic import clock
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data, page
from scheduling.diary.read import who_and_where
from scheduling.messages import together
from scheduling.messages.fate import fate_of_series
from scheduling.messages.words import counted

LEAVE_OUT = "Leave this date out"


@permitted("book")
def booking_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """The rule stands in the address; what becomes of each date is sent with the form."""
    history = history_to_show(patient_id, now=clock.now())
    patient, by = history.patient, actor_of(request.user)
    check_may_book(patient, by=by)
    wish = Wish.of(request.GET)
    if wish.visit is None or not wish.visit.comes_in_series:
        return redirect("booking-what", patient_id=patient.pk)
    people, rooms = who_and_where(kind=wish.kind)
    asked = request.GET if "count" in request.GET else None
    rule = RuleForm(asked, initial={"from_on": clock.today()}, people=people, rooms=rooms)
    context = {"patient": patient, "wish": wish, "rule": rule, "step": 3, **alerts_on_page(history, by=by)}
    if not rule.is_valid():
        return page(request, "injections/series/rule.html", {**context, "form": rule}, shows=[patient.pk])
    looking = SeriesLook(wish.visit, history, {one.pk: one for one in people}, {one.pk: one for one in rooms})
    lost: SomeLost | None = None
    dates = Dates(rule.spots, looking, form_data(request), keep=LEAVE_OUT, by=by)
    if request.POST.get("intent") == "book" and dates.were_seen:
        try:
            return _booked(request, rule, dates, by=by)
        except SomeLost as refusal:
            lost = refusal
            dates = Dates(rule.spots, looking, form_data(request), keep=LEAVE_OUT, by=by)
    context |= {"form": dates.form, "dates": dates, "lost": lost, **_what_would_come(dates, by=by)}
    response = page(request, "injections/series/dates.html", context, shows={patient.pk, *dates.shows})
    if lost is not None:
        response.status_code = 409
    return response


def _booked(request: HttpRequest, rule: RuleForm, dates: Dates, *, by: Actor) -> HttpResponseRedirect:
    sent, now = dates.form.cleaned_data, clock.now()
    ask = SeriesRequest(
        kind=dates.looking.kind.code,
        patient_id=dates.looking.history.patient.pk,
        rule=rule.rule,
        spots=tuple(dates.spots),
        note=sent["note"],
        tell_patient=not sent["knows"],
    )
    booked = book_series(ask, by=by, now=now)
    told = fate_of_series(booked.series.pk, now=now)
    messages.success(request, f"{counted(len(booked.visits), 'visit')} booked. {told}")
    return redirect("visit-series", series_id=booked.series.pk)


def _what_would_come(dates: Dates, *, by: Actor) -> dict[str, Any]:
    """What the patient would be told of the times as they are chosen now; nothing while some are not to be had."""
    if not dates.spots:
        return {}
    proposals = [_proposal(dates, number) for number in range(len(dates.spots))]
    told = telling_together(together.BOOKED, proposals, by=by, now=dates.now)
    return {"told": told, "visits": [one.visit for one in proposals]}


def _proposal(dates: Dates, number: int) -> Proposal:
    """What booking this one of the times would come to, with the others as booked."""
    looking, spot = dates.looking, dates.spots[number]
    ask = BookingRequest(
        kind=looking.kind.code,
        patient_id=looking.history.patient.pk,
        start=spot.start,
        practitioner_id=spot.practitioner_id,
        room_id=spot.room_id,
    )
    others = looking.with_others([*dates.spots[:number], *dates.spots[number + 1 :]])
    patient = looking.history.patient
    found = propose_booking(ask, looking.kind, patient=patient, room_id=spot.room_id, history=others, now=dates.now)
    found.visit.practitioner, found.visit.room = looking.people[spot.practitioner_id], looking.rooms[spot.room_id or 0]
    return found
