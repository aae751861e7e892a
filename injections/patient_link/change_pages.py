"""Choosing a time by one's own link: free times that are clear, one of them kept for 5 minutes, then the change, or
the booking in place of a visit that was cancelled.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from injections.booking.book import NotClear
from injections.booking.finder import code_of
from injections.booking.finder_forms import ChosenTime
from injections.patient_link import own_times
from injections.patient_link.door import behind_the_door, show
from injections.patient_link.forms import ChangeForm, WhenForm
from injections.patient_link.own_times import ANOTHER, CHANGE, Choosing
from injections.patient_link.own_words import as_read
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Forbidden, Invalid
from scheduling.models import Practitioner
from scheduling.patients.link import Link


@behind_the_door("GET", "POST", page="change")
def change_page(request: HttpRequest, link: Link) -> HttpResponse:
    """Another time, out of those that are clear; the one chosen is kept while the patient looks at it once more."""
    return _page(request, link, CHANGE, now=clock.now())


@behind_the_door("GET", "POST", page="another")
def another_page(request: HttpRequest, link: Link) -> HttpResponse:
    """The same in place of a visit that was cancelled: a new one is booked."""
    return _page(request, link, ANOTHER, now=clock.now())


def _page(request: HttpRequest, link: Link, way: Choosing, *, now: datetime) -> HttpResponse:
    if not way.is_open(link.appointment, now=now):
        return show(request, "by_phone", link, status=409 if request.method == "POST" else 200)
    if request.method == "GET" and "time" in request.GET:
        return _chosen(request, link, way, now=now)
    intent = request.POST.get("intent") if request.method == "POST" else None
    if intent == "give-back":
        own_times.give_back_held(link.appointment, now=now)
        return redirect(f"patient-{way.page}", link.token)
    if intent == "change":
        return _change(request, link, way, now=now)
    return _times(request, link, way, now=now)


def _times(request: HttpRequest, link: Link, way: Choosing, *, lost: str = "", now: datetime) -> HttpResponse:
    """Times to choose from. Sent with "hold" the one chosen is kept and looked at once more, else it is taken."""
    appointment = link.appointment
    asked = WhenForm(request.GET)
    found = own_times.times_to_choose(appointment, asked.when(), now=now)
    sent = request.POST if request.method == "POST" and not lost else None
    form = ChangeForm(sent or None, days=found.days, initial={"revision": appointment.revision})
    if sent and form.is_valid():
        with form.refusals():
            slot = form.offer.slot
            if sent.get("intent") == "hold":
                way.hold(appointment, slot, now)
                chosen = urlencode({"time": code_of(slot)})
                return redirect(f"{reverse(f'patient-{way.page}', args=[link.token])}?{chosen}")
            to = ChosenTime(slot.start, slot.practitioner_id, slot.room_id)
            return _taken(request, link, way, to, form.cleaned_data["revision"], now=now)
    later = request.GET.copy()
    if found.next_on:
        later["from_on"] = found.next_on.isoformat()
    context = {"form": form, "asked": asked, "found": found, "later": later.urlencode(), "lost": lost, "way": way}
    status = 409 if lost else 422 if form.errors or asked.errors else 200
    return show(request, "change/choose", link, context, status=status)


def _chosen(request: HttpRequest, link: Link, way: Choosing, *, now: datetime) -> HttpResponse:
    """The time chosen beside the one it takes the place of, and until when it is kept."""
    try:
        chosen = ChosenTime.of(request.GET)
    except Invalid:
        return redirect(f"patient-{way.page}", link.token)
    until = own_times.held_until(link.appointment, now=now)
    who = Practitioner.objects.filter(pk=chosen.practitioner_id).first()
    context = {"chosen": chosen, "who": who, "code": request.GET["time"], "until": until, "way": way}
    return show(request, "change/chosen", link, context)


def _change(request: HttpRequest, link: Link, way: Choosing, *, now: datetime) -> HttpResponse:
    """Take the time that was kept; where it cannot be had any more, why, and others."""
    try:
        revision = int(request.POST.get("revision", ""))
        return _taken(request, link, way, ChosenTime.of(request.POST), revision, now=now)
    except Forbidden:
        raise
    except Invalid as refusal:
        said = " ".join(error.detail for error in _read(refusal))
        return _times(request, link, way, lost=said, now=now)
    except Conflict as refusal:
        return _times(request, link, way, lost=as_read(refusal).sentence, now=now)
    except ValueError:
        return _times(request, link, way, lost=gettext("Choose one of the times offered."), now=now)


def _read(refusal: Invalid) -> list[FieldError]:
    said = as_read(refusal)
    return said.errors if isinstance(said, Invalid) else refusal.errors


def _taken(
    request: HttpRequest, link: Link, way: Choosing, to: ChosenTime, revision: int, *, now: datetime
) -> HttpResponse:
    own_times.check_notice(to, now=now)
    if way.take(link.appointment, to, revision, now) is None:
        raise NotClear
    notices.success(request, gettext(way.done))
    return redirect("patient-link", link.token)
