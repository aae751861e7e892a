"""The pages that move or cancel the visits of a series that are still to come: all, or those from one of them on."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from injections.assessment.alerts import alerts_about, alerts_on_page
from injections.booking.change_pages import UNDO
from injections.booking.preview import telling_together
from injections.booking.series.change import (
    ChangePlaces,
    SeriesMove,
    cancel_series,
    in_turn,
    move_series,
    propose_series_cancel,
    propose_series_move,
)
from injections.booking.series.change_forms import CancelSeriesForm, MoveDatesForm, MoveRuleForm, revisions_of, seen_of
from injections.booking.series.dates import Dates
from injections.booking.series.forms import LEAVE
from injections.booking.series.read import WholeSeries, find_series
from injections.booking.series.rest import NothingToCome
from injections.booking.series.standing import SeriesLook
from injections.facts.history import history_to_show
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Conflict
from pht_clinic.people.actors import Actor, actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, is_part, page
from pht_clinic.web.viewing import note_viewed
from scheduling.diary.read import who_and_where
from scheduling.diary.why_cancelled import BY_KEY, PATIENT
from scheduling.messages import together
from scheduling.messages.fate import fate_of_series
from scheduling.messages.words import counted
from scheduling.models import Appointment

STAY = "Leave this visit where it is"


@permitted("cancel")
def cancel_page(request: HttpRequest, series_id: int) -> HttpResponse:
    """Who and why, and whether the patient is told, with the one message to look at."""
    found, visits = _found(request, series_id)
    now, by = clock.now(), actor_of(request.user)
    if not visits:
        return _nothing_to_come(request, series_id)
    form = CancelSeriesForm(form_data(request), initial={"visits_seen": seen_of(visits)})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            is_told = form.cleaned_data["tell"] == "yes"
            gone = cancel_series(series_id, form.revisions, form.why, tell_patient=is_told, by=by, now=now)
            said = f"{counted(len(gone), 'visit')} cancelled. {fate_of_series(series_id, now=now)} {UNDO}"
            return act(request, lambda: None, said=said, back=reverse("visit-series", args=[series_id]))
    code = (request.GET if is_part(request) else request.POST).get("reason_code", "")
    sides = [BY_KEY[code].by == PATIENT] if code in BY_KEY else [True, False]
    gone_then = propose_series_cancel(visits)
    told = [(side, telling_together(together.CHANGED, gone_then, by_patient=side, by=by, now=now)) for side in sides]
    if is_part(request):
        note_viewed(request, patients=[found.patient.pk])
        return render(request, "injections/booking/_cancel_told.html", {"told": told})
    context = {"form": form, "series": found, "patient": found.patient, "visits": visits, "told": told}
    context |= alerts_about(found.patient.pk, by=by, now=now)
    return page(request, "injections/series/cancel.html", context, shows=[found.patient.pk])


@permitted("move")
def move_page(request: HttpRequest, series_id: int) -> HttpResponse:
    """Where the first of them goes stands in the address; what becomes of each is sent with the form."""
    found, visits = _found(request, series_id)
    if not visits:
        return _nothing_to_come(request, series_id)
    by, history = actor_of(request.user), history_to_show(found.patient.pk, now=clock.now())
    people, rooms = who_and_where(kind=found.series.kind)
    asked = request.GET if "on" in request.GET else None
    first = visits[0]
    local = first.start_at.astimezone(clock.zone())
    same = {"on": local.date(), "at": local.time(), "who": first.practitioner_id}
    rule = MoveRuleForm(asked, initial=same, people=people, rooms=rooms)
    context = {"series": found, "patient": history.patient, "visits": visits, "rule": rule}
    context |= alerts_on_page(history, by=by)
    if not rule.is_valid():
        return page(request, "injections/series/move_rule.html", {**context, "form": rule}, shows=[history.patient.pk])
    look = SeriesLook(
        KINDS[found.series.kind],
        history,
        {one.pk: one for one in people},
        {one.pk: one for one in rooms},
        moving=_moving(request, visits),
    )
    return _moved(request, found, visits, rule, look, context)


def _moved(
    request: HttpRequest,
    found: WholeSeries,
    visits: list[Appointment],
    rule: MoveRuleForm,
    look: SeriesLook,
    context: dict[str, Any],
) -> HttpResponse:
    by, now = actor_of(request.user), look.history.now

    def dates() -> Dates:
        return Dates(rule.spots(visits), look, form_data(request), keep=STAY, by=by, form=MoveDatesForm)

    shown, lost = dates(), None
    if request.POST.get("intent") == "book" and shown.were_seen:
        try:
            ask = _ask(shown, visits)
            moved = move_series(found.series.pk, ask, by=by, now=now)
        except Conflict as refusal:
            lost, shown = refusal, dates()
        else:
            told = fate_of_series(found.series.pk, now=now)
            messages.success(request, f"{counted(len(moved), 'visit')} moved. {told} {UNDO}")
            return redirect("visit-series", series_id=found.series.pk)
    context |= {"form": shown.form, "dates": shown, "lost": lost, "visits_seen": seen_of(visits)}
    context["leaves_by"] = dict(enumerate(visits, start=1))
    context |= _what_would_come(shown, visits, by=by)
    response = page(request, "injections/series/move.html", context, shows={look.history.patient.pk, *shown.shows})
    if lost is not None:
        response.status_code = 409
    return response


def _moving(request: HttpRequest, visits: list[Appointment]) -> tuple[int, ...]:
    """Those that leave their places: all but those that were chosen to stay."""
    return tuple(one.pk for number, one in enumerate(visits, start=1) if request.POST.get(f"visit_{number}") != LEAVE)


def _ask(dates: Dates, visits: list[Appointment]) -> SeriesMove:
    sent = dates.form.cleaned_data
    to = {visits[number - 1].pk: spot for number, spot in dates.chosen.items()}
    seen = revisions_of(sent.get("visits_seen") or "")
    return SeriesMove(to, {pk: seen.get(pk, 0) for pk in to}, tell_patient=sent["tell"] == "yes")


def _what_would_come(dates: Dates, visits: list[Appointment], *, by: Actor) -> dict[str, Any]:
    """What the patient would be told of the times as they are chosen now; nothing while some are not to be had."""
    if not dates.spots:
        return {}
    to = {visits[number - 1].pk: spot for number, spot in dates.chosen.items()}
    leaving = [visit for visit in visits if visit.pk in to]
    try:
        proposals = [propose_series_move(visit, to, dates.looking) for visit in in_turn(leaving, to, dates.looking)]
    except ChangePlaces as refusal:
        dates.form.add_error(None, refusal.sentence)
        return {}
    return {"told": telling_together(together.CHANGED, proposals, by=by, now=dates.now), "leaving": leaving}


def _found(request: HttpRequest, series_id: int) -> tuple[WholeSeries, list[Appointment]]:
    """The series, and those of its visits to come that the address is about."""
    found = find_series(series_id)
    since = request.GET.get("since", "")
    pk = int(since) if since.isascii() and since.isdecimal() and len(since) <= 18 else None
    return found, found.to_come(now=clock.now(), since=pk)


def _nothing_to_come(request: HttpRequest, series_id: int) -> HttpResponse:
    messages.error(request, NothingToCome.sentence)
    return redirect("visit-series", series_id=series_id)
