"""What patients see and do behind their link. Every change is a POST with a button; looking changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.answers.alarms import always_call
from injections.answers.information import answer_information, open_question
from injections.answers.measures import goal_before
from injections.assessment.verdict import newest_assessment
from injections.booking.finder import code_of
from injections.facts.history import OPENED_BY_THE_INJECTION
from injections.letters.send import patients_copy
from injections.messages import aftercare, news
from injections.messages.aftercare_plan import question_at
from injections.messages.risks import risks
from injections.models import RecoveryAnswer, WaitingFor
from injections.patient.resembling import Resembles
from injections.patient_link import own_visit
from injections.patient_link.door import behind_the_door, show
from injections.patient_link.forms import InformationForm, PatientCancelForm, QuestionsForm, RecoveryForm
from injections.patient_link.own_times import ANOTHER, CHANGE, kept_time
from injections.patient_link.own_visit import OwnAnswers
from injections.patient_link.own_words import as_read
from injections.patient_link.recovery import Answers, answer_recovery, given_at, why_call
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.people.actors import PATIENT
from pht_clinic.web.pages.showing import form_data
from scheduling.availability.slots import Slot
from scheduling.messages import render
from scheduling.models import Appointment
from scheduling.patients.link import Link
from scheduling.states import Status, WrongState


@behind_the_door("GET")
def visit(request: HttpRequest, link: Link) -> HttpResponse:
    """The appointment as it stands, and what the patient can do about it."""
    now = clock.now()
    appointment = link.appointment
    name = _page_of(appointment, now=now)
    injects = KINDS[appointment.kind].injects
    others = own_visit.others_to_come(link, now=now)
    context: dict[str, object] = {
        "may_change": CHANGE.is_open(appointment, now=now),
        "others": others,
        "may_cancel": own_visit.may_cancel(appointment, now=now),
        "notice_hours": settings.PATIENT_NOTICE_HOURS,
    }
    if name in ("booked", "waiting") and injects:
        context["needs_answers"] = own_visit.needs_answers(appointment)
        said = news.said_before(news.present_answers(appointment)[0])
        context["before"] = (*render.content("injections/mail/_before", said), *risks())
    if name == "waiting":
        newest = newest_assessment(appointment)
        context["waits_for"] = newest.waiting_for if newest else WaitingFor.REVIEW
        context["question"] = open_question(appointment)
    if name == "after":
        context["aftercare"] = aftercare.aftercare_of(appointment, now=now)
        context["has_letter"] = patients_copy(appointment) is not None
    if name == "cancelled":
        context |= _after_cancelling(appointment, others, now=now)
    if name == "past":
        context["is_here"] = own_visit.is_here(appointment, now=now)
    if own_visit.may_have_been_treated(appointment, now=now):
        context["safety_net"] = aftercare.safety_net()
    return show(request, f"visit_{name}", link, context)


def _after_cancelling(appointment: Appointment, others: list[Appointment], *, now: datetime) -> dict[str, object]:
    """What its patient has in the place of a cancelled visit: another of its kind, a time kept for them, or neither."""
    instead = next((one for one in others if one.kind == appointment.kind), None)
    kept = None if instead else kept_time(appointment, now=now)
    return {
        "may_book_again": ANOTHER.is_open(appointment, now=now),
        "instead": instead,
        "kept": kept,
        "kept_code": code_of(Slot(kept.start_at, kept.end_at, kept.practitioner_id, kept.room_id)) if kept else "",
    }


@behind_the_door("POST")
def confirm_page(request: HttpRequest, link: Link) -> HttpResponse:
    """I am coming."""
    try:
        own_visit.confirm(link.appointment, now=clock.now())
    except WrongState as refusal:
        notices.error(request, as_read(refusal).sentence)
    return redirect("patient-link", link.token)


@behind_the_door("GET", "POST", page="cancel")
def cancel_page(request: HttpRequest, link: Link) -> HttpResponse:
    """Not coming at all."""
    now = clock.now()
    appointment = link.appointment
    if not own_visit.may_cancel(appointment, now=now):
        return show(request, "by_phone", link, status=409 if request.method == "POST" else 200)
    form = PatientCancelForm(request.POST or None, initial={"revision": appointment.revision})
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            sent = form.cleaned_data
            own_visit.cancel(appointment, reason=sent["reason"], revision=sent["revision"], now=now)
            return redirect("patient-link", link.token)
    return show(request, "cancel", link, {"form": form}, status=_status(form))


@behind_the_door("GET", page="calendar")
def calendar(request: HttpRequest, link: Link) -> HttpResponse:
    """The appointment as a file for the patient's own calendar."""
    appointment = link.appointment
    if appointment.status != Status.BOOKED:
        return show(request, "by_phone", link, status=409)
    headers = {"Content-Disposition": 'attachment; filename="appointment.ics"'}
    event = render.calendar_file(appointment, now=clock.now())
    return HttpResponse(event, content_type="text/calendar; charset=utf-8", headers=headers)


@behind_the_door("GET", "POST", page="questions")
def questions(request: HttpRequest, link: Link) -> HttpResponse:
    """The questions before an injection. A red flag is kept and answered at once, even if the rest is incomplete.

    Where a visit is about several areas they are asked about one after the other: `about` in the address says which.
    """
    now = clock.now()
    appointment = link.appointment
    if not _is_to_come(appointment, now=now):
        return show(request, "by_phone", link, status=409 if request.method == "POST" else 200)
    places = appointment.injection_request.places
    about = _about(request, len(places))
    known = news.present_answers(appointment)[about]
    form = QuestionsForm(form_data(request), initial=QuestionsForm.answers_in(known), patient=link.patient)
    alarms: frozenset[str] = frozenset()
    if request.method == "POST":
        is_complete = form.is_valid()
        with form.refusals():
            content = form.readable()
            alarms = own_visit.alarms(appointment, content)
            if is_complete:
                is_complete = _stored(form, link, content, about=about, now=now)
            if alarms and not is_complete:
                own_visit.answer(
                    appointment, link.patient.pk, OwnAnswers(screening=content, by=form.giver), about=about, now=now
                )
            if is_complete and about + 1 < len(places):
                return redirect(f"{reverse('patient-questions', args=[link.token])}?about={about + 2}")
            if is_complete:
                return redirect("patient-answered", link.token)
    context = {"form": form, "alarms": alarms, "known": known, "number": about + 1, "places": places}
    context |= {"place": places[about], "always_calls": always_call()}
    return show(request, "questions", link, context, status=_status(form))


def _stored(form: QuestionsForm, link: Link, content: Mapping[str, Any], *, about: int, now: datetime) -> bool:
    """Store all of it; False where an injection that was named may be known already: then it is asked about first."""
    said = OwnAnswers(screening=content, by=form.giver, earlier=form.told(), measure=form.measure())
    try:
        own_visit.answer(link.appointment, link.patient.pk, said, about=about, now=now)
    except Resembles as refusal:
        form.ask_whether_another(refusal.rows)
        return False
    return True


def _about(request: HttpRequest, many: int) -> int:
    """Which area of the visit the address asks about, from 0; the first unless it says one that there is."""
    said = request.GET.get("about", "")
    return int(said) - 1 if said in [str(number) for number in range(1, many + 1)] else 0


@behind_the_door("GET", "POST", page="asked")
def asked(request: HttpRequest, link: Link) -> HttpResponse:
    """What a radiologist asks, with a box for the answer and the questions to answer again."""
    now = clock.now()
    appointment = link.appointment
    question = open_question(appointment)
    if question is None and request.method == "POST":  # answered or decided on meanwhile
        return show(request, "by_phone", link, {"unsaved": request.POST.get("text", "")}, status=409)
    if question is None:
        return redirect("patient-link", link.token)
    form = InformationForm(form_data(request), asked=question, patient=link.patient)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            said = {"text": form.cleaned_data["text"], "answered_by": form.giver, "screening": form.screening()}
            try:
                answer_information(appointment.pk, **said, earlier=form.told(), by=PATIENT, now=now)
            except Resembles as refusal:
                form.ask_whether_another(refusal.rows)
            else:
                return redirect("patient-answered", link.token)
    context = {"form": form, "question": question, "always_calls": always_call()}
    return show(request, "asked", link, context, status=_status(form))


@behind_the_door("GET", page="answered")
def answered(request: HttpRequest, link: Link) -> HttpResponse:
    """Thank you for the answers; first of all whom to call, where one of them calls for it."""
    appointment = link.appointment
    known = news.present_answers(appointment) if KINDS[appointment.kind].injects else []
    newest = max((one.newest for one in known if one.newest), key=lambda one: one.row.pk, default=None)
    if newest is None and not appointment.information_answers.exists():
        return redirect("patient-link", link.token)
    own = newest is not None and newest.row.recorded_by_id is None
    alarms = own_visit.alarms(appointment, newest.row.content) if newest and own else frozenset()
    return show(request, "answered", link, {"alarms": alarms})


@behind_the_door("GET", "POST", page="recovery")
def how_it_goes(request: HttpRequest, link: Link) -> HttpResponse:
    """The question after the injection that was due last."""
    now = clock.now()
    ended_at = given_at(link.appointment)
    if ended_at is None:
        return redirect("patient-link", link.token)
    question = question_at(ended_at, now=now, zone=clock.zone())
    goal = goal_before(link.appointment)
    form = RecoveryForm(form_data(request), question=question, goal=goal, patient=link.patient)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            answer_recovery(link.appointment.pk, form.answers(), by=PATIENT, now=now)
            return redirect("patient-recovered", link.token)
    context = {"form": form, "safety_net": aftercare.safety_net()}
    return show(request, "recovery", link, context, status=_status(form))


@behind_the_door("GET", page="recovered")
def recovered(request: HttpRequest, link: Link) -> HttpResponse:
    """Thank you; the safety net first of all where the last answer calls for it. It never names what it may be."""
    row = RecoveryAnswer.objects.filter(appointment=link.appointment).order_by("-pk").first()
    if row is None:
        return redirect("patient-link", link.token)
    said = Answers(question=row.question, pain=row.pain, change=row.change, signs=tuple(row.signs))
    why = why_call(said)
    context = {"why": why, "is_urgent": why in OPENED_BY_THE_INJECTION, "safety_net": aftercare.safety_net()}
    return show(request, "recovered", link, context)


def _page_of(appointment: Appointment, *, now: datetime) -> str:
    if appointment.status == Status.FULFILLED:
        return "after" if given_at(appointment) else "past"
    if appointment.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR):
        return "cancelled"
    if appointment.status == Status.NOSHOW:
        return "missed"
    if appointment.status == Status.ARRIVED or appointment.start_at <= now:
        return "past"
    return "waiting" if appointment.status == Status.PENDING else "booked"


def _is_to_come(appointment: Appointment, *, now: datetime) -> bool:
    is_open = appointment.status in (Status.PENDING, Status.BOOKED) and appointment.start_at > now
    return is_open and KINDS[appointment.kind].injects


def _status(form: object) -> int:
    return 422 if getattr(form, "errors", None) else 200
