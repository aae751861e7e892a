"""The page that moves a visit: free times first, then the one chosen, held, beside the one it leaves, and the email."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse

from injections.assessment.alerts import alerts_on_page
from injections.assessment.visits import find_appointment
from injections.booking.change_pages import UNDO, back_to_visit, said_at_the_visit
from injections.booking.finder_forms import ChosenTime
from injections.booking.finder_on_page import Among, Finder
from injections.booking.forms import MoveForm, PlaceForm
from injections.booking.holds.hold import give_back, hold_to_move
from injections.booking.may import check_may_move
from injections.booking.move import MoveRequest, move, place_of_move
from injections.booking.preview import telling
from injections.booking.propose import propose_move
from injections.booking.request import BookingRequest
from injections.booking.taken import standing_of
from injections.booking.wish import Wish
from injections.facts.history import History, history_to_show
from injections.models import Assessment
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid, Refusal, why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import is_part, page
from pht_clinic.web.viewing import note_viewed
from scheduling.diary.read import who_and_where
from scheduling.messages.fate import fate_of_news
from scheduling.models import Appointment


@permitted("move")
def move_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """To another time, person or room; judged afresh, and refused with its reasons where it is blocked."""
    found = find_appointment(appointment_id)
    now, by = clock.now(), actor_of(request.user)
    if request.method == "GET" and not is_part(request) and (why := why_not(check_may_move, found, by=by, now=now)):
        return said_at_the_visit(request, found, why)
    looking = Looking(found, Among(*who_and_where(kind=found.kind)), history_to_show(found.patient_id, now=now), by)
    if is_part(request):
        return _part(request, looking)
    if request.method == "POST" and request.POST.get("intent") == "give-back":
        return _given_back(request, found, by=by, now=now)
    if request.method == "POST" and "time" in request.POST:
        return _hold(request, looking)
    return _moved(request, looking) if request.method == "POST" else _shown(request, looking)


class Looking:
    """One look at a visit that may move: among whom and where, what is known of its patient, and who looks."""

    def __init__(self, visit: Appointment, among: Among, history: History, by: Actor) -> None:
        self.visit, self.among, self.history, self.by, self.now = visit, among, history, by, history.now

    def form(self, data: QueryDict | None, chosen: Wish | None = None) -> MoveForm:
        """The move, opened with the time chosen or else with the present one."""
        start = (chosen and chosen.start_at) or self.visit.start_at
        local = start.astimezone(clock.zone())
        initial = {
            "on": local.date(),
            "at": local.time(),
            "who": (chosen and chosen.practitioner) or self.visit.practitioner_id,
            "where": (chosen and chosen.room) or self.visit.room_id,
            "revision": self.visit.revision,
        }
        return MoveForm(data, initial=initial, people=self.among.people, rooms=self.among.rooms)

    def place_form(self, data: QueryDict | None) -> PlaceForm:
        """A time of one's own, with the same person unless somebody says otherwise."""
        same = {"who": self.visit.practitioner_id}
        among = self.among
        return PlaceForm(data, initial=same, people=among.people, rooms=among.rooms, auto_id="place_%s")

    def finder(self, asked: QueryDict) -> Finder:
        """Free times for it; with the same person, until somebody says otherwise."""
        people = {one.pk for one in self.among.people}
        if "who" not in asked and self.visit.practitioner_id in people:
            asked = asked.copy()
            asked["who"] = str(self.visit.practitioner_id)
        kind = KINDS[self.visit.kind]
        wanted = self.visit.injection_request.wanted if kind.injects else ()
        ask = BookingRequest(kind=kind.code, patient_id=self.history.patient.pk, injections=wanted)
        moving = self.visit.pk
        return Finder(asked, ask, self.among, history=self.history, moving=moving, by=self.by, now=self.now)

    def what_would_come(self, ask: MoveRequest) -> dict[str, Any]:
        """The verdict there, what the patient would be told, and whether the place can be had."""
        place = place_of_move(self.visit, ask)
        proposal = propose_move(
            self.visit,
            start=ask.start,
            practitioner_id=place.practitioner_id,
            room_id=place.room_id,
            history=self.history,
            now=self.now,
        )
        people = {one.pk: one for one in (*self.among.people, self.visit.practitioner)}
        rooms = {one.pk: one for one in (*self.among.rooms, self.visit.room)}
        who, room = people.get(place.practitioner_id), rooms.get(place.room_id)
        told: dict[str, Any] = {"proposal": proposal, "judged": proposal.judged and proposal.judged.judgement}
        if who is not None and room is not None:
            proposal.visit.practitioner, proposal.visit.room = who, room
            kind, visit = KINDS[self.visit.kind], self.visit
            told["standing"] = standing_of(place, kind, who, room, excluding=visit.pk, by=self.by, now=self.now)
            told["told"] = telling(proposal, by=self.by, now=self.now)
        return told

    def context(self, **values: Any) -> dict[str, Any]:
        return {"appointment": self.visit, **alerts_on_page(self.history, by=self.by), **values}


def _part(request: HttpRequest, looking: Looking) -> HttpResponse:
    """What a choice in one of the two forms changes: the email of the move, or the times found."""
    note_viewed(request, patients=[looking.visit.patient_id])
    if "at" in request.GET:
        form = looking.form(request.GET)
        return render(request, "injections/booking/_move_told.html", looking.what_would_come(_ask(form, looking.visit)))
    template = "_days" if "more" in request.GET else "_times"
    return render(request, f"injections/booking/{template}.html", {"finder": looking.finder(request.GET)})


def _shown(request: HttpRequest, looking: Looking) -> HttpResponse:
    """The time chosen, if the address names one; else free times."""
    chosen = Wish.of({**request.GET.dict(), "kind": looking.visit.kind})
    if chosen.says_when:
        form = looking.form(None, chosen)
        return _chosen_page(request, looking, form, looking.what_would_come(_ask(form, looking.visit)))
    place = looking.place_form(request.GET if "at" in request.GET else None)
    if place.is_bound and place.is_valid():
        return redirect(_with_time(looking.visit, _chosen_of(place, looking.visit)))
    return _finder_page(request, looking, place=place)


def _finder_page(
    request: HttpRequest, looking: Looking, *, place: PlaceForm | None = None, lost: Refusal | None = None
) -> HttpResponse:
    shown = place or looking.place_form(None)
    finder = looking.finder(request.GET)
    context = looking.context(form=finder.form, finder=finder, place=shown, lost=lost)
    response = page(request, "injections/booking/move.html", context, shows=[looking.visit.patient_id])
    if lost is not None:
        response.status_code = 409 if isinstance(lost, Conflict) else 422
    return response


def _chosen_page(
    request: HttpRequest, looking: Looking, form: MoveForm, came: dict[str, Any], refused: Assessment | None = None
) -> HttpResponse:
    """The move as it would be; where the time cannot be had, with other times from that day on."""
    standing = came.get("standing")
    finder = None
    if form.errors or refused or standing is None or not standing.is_free:
        finder = looking.finder(_from_the_day(form))
    shows = {looking.visit.patient_id, *(standing.shows if standing else ())}
    context = looking.context(form=form, refused=refused, finder=finder, is_chosen=True, **came)
    return page(request, "injections/booking/move.html", context, shows=shows)


def _moved(request: HttpRequest, looking: Looking) -> HttpResponse:
    """Move it as it was sent; what was typed stays where that is refused."""
    form, visit = looking.form(request.POST), looking.visit
    refused = None
    if form.is_valid():
        with form.refusals():
            revision = form.cleaned_data["revision"]
            outcome = move(visit.pk, _ask(form, visit), revision=revision, by=looking.by, now=looking.now)
            if not outcome.refused:
                told = fate_of_news(visit.pk, now=looking.now)
                return back_to_visit(request, visit.pk, f"Moved. {told} {UNDO}")
            refused = outcome.assessment
    return _chosen_page(request, looking, form, looking.what_would_come(_ask(form, visit)), refused)


def _hold(request: HttpRequest, looking: Looking) -> HttpResponse:
    """Hold the time of the button that was pressed, and show the move to it."""
    visit = looking.visit
    try:
        chosen = ChosenTime.of(request.POST)
        ask = MoveRequest(start=chosen.start, practitioner_id=chosen.practitioner_id, room_id=chosen.room_id)
        hold_to_move(visit.pk, ask, by=looking.by, now=looking.now)
    except (Conflict, Invalid) as refusal:
        return _finder_page(request, looking, lost=refusal)
    return redirect(_with_time(visit, chosen))


def _given_back(request: HttpRequest, visit: Appointment, *, by: Actor, now: datetime) -> HttpResponse:
    if give_back(visit.patient_id, by=by, now=now):
        messages.success(request, "The time is released. Others can book it again.")
    return redirect("appointment-move", visit.pk)


def _ask(form: MoveForm, visit: Appointment) -> MoveRequest:
    """The move that a form asks for; of what it does not say, or says wrongly, the visit's own."""
    sent = form.cleaned_data if form.errors or form.is_valid() else form.initial
    start = sent.get("moment")
    if start is None:
        start = visit.start_at
        if not form.is_bound:
            start = datetime.combine(sent["on"], sent["at"], tzinfo=clock.zone())
    return MoveRequest(
        start=start,
        practitioner_id=int(sent.get("who") or visit.practitioner_id),
        room_id=int(sent["where"]) if sent.get("where") else None,
        override_reason=sent.get("override_reason") or "",
        tell_patient=sent.get("tell") == "yes",
    )


def _chosen_of(place: PlaceForm, visit: Appointment) -> ChosenTime:
    sent = place.cleaned_data
    return ChosenTime(sent["moment"], int(sent["who"]), int(sent["where"] or visit.room_id))


def _with_time(visit: Appointment, chosen: ChosenTime) -> str:
    named = {"start": chosen.start.isoformat(), "practitioner": chosen.practitioner_id, "room": chosen.room_id}
    return f"{reverse('appointment-move', args=[visit.pk])}?{urlencode(named)}"


def _from_the_day(form: MoveForm) -> QueryDict:
    """What the finder is asked for beside a time that cannot be had: times from its day on, with whomever."""
    asked = QueryDict(mutable=True)
    day = (form.cleaned_data if form.is_bound else form.initial).get("on")
    if day is not None:
        asked["from_on"] = max(day, clock.today()).isoformat()
    asked["who"] = ""
    return asked
