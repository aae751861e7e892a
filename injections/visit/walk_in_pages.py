"""The pages of those who came without an appointment: here now, and entered afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_on_page
from injections.booking.book import BookingOutcome
from injections.booking.finder_on_page import Among
from injections.booking.may import check_may_book
from injections.booking.propose import propose_booking
from injections.booking.request import BookingRequest, check_request
from injections.booking.steps import Time, other_times
from injections.booking.taken import already_booked
from injections.booking.wish import HERE_NOW, LATE, Wish
from injections.facts.history import History, history_to_show
from injections.models import WaitingFor
from injections.safety.findings import Verdict
from injections.visit.walk_in import enter_late, starts_now, walk_in
from injections.visit.walk_in_forms import HereNowForm, LateForm
from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.pages.showing import form_data, page
from scheduling.availability.sessions import open_at
from scheduling.diary.read import who_and_where
from scheduling.states import Status


@permitted("book")
def here_now(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Book somebody who is here for the present time and mark them as arrived, or send it for review."""
    looking = _Here(request, patient_id, HERE_NOW)
    if not looking.wish.says_what:
        return redirect(looking.what_url)
    people, rooms = who_and_where(kind=looking.wish.kind)
    open_now = open_at(looking.now, among=people)
    form = HereNowForm(form_data(request), initial={"who": next(iter(open_now), "")}, people=people, rooms=rooms)
    start, refused = starts_now(looking.now), None
    is_fine = form.is_valid()
    if request.method == "POST" and is_fine:
        with form.refusals():
            outcome = walk_in(looking.ask(form, start), by=looking.by, now=looking.now)
            if outcome.appointment is not None:
                return _gone(request, outcome, _said(outcome))
            refused = outcome.assessment
    who = (form.cleaned_data.get("who") if form.is_bound else form.initial["who"]) or 0
    ask = looking.ask(form, start, practitioner_id=int(who))
    proposal = propose_booking(
        ask, check_request(ask), patient=looking.history.patient, room_id=None, history=looking.history, now=looking.now
    )
    is_lost = bool(form.errors) and not proposal.needs_override
    judged = proposal.judged.judgement if proposal.judged else None
    context = {
        "start": start,
        "closed": not open_now,
        "others": looking.others(ask, Among(people, rooms)) if is_lost else [],
        "proposal": proposal,
        "judged": judged,
        "refused": refused,
        "already": already_booked(looking.history.patient.pk, looking.wish, judged, now=looking.now),
    }
    return looking.page("injections/visit/here_now.html", form, context)


@permitted("book")
def late_entry(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Enter a visit that took place and was not in the books."""
    looking = _Here(request, patient_id, LATE)
    if not looking.wish.says_what:
        return redirect(looking.what_url)
    people, rooms = who_and_where(kind=looking.wish.kind)
    form = LateForm(form_data(request), people=people, rooms=rooms)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            outcome = enter_late(looking.ask(form, form.cleaned_data["moment"]), by=looking.by, now=looking.now)
            return _gone(request, outcome, _late_said(outcome))
    return looking.page("injections/visit/late_entry.html", form, {})


def _late_said(outcome: BookingOutcome) -> str:
    is_blocked = outcome.assessment is not None and outcome.assessment.verdict == Verdict.BLOCKED
    stands = (
        " The safety check would not have allowed it: give the reason when you record its procedure."
        if is_blocked
        else ""
    )
    return f"Entered late. Nothing is sent about it.{stands} Now say what happened at the visit."


class _Here:
    """One look at a patient who came without an appointment: what is asked for, and by whom."""

    def __init__(self, request: HttpRequest, patient_id: int, how: str) -> None:
        self._request = request
        self.history: History = history_to_show(patient_id, now=clock.now())
        self.now, self.by = self.history.now, actor_of(request.user)
        check_may_book(self.history.patient, by=self.by)
        self.wish = replace(Wish.of(request.GET).without_time, how=how)

    @property
    def what_url(self) -> str:
        """Where it is said what the visit is."""
        return f"{reverse('booking-what', args=[self.history.patient.pk])}?{self.wish.query}"

    @property
    def when_url(self) -> str:
        """Where a time to come is looked for."""
        wish = replace(self.wish, how="")
        return f"{reverse('booking-when', args=[self.history.patient.pk])}?{wish.query}"

    def ask(self, form: ClinicForm, start: datetime, **changes: Any) -> BookingRequest:
        """What the form asks for, at this time."""
        form.is_valid()  # what can be read of it is read, also of what was typed before a session ended
        sent = form.cleaned_data if form.is_bound else {}
        asked = self.wish.ask(self.history.patient.pk)
        where = {"practitioner_id": int(sent.get("who") or 0), "room_id": int(sent.get("where") or 0) or None}
        said = {name: sent.get(name) or "" for name in ("note", "override_reason")}
        return replace(asked, start=start, **{**where, **said, **changes})

    def others(self, ask: BookingRequest, among: Among) -> list[Time]:
        """Times to come, for whoever cannot be seen now."""
        wish = replace(self.wish, how="")
        return other_times(ask, wish, among, history=self.history, by=self.by, now=self.now)

    def page(self, template: str, form: ClinicForm, context: dict[str, Any]) -> HttpResponse:
        patient = self.history.patient
        told = {
            "patient": patient,
            "wish": self.wish,
            "form": form,
            "what_url": self.what_url,
            "when_url": self.when_url,
            **context,
        }
        return page(self._request, template, {**told, **alerts_on_page(self.history, by=self.by)}, shows=[patient.pk])


def _gone(request: HttpRequest, outcome: BookingOutcome, said: str) -> HttpResponse:
    assert outcome.appointment is not None  # noqa: S101 - asked before
    messages.success(request, said)
    return redirect("appointment", outcome.appointment.pk)


def _said(outcome: BookingOutcome) -> str:
    visit, assessment = outcome.appointment, outcome.assessment
    assert visit is not None  # noqa: S101 - asked before
    if visit.status == Status.ARRIVED:
        return "Booked, and marked as arrived. Nothing is sent."
    waits = assessment.waiting_for if assessment else WaitingFor.REVIEW
    whom = "answers" if waits == WaitingFor.ANSWERS else "review by a radiologist"
    until = f"{visit.decide_by.astimezone(clock.zone()):%H:%M}" if visit.decide_by else "its start"
    return f"It waits for {whom} until the clinic closes at {until}. Nothing is sent."
