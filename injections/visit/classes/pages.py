"""A class as a page: who takes part; how many may; and cancelling it as a whole."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from injections.booking.preview import telling
from injections.booking.propose import propose_cancel
from injections.booking.wish import Wish
from injections.visit.classes.cancel_class import cancel_class
from injections.visit.classes.forms import CancelClassForm, PlacesForm
from injections.visit.classes.may import check_may_change_class
from injections.visit.classes.participants import ClassChanged, ClassShown, find_class, holding_in, show_class
from injections.visit.classes.places import set_places
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data, page
from scheduling.messages.words import counted


@permitted("read-diary")
def class_page(request: HttpRequest, group_id: int) -> HttpResponse:
    """Who takes part, with what can be done with each, and what with the whole class."""
    now = clock.now()
    found = show_class(find_class(group_id), now=now)
    context = {
        "shown": found,
        "group": found.group,
        "now": now,
        "why_not": why_not(check_may_change_class, found.holding, by=actor_of(request.user)),
        "book": _wish(found).query if _has_room(found, now=now) else "",
    }
    return page(request, "injections/visit/classes/class.html", context, shows=found.shows)


def _has_room(found: ClassShown, *, now: datetime) -> bool:
    return found.places_left > 0 and found.group.start_at > now


def _wish(found: ClassShown) -> Wish:
    group = found.group
    return Wish(kind=group.kind).at(group.start_at, group.practitioner_id, group.room_id)


@permitted("change-class")
def places_page(request: HttpRequest, group_id: int) -> HttpResponse:
    """Fewer places than the kind allows, or as many again."""
    group = find_class(group_id)
    form = PlacesForm(form_data(request), row=group)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            seats, by = form.cleaned_data["seats"], actor_of(request.user)
            set_places(group.pk, seats, revision=form.read_revision, by=by, now=clock.now())
            messages.success(request, f"This class has {seats} places now.")
            return redirect("group-visit", group.pk)
    return page(request, "injections/visit/classes/places.html", {"form": form, "group": group})


@permitted("change-class")
def cancel_class_page(request: HttpRequest, group_id: int) -> HttpResponse:
    """Why, and whether the patients are told, with the email that the first of them would get."""
    now, by = clock.now(), actor_of(request.user)
    found = holding_in(group_id)
    if request.method == "GET" and (why := why_not(check_may_change_class, found.holding, by=by)):
        return said_at_the_class(request, found, why)
    form = CancelClassForm(form_data(request), initial={"version": found.version})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                sent = form.cleaned_data
                gone = cancel_class(
                    found.group.pk,
                    reason=form.why,
                    version=sent["version"],
                    tell_patients=sent["tell"] == "yes",
                    by=by,
                    now=now,
                )
            except ClassChanged:
                form.send_next_time("version", found.version)
                raise
            messages.success(
                request, f"The class is cancelled, with {counted(len(gone), 'visit')}.{_told(sent['tell'])}"
            )
            return redirect("group-visit", found.group.pk)
    context = {"form": form, "shown": found, "group": found.group, **_first_told(found, by=by, now=now)}
    return page(request, "injections/visit/classes/cancel.html", context, shows=found.shows)


def _first_told(found: ClassShown, *, by: Actor, now: datetime) -> dict[str, object]:
    """What the first who takes part would be told: the others the same, each by name and in their own way."""
    if not found.holding:
        return {}
    first = found.holding[0]
    return {"first": first, "told": telling(propose_cancel(first), by=by, now=now)}


def _told(tell: str) -> str:
    return (
        " Each patient is told in the way they prefer; those without an email address are among the phone tasks."
        if tell == "yes"
        else ""
    )


def said_at_the_class(request: HttpRequest, found: ClassShown, why: str) -> HttpResponse:
    """For a page that is opened when there is nothing to do on it: the class, and why."""
    messages.error(request, why)
    return redirect("group-visit", found.group.pk)
