"""The page that moves a whole class: free times first, then the one chosen with what becomes of each who takes part."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from injections.booking.finder_forms import ChosenTime
from injections.booking.finder_on_page import Among, Finder
from injections.booking.forms import PlaceForm
from injections.booking.move import MoveRequest
from injections.booking.preview import telling
from injections.booking.request import BookingRequest
from injections.booking.taken import standing_of
from injections.booking.wish import Wish
from injections.visit.classes.coming_along import coming_along
from injections.visit.classes.forms import MoveClassForm
from injections.visit.classes.may import check_may_change_class
from injections.visit.classes.move_class import move_class, place_of_class
from injections.visit.classes.pages import said_at_the_class
from injections.visit.classes.participants import ClassChanged, ClassShown, holding_in
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Invalid, why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import form_data, is_part, page
from scheduling.diary.read import who_and_where
from scheduling.messages.words import counted
from scheduling.models import GroupVisit


@permitted("change-class")
def move_class_page(request: HttpRequest, group_id: int) -> HttpResponse:
    """Choose a time, see what becomes of each, and move everybody; nobody is moved where one cannot come along."""
    now, by = clock.now(), actor_of(request.user)
    found = holding_in(group_id)
    if request.method == "GET" and (why := why_not(check_may_change_class, found.holding, by=by)):
        return said_at_the_class(request, found, why)
    moving = MovingClass(found, Among(*who_and_where(kind=found.group.kind)), by, now)
    if is_part(request):
        template = f"injections/booking/{'_days' if 'more' in request.GET else '_times'}.html"
        return render(request, template, {"finder": moving.finder(request.GET), "moves_class": True})
    if request.method == "POST" and "time" in request.POST:
        return _chosen(request, moving)
    if request.method == "POST":
        return _moved(request, moving)
    wish = Wish.of({**request.GET.dict(), "kind": found.group.kind})
    if wish.says_when:
        return _shown(request, moving, moving.form(form_data(request), wish))
    place = moving.place_form(request.GET if "at" in request.GET else None)
    if place.is_bound and place.is_valid():
        sent = place.cleaned_data
        room = int(sent["where"] or found.group.room_id)
        return redirect(_with_time(found.group, ChosenTime(sent["moment"], int(sent["who"]), room)))
    return _finder_page(request, moving, place=place)


class ClassFinder(Finder):
    """Times at which no other class is."""

    begins_class = True


class MovingClass:
    """One look at a class that may move: among whom and where, and who looks."""

    def __init__(self, shown: ClassShown, among: Among, by: Actor, now: datetime) -> None:
        self.shown, self.group, self.among, self.by, self.now = shown, shown.group, among, by, now

    def form(self, data: QueryDict | None, chosen: Wish) -> MoveClassForm:
        """The move, opened with the time chosen."""
        local = (chosen.start_at or self.group.start_at).astimezone(clock.zone())
        initial = {
            "on": local.date(),
            "at": local.time(),
            "who": chosen.practitioner or self.group.practitioner_id,
            "where": chosen.room or self.group.room_id,
            "version": self.shown.version,
        }
        return MoveClassForm(data, initial=initial, people=self.among.people, rooms=self.among.rooms)

    def place_form(self, data: QueryDict | None) -> PlaceForm:
        """A time of one's own, with the same person unless somebody says otherwise."""
        same = {"who": self.group.practitioner_id}
        return PlaceForm(data, initial=same, people=self.among.people, rooms=self.among.rooms, auto_id="place_%s")

    def finder(self, asked: QueryDict) -> ClassFinder:
        """Where the whole class could go."""
        ask = BookingRequest(kind=self.group.kind)
        return ClassFinder(asked, ask, self.among, history=None, by=self.by, now=self.now)

    def what_would_come(self, ask: MoveRequest) -> dict[str, Any]:
        """What becomes of each who takes part, whether the place can be had, and what the first would be told."""
        holding = self.shown.holding
        if not holding:
            return {}
        coming = coming_along(holding, ask, now=self.now)
        who = next((one for one in self.among.people if one.pk == ask.practitioner_id), self.group.practitioner)
        room = next((one for one in self.among.rooms if one.pk == ask.room_id), self.group.room)
        first = next((one for one in coming if not one.why_not), coming[0])
        place = place_of_class(self.group, first.visit, ask)
        kind = KINDS[self.group.kind]
        standing = standing_of(place, kind, who, room, excluding=first.visit.pk, by=self.by, now=self.now)
        first.proposal.visit.practitioner, first.proposal.visit.room = who, room
        return {
            "coming": coming,
            "staying": [one for one in coming if one.why_not],
            "standing": standing,
            "first": first,
            "told": telling(first.proposal, by=self.by, now=self.now),
            "to": {"start_at": ask.start, "practitioner": who, "room": room},
        }


def _ask(form: MoveClassForm, group: GroupVisit) -> MoveRequest:
    """The move that a form asks for; of what it does not say, or says wrongly, the class's own."""
    sent = form.cleaned_data if form.is_bound and (form.errors or form.is_valid()) else form.initial
    start = sent.get("moment") or group.start_at
    if not form.is_bound:
        start = datetime.combine(sent["on"], sent["at"], tzinfo=clock.zone())
    return MoveRequest(
        start=start,
        practitioner_id=int(sent.get("who") or group.practitioner_id),
        room_id=int(sent.get("where") or group.room_id),
        tell_patient=sent.get("tell") == "yes",
    )


def _chosen(request: HttpRequest, moving: MovingClass) -> HttpResponse:
    try:
        return redirect(_with_time(moving.group, ChosenTime.of(request.POST)))
    except Invalid as refusal:
        return _finder_page(request, moving, lost=refusal)


def _moved(request: HttpRequest, moving: MovingClass) -> HttpResponse:
    """Move it as it was sent; what was typed stays where that is refused."""
    form = moving.form(request.POST, Wish())
    if form.is_valid():
        with form.refusals():
            try:
                ask, version = _ask(form, moving.group), form.cleaned_data["version"]
                gone = move_class(moving.group.pk, ask, version=version, by=moving.by, now=moving.now)
            except ClassChanged:
                form.send_next_time("version", moving.shown.version)
                raise
            messages.success(request, f"The class is moved, with {counted(len(gone), 'visit')}.")
            return redirect("group-visit", moving.group.pk)
    return _shown(request, moving, form)


def _shown(request: HttpRequest, moving: MovingClass, form: MoveClassForm) -> HttpResponse:
    came = moving.what_would_come(_ask(form, moving.group))
    standing = came.get("standing")
    shows = moving.shown.shows | (standing.shows if standing else set())
    context = {"form": form, "shown": moving.shown, "group": moving.group, **came}
    return page(request, "injections/visit/classes/move.html", context, shows=shows)


def _finder_page(
    request: HttpRequest, moving: MovingClass, *, place: PlaceForm | None = None, lost: Invalid | None = None
) -> HttpResponse:
    shown = place or moving.place_form(None)
    finder = moving.finder(request.GET)
    context = {"form": finder.form, "finder": finder, "place": shown, "lost": lost, "shown": moving.shown}
    context |= {"group": moving.group, "moves_class": True}
    response = page(request, "injections/visit/classes/move_when.html", context, shows=moving.shown.shows)
    if lost is not None:
        response.status_code = 422
    return response


def _with_time(group: GroupVisit, chosen: ChosenTime) -> str:
    named = {"start": chosen.start.isoformat(), "practitioner": chosen.practitioner_id, "room": chosen.room_id}
    return f"{reverse('group-move', args=[group.pk])}?{urlencode(named)}"
