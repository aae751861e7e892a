"""An earlier time that a patient is offered: behind the link of its message and the date of birth, to be answered.

Looking changes nothing. What has ended is said without a word of whose it was; only who has just answered sees more.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from injections.booking.waiting_list import link
from injections.booking.waiting_list.offer import accept, check_open, decline, unlock_offer
from injections.booking.waiting_list.wishes import moves
from injections.models import WaitingOffer
from injections.patient_link.door import is_staff, refused_to_staff, sealed, show
from injections.patient_link.forms import BirthForm, wrong_date_of_birth
from injections.patient_link.own_language import speak_to
from injections.patient_link.own_words import as_read
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Conflict, Forbidden, Invalid, Refusal, why_not
from pht_clinic.people.actors import PATIENT
from pht_clinic.web.viewing import note_viewed
from scheduling.patients.link import address_of

_OPENED = "patient_offers"
_OPEN_FOR_SECONDS = 60 * 60
_View = Callable[[HttpRequest, str, WaitingOffer], HttpResponse]


def _followed(view: _View) -> Callable[[HttpRequest, str], HttpResponse]:
    """A page of an offer whose link holds, in the language of its patient."""

    @wraps(view)
    def guarded(request: HttpRequest, token: str) -> HttpResponse:
        found = link.follow(token)
        if found is None:
            return sealed(show(request, "unknown", status=404))
        if found.wish.patient.kept.has_died:
            return sealed(show(request, "out_of_use", status=410))
        speak_to(found.wish.patient.kept)
        return sealed(view(request, token, found))

    return guarded


@require_http_methods(["GET", "HEAD"])
@_followed
def offer(request: HttpRequest, token: str, found: WaitingOffer) -> HttpResponse:
    """The time that is offered, until when, and what accepting it does to the visit that there is."""
    return _page(request, token, found)


@require_POST
@_followed
def unlock(request: HttpRequest, token: str, found: WaitingOffer) -> HttpResponse:
    """The date of birth is given; a right one opens this offer in this session, for an hour."""
    if is_staff(request):
        return refused_to_staff(request)
    if why_not(check_open, found, by=PATIENT, now=clock.now()):
        return show(request, "change/offer_over", status=410)
    form = BirthForm(request.POST)
    if not form.is_valid():
        return _door(request, token, form, found, status=422)
    is_right = unlock_offer(found, form.cleaned_data["born_on"], now=clock.now())
    if is_right is None:
        return show(request, "closed", status=429)
    if not is_right:
        form.add_error("born_on", wrong_date_of_birth())
        return _door(request, token, form, found, status=422)
    request.session.cycle_key()
    request.session[_OPENED] = {**request.session.get(_OPENED, {}), str(found.pk): time.time()}
    return redirect("patient-offer", token)


@require_POST
@_followed
def answer(request: HttpRequest, token: str, found: WaitingOffer) -> HttpResponse:
    """Accept or decline; where it cannot be had any more the page says why."""
    if is_staff(request):
        return refused_to_staff(request)
    if not _is_open(request, found):
        return _door(request, token, BirthForm(), found, status=403)
    note_viewed(request, patients=[found.wish.patient.kept_id], by=PATIENT)
    deed = accept if request.POST.get("intent") == "accept" else decline
    try:
        deed(found.pk, by=PATIENT, now=clock.now())
    except Forbidden:
        raise
    except (Conflict, Invalid) as refusal:
        return _page(request, token, link.follow(token) or found, lost=as_read(refusal))
    return redirect("patient-offer", token)


def _page(request: HttpRequest, token: str, found: WaitingOffer, *, lost: Refusal | None = None) -> HttpResponse:
    now = clock.now()
    is_over = bool(why_not(check_open, found, by=PATIENT, now=now))
    if not _is_open(request, found):
        if is_over:
            return show(request, "change/offer_over", status=410)
        return _door(request, token, BirthForm(), found, status=200)
    note_viewed(request, patients=[found.wish.patient.kept_id], by=PATIENT)
    context = {"token": token, "offer": found, "minutes": KINDS[found.wish.kind].minutes, "lost": lost}
    status = 409 if lost else 200
    if not is_over:
        context["later"] = moves(found.wish, now=now)
        return show(request, "change/offer", context=context, status=status)
    if found.ended_as == WaitingOffer.End.ACCEPTED and found.appointment is not None:
        return show(
            request, "change/offer_accepted", context=context | {"page": address_of(found.appointment)}, status=status
        )
    name = "change/offer_declined" if found.ended_as == WaitingOffer.End.DECLINED else "change/offer_over"
    return show(request, name, context=context, status=status if lost else 200)


def _door(request: HttpRequest, token: str, form: BirthForm, found: WaitingOffer, *, status: int) -> HttpResponse:
    if link.is_closed(found):
        return show(request, "closed", status=429)
    context = {"form": form, "open_at": reverse("patient-offer-open", args=[token])}
    return show(request, "door", context=context, status=status)


def _is_open(request: HttpRequest, found: WaitingOffer) -> bool:
    """To staff without the date of birth: they know it."""
    if is_staff(request):
        return True
    opened_at = request.session.get(_OPENED, {}).get(str(found.pk))
    return opened_at is not None and 0 <= time.time() - opened_at < _OPEN_FOR_SECONDS
