"""Changing the time by one's own link: free times that are clear, one of them kept for 5 minutes, then the change."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext

from injections.booking.finder import code_of
from injections.booking.finder_forms import ChosenTime
from injections.patient_link import own_visit
from injections.patient_link.door import behind_the_door, show
from injections.patient_link.forms import ChangeForm, WhenForm
from injections.patient_link.own_words import as_read
from pht_clinic import clock
from pht_clinic.errors import Conflict, FieldError, Forbidden, Invalid
from scheduling.models import Practitioner
from scheduling.patients.link import Link


@behind_the_door("GET", "POST", page="change")
def change_page(request: HttpRequest, link: Link) -> HttpResponse:
    """Another time, out of those that are clear; the one chosen is kept while the patient looks at it once more."""
    now = clock.now()
    if not own_visit.may_change(link.appointment, now=now):
        return show(request, "by_phone", link, status=409 if request.method == "POST" else 200)
    if request.method == "GET" and "time" in request.GET:
        return _chosen(request, link, now=now)
    intent = request.POST.get("intent") if request.method == "POST" else None
    if intent == "give-back":
        own_visit.give_back_held(link.appointment, now=now)
        return redirect("patient-change", link.token)
    if intent == "change":
        return _change(request, link, now=now)
    return _times(request, link, now=now)


def _times(request: HttpRequest, link: Link, *, lost: str = "", now: datetime) -> HttpResponse:
    """Times to choose from. Sent with "hold" the one chosen is kept and looked at once more, else it is changed to."""
    appointment = link.appointment
    asked = WhenForm(request.GET)
    found = own_visit.times_to_choose(appointment, asked.when(), now=now)
    sent = request.POST if request.method == "POST" and not lost else None
    form = ChangeForm(sent or None, days=found.days, initial={"revision": appointment.revision})
    if sent and form.is_valid():
        with form.refusals():
            slot = form.offer.slot
            if sent.get("intent") == "hold":
                own_visit.hold(appointment, form.offer, now=now)
                chosen = urlencode({"time": code_of(slot)})
                return redirect(f"{reverse('patient-change', args=[link.token])}?{chosen}")
            to = ChosenTime(slot.start, slot.practitioner_id, slot.room_id)
            return _changed(request, link, to, form.cleaned_data["revision"], now=now)
    later = request.GET.copy()
    if found.next_on:
        later["from_on"] = found.next_on.isoformat()
    context = {"form": form, "asked": asked, "found": found, "later": later.urlencode(), "lost": lost}
    status = 409 if lost else 422 if form.errors or asked.errors else 200
    return show(request, "change/choose", link, context, status=status)


def _chosen(request: HttpRequest, link: Link, *, now: datetime) -> HttpResponse:
    """The time chosen beside the present one, and until when it is kept."""
    try:
        chosen = ChosenTime.of(request.GET)
    except Invalid:
        return redirect("patient-change", link.token)
    until = own_visit.held_until(link.appointment, now=now)
    who = Practitioner.objects.filter(pk=chosen.practitioner_id).first()
    context = {"chosen": chosen, "who": who, "code": request.GET["time"], "until": until}
    return show(request, "change/chosen", link, context)


def _change(request: HttpRequest, link: Link, *, now: datetime) -> HttpResponse:
    """Change to the time that was kept; where it cannot be had any more, why, and others."""
    try:
        revision = int(request.POST.get("revision", ""))
        return _changed(request, link, ChosenTime.of(request.POST), revision, now=now)
    except Forbidden:
        raise
    except Invalid as refusal:
        return _times(request, link, lost=" ".join(error.detail for error in _read(refusal)), now=now)
    except Conflict as refusal:
        return _times(request, link, lost=as_read(refusal).sentence, now=now)
    except ValueError:
        return _times(request, link, lost=gettext("Choose one of the times that are offered."), now=now)


def _read(refusal: Invalid) -> list[FieldError]:
    said = as_read(refusal)
    return said.errors if isinstance(said, Invalid) else refusal.errors


def _changed(request: HttpRequest, link: Link, to: ChosenTime, revision: int, *, now: datetime) -> HttpResponse:
    own_visit.change(link.appointment, to, revision=revision, now=now)
    notices.success(request, gettext("Your appointment has been changed."))
    return redirect("patient-link", link.token)
