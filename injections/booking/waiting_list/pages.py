"""The waiting list: free times with who waits for one, what is on offer, and everybody who waits."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about
from injections.booking.finder import code_of
from injections.booking.finder_forms import ChosenTime
from injections.booking.waiting_list.fill import fill
from injections.booking.waiting_list.fitting import FreeTime, WaitingRoom
from injections.booking.waiting_list.forms import TakeOffForm, WishForm
from injections.booking.waiting_list.offer import accept, decline, make_offer, open_offers, take_back, would_offer
from injections.booking.waiting_list.terms import check_may_offer, is_written_to
from injections.booking.waiting_list.wishes import change, check_may_put_on, coming_visits, lapsed, put_on, take_off
from injections.booking.wish import Wish
from injections.models import WaitingWish
from pht_clinic import clock
from pht_clinic.errors import Invalid, Refusal, why_not
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, page, part_of
from scheduling.diary.read import the, who_and_where
from scheduling.messages import desk
from scheduling.messages.fate import fate_of, fate_of_news
from scheduling.models import Appointment, Practitioner
from scheduling.patients.identity import find_patient

FREE_TIMES = 3
FREE_WITHIN = timedelta(weeks=2)
"""Of the free times that somebody waits for Home shows the first few; the list has all."""


@dataclass(frozen=True, slots=True)
class Waiter:
    """Somebody who fits a free time: whether they are written to, why it cannot be offered to them, "" where it can,
    and whether it is their turn.
    """

    wish: WaitingWish
    is_written_to: bool
    why_not: str
    is_next: bool


@dataclass(frozen=True, slots=True)
class ShownTime:
    """A free time with who waits for it; `code` is what its buttons send."""

    time: FreeTime
    who: tuple[Waiter, ...]

    @property
    def code(self) -> str:
        return code_of(self.time.slot)


def shown_times(times: Iterable[FreeTime], room: WaitingRoom, *, by: Actor) -> list[ShownTime]:
    """These free times with what can be done for each who waits; none of them asks the database."""
    return [ShownTime(time, _waiters(time, room, by=by)) for time in times]


def _waiters(time: FreeTime, room: WaitingRoom, *, by: Actor) -> tuple[Waiter, ...]:
    """In order of waiting; the offer is the first one's of those who are written to and have none, and may be made to
    those before them who are phoned.
    """
    found, has_next = [], False
    for wish in time.who:
        is_written, why = is_written_to(wish), why_not(check_may_offer, wish, time.slot.start, by=by, now=room.now)
        if not why and room.open_offer(wish) is not None:
            why = "They are already being offered a time."
        found.append(Waiter(wish, is_written, why, not why and not has_next))
        has_next = has_next or (is_written and not why)
    return tuple(found)


def those_shown(times: Iterable[ShownTime]) -> set[int]:
    """The patients whom these show."""
    return {one.wish.patient.kept_id for time in times for one in time.who}


@permitted("keep-waiting-list")
def waiting_list(request: HttpRequest) -> HttpResponse:
    """What is free for whom, what is on offer, and who waits, in order of waiting."""
    now, by = clock.now(), actor_of(request.user)
    room = WaitingRoom(now=now)
    listed = part_of(request, room.free_times(), named="times")
    times = shown_times(listed, room, by=by)
    offers = list(open_offers())
    wishes = part_of(request, room.wishes)
    over = part_of(request, lapsed(on=clock.local_date(now)), named="over")
    context = {"times": times, "times_page": listed, "offers": offers, "page_obj": wishes, "over": over, "now": now}
    shows = those_shown(times) | {one.wish.patient.kept_id for one in offers}
    shows |= {wish.patient.kept_id for wish in (*wishes, *over)}
    return page(request, "injections/waiting_list/list.html", context, shows=shows)


@permitted("keep-waiting-list")
def free_page(request: HttpRequest) -> HttpResponse:
    """A part of Home, asked for by itself: the first of the next weeks' free times that somebody waits for."""
    now, by = clock.now(), actor_of(request.user)
    room = WaitingRoom(until_on=clock.local_date(now + FREE_WITHIN), now=now)
    times = shown_times(room.free_times()[:FREE_TIMES], room, by=by)
    return page(request, "injections/waiting_list/_free.html", {"times": times}, shows=those_shown(times))


@permitted("keep-waiting-list")
def add_page(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Put a patient on the list; what is known of the visit comes along in the address."""
    patient, by, now = find_patient(patient_id), actor_of(request.user), clock.now()
    check_may_put_on(patient, by=by)
    people, _ = who_and_where()
    form = WishForm(
        form_data(request), people=people, coming=list(coming_visits(patient.pk, now=now)), initial=_asked(request)
    )
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            put_on(form.new_wish(patient.pk), by=by, now=now)
            messages.success(request, f"{patient} is on the waiting list.")
            return redirect("waiting-list")
    context = {"form": form, "patient": patient, **alerts_about(patient.pk, by=by, now=now)}
    return page(request, "injections/waiting_list/add.html", context, shows=[patient.pk])


@permitted("keep-waiting-list")
def change_page(request: HttpRequest, wish_id: int) -> HttpResponse:
    """Change what somebody waits for; they keep their place on the list."""
    found, by, now = _wish(wish_id), actor_of(request.user), clock.now()
    patient = found.patient.kept
    people, _ = who_and_where()
    coming = list(coming_visits(patient.pk, now=now))
    form = WishForm(form_data(request), people=people, coming=coming, row=found)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            change(found.pk, form.said(), revision=form.read_revision, by=by, now=now)
            messages.success(request, f"Changed. {patient} keeps their place on the waiting list.")
            return redirect("waiting-list")
    context = {"form": form, "wish": found, "patient": patient, **alerts_about(patient.pk, by=by, now=now)}
    return page(request, "injections/waiting_list/change.html", context, shows=[patient.pk])


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address says of it: the visit, and which one it would take the place of."""
    wish, later = Wish.of(request.GET), request.GET.get("replaces", "")
    what = {name: getattr(wish, name) for name in ("kind", "site", "side", "second", "third")}
    return {**what, "replaces": later if later.isdecimal() else "", "who": wish.practitioner}


@permitted("keep-waiting-list")
def off_page(request: HttpRequest, wish_id: int) -> HttpResponse:
    """Take somebody off the list, with a reason."""
    found, by, now = _wish(wish_id), actor_of(request.user), clock.now()
    form = TakeOffForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            take_off(found.pk, reason=form.cleaned_data["reason"], by=by, now=now)
            messages.success(request, f"{found.patient.kept} is off the waiting list.")
            return redirect("waiting-list")
    context = {"form": form, "wish": found, "patient": found.patient.kept}
    context |= alerts_about(found.patient.kept_id, by=by, now=now)
    return page(request, "injections/waiting_list/off.html", context, shows=[found.patient.kept_id])


@require_POST
@permitted("keep-waiting-list")
def book_page(request: HttpRequest, wish_id: int) -> HttpResponseBase:
    """Book the time for them, or move their visit there, and tell them: one click."""
    now, by, made = clock.now(), actor_of(request.user), list[Appointment]()
    found = _wish(wish_id)

    def deed() -> None:
        made.append(fill(found.pk, ChosenTime.of(request.POST), by=by, now=now))

    def said() -> str:
        return f"Booked. {fate_of_news(made[0].pk, now=now)}"

    response = act(request, deed, said=said, back=reverse("waiting-list"))
    return redirect("appointment", made[0].pk) if made else response


@permitted("keep-waiting-list")
def offer_page(request: HttpRequest, wish_id: int) -> HttpResponse:
    """What the patient would be written to, and until when the time would be theirs; then it is held and sent."""
    found, by, now = _wish(wish_id), actor_of(request.user), clock.now()
    sent = request.POST if request.method == "POST" else request.GET
    refused: Refusal | None = None
    context: dict[str, Any] = {"wish": found, "patient": found.patient.kept}
    try:
        chosen = ChosenTime.of(sent)
        if request.method == "POST":
            offer = make_offer(found.pk, chosen, by=by, now=now)
            until = f"{offer.expires_at.astimezone(clock.zone()):%H:%M}"
            messages.success(request, f"Offered. The time is held for {found.patient.kept} until {until}.")
            return redirect("waiting-list")
        would_be, row = would_offer(found, chosen, by=by, now=now)
        if row is not None:
            context |= {"letter": desk.preview(row), "fate": fate_of(row, status="", now=now)}
        context |= {"time": sent["time"], "chosen": chosen, "would_be": would_be}
        context["who"] = Practitioner.objects.filter(pk=chosen.practitioner_id).first()
    except Refusal as refusal:
        refused = refusal
    context |= {"refused": refused, **alerts_about(found.patient.kept_id, by=by, now=now)}
    response = page(request, "injections/waiting_list/offer.html", context, shows=[found.patient.kept_id])
    if refused is not None:
        response.status_code = 422 if isinstance(refused, Invalid) else 409
    return response


@require_POST
@permitted("keep-waiting-list")
def offer_answer_page(request: HttpRequest, offer_id: int) -> HttpResponseBase:
    """What the patient said on the phone to what they are offered; or it is taken back."""
    by, now, intent = actor_of(request.user), clock.now(), request.POST.get("intent", "")
    back = reverse("waiting-list")
    if intent == "accept":
        return act(request, partial(accept, offer_id, by=by, now=now), said=_ACCEPTED, back=back)
    deed, said = (decline, _DECLINED) if intent == "decline" else (take_back, _TAKEN_BACK)
    return act(request, partial(deed, offer_id, by=by, now=now), said=said, back=back)


_ACCEPTED = "Booked: the patient accepts the offer."
_DECLINED = "The patient does not want this time. It is free again, and they stay on the list."
_TAKEN_BACK = "The offer is withdrawn. The time is free again."


def _wish(wish_id: int) -> WaitingWish:
    rows = WaitingWish.objects.select_related("patient__merged_into", "practitioner", "replaces")
    return the(rows, wish_id)


def waiting_for(visit: Appointment, *, by: Actor, now: datetime) -> list[ShownTime]:
    """Of a visit that left its place before it began: who waits for that time. At most seven queries."""
    room = WaitingRoom(until_on=clock.local_date(visit.start_at), now=now)
    return shown_times(room.at(visit), room, by=by)
