"""Finding, registering and correcting patients, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from injections.assessment.alerts import alerts_about
from injections.booking.may import check_may_book
from injections.booking.series.read import places_among
from injections.booking.wish import Wish
from injections.facts.history import History
from injections.patient.found import found_patients, patients_named_in
from injections.patient.identity import correct_patient
from injections.patient.late_and_missed import late_and_missed
from injections.patient.recent import recently_opened
from injections.patient.record import patient_record, shown_of_record
from pht_clinic import clock
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import is_part, page
from scheduling.audit.read import activity_about, page_of_entries, place_after
from scheduling.messages.fate import how_reached, instead_of_email, is_phoned
from scheduling.models import Patient
from scheduling.patients.death import check_may_record_death
from scheduling.patients.forms import NOT_STORED, PatientForm, SearchForm
from scheduling.patients.identity import LikelyDuplicate, NewPatient, find_patient, register_patient
from scheduling.patients.identity_checks import MixedScripts, NumberTaken
from scheduling.patients.other_records import merged_into, undecided_about
from scheduling.patients.restricted import may_see_restricted
from scheduling.patients.search import search_patients


@permitted("read-patients")
def search_page(request: HttpRequest) -> HttpResponse:
    """Find a patient; the search is a POST so that no name ever stands in an address. Before it stand those whom this
    person opened last.
    """
    recent = recently_opened(by=actor_of(request.user), now=clock.now()) if request.method == "GET" else []
    context = {"recent": recent}
    return find(request, "injections/patient/find/search.html", context, shows=[one.pk for one in recent])


@permitted("book")
def booking_start(request: HttpRequest) -> HttpResponse:
    """Step 1 of a booking: whose. A time picked in the calendar comes along."""
    return find(request, "injections/booking/start.html", {"wish": Wish.of(request.GET), "step": 1})


def find(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    besides: Patient | None = None,
    shows: Iterable[int] = (),
) -> HttpResponse:
    """A search form and what it finds; not the patient for whom another is looked for, whose page it is.

    `shows` are patients whom the page shows besides. What was typed into the header of a page opens the only one found.
    """
    from_header = request.POST.get("find")
    form = SearchForm(request.POST or None if from_header is None else {"text": from_header})
    found, is_cut = None, False
    if request.method == "POST" and form.is_valid():
        now = clock.now()
        searched = search_patients(
            form.cleaned_data["text"],
            today=clock.local_date(now),
            restricted_too=may_see_restricted(actor_of(request.user)),
        )
        is_cut = searched.is_cut
        found = [one for one in found_patients(searched, now=now) if one.patient != besides]
    if from_header is not None and found and len(found) == 1:
        return redirect("patient", patient_id=found[0].patient.pk)
    if is_part(request):
        template = "injections/patient/find/_results.html"
    shown = [*shows, *(pk for one in found or () for pk in one.shown), *([besides.pk] if besides else ())]
    return page(request, template, {**context, "form": form, "found": found, "is_cut": is_cut}, shows=shown)


@permitted("register-patient")
def register_page(request: HttpRequest) -> HttpResponse:
    """A new patient; whoever is much alike is shown first, and "register all the same" passes that."""
    form = PatientForm(request.POST or None)
    question: Conflict | None = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                passed = {name: form.cleaned_data[name] for name in NOT_STORED}
                new = NewPatient(**form.identity(form.cleaned_data))
                patient = register_patient(new, **passed, by=actor_of(request.user), now=clock.now())
            except (LikelyDuplicate, NumberTaken, MixedScripts) as refusal:
                question = refusal
                raise
            messages.success(request, f"{patient} is registered.")
            return redirect(_after_registering(request, patient.pk))
    context = {"form": form, "wish": Wish.of(request.GET), **_asked(question)}
    return page(request, "injections/patient/register.html", context, shows=_shown_by(question))


def _asked(question: Conflict | None) -> dict[str, Any]:
    """What a page says of a refusal that a person can answer: who looks alike and why, or how a name is written."""
    alike: Any = question.extra.get("duplicates", ()) if question else ()
    rows = Patient.objects.in_bulk([int(one["patient"]) for one in alike])
    return {
        "question": question,
        "alike": [(rows[int(one["patient"])], one["because"]) for one in alike],
        "is_certain": isinstance(question, NumberTaken),
    }


def _shown_by(question: Conflict | None) -> list[int]:
    return patients_named_in(question) if question else []


def _after_registering(request: HttpRequest, patient_id: int) -> str:
    if "book" not in request.GET:
        return reverse("patient", args=[patient_id])
    return f"{reverse('booking-what', args=[patient_id])}?{Wish.of(request.GET).query}"


@permitted("read-patients")
def patient(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Everything about one patient, read by every role: a manager compares before a merge. What may be written by whom
    each button asks.
    """
    found = find_patient(patient_id)
    if found.merged_into_id is not None:
        return redirect("patient", patient_id=found.merged_into_id)
    now = clock.now()
    by = actor_of(request.user)
    recorded = patient_record(found.pk)
    alike, came_in = undecided_about(found), merged_into(found)
    letters = list(found.messages.defer("values").order_by("-due_at", "-pk"))
    context = {
        "patient": found,
        "recorded": recorded,
        "may_book": not why_not(check_may_book, found, by=by),
        "may_record_death": not why_not(check_may_record_death, found, by=by),
        "now": now,
        "coming": recorded.coming(now),
        "places": places_among(visit.appointment for visit in recorded.visits),
        "kept": late_and_missed((visit.appointment for visit in recorded.visits), now=now),
        "letters": letters[:LETTERS_AT_A_GLANCE],
        "letter_count": len(letters),
        "tasks": [one for one in letters if one.is_open_task],
        "how_reached": how_reached(found),
        "instead_of_email": instead_of_email(found),
        "is_phoned": not found.has_died and is_phoned(found),
        "entries": activity_about(found.pk)[:ENTRIES_AT_A_GLANCE],
        "alike": alike,
        "came_in": came_in,
        **shown_of_record(History(found, now), recorded, by=by),
    }
    shows = [found.pk, *(other.pk for other, _ in alike), *(one.source_id for one in came_in)]
    return page(request, "injections/patient/patient.html", context, shows=shows, opens=found.pk)


LETTERS_AT_A_GLANCE = 10
ENTRIES_AT_A_GLANCE = 5
ENTRIES_ON_A_PAGE = 50


@permitted("read-patients")
def activity(request: HttpRequest, patient_id: int) -> HttpResponse:
    """What was done about a patient, the newest first, a page at a time; who looked stands in the audit."""
    found = find_patient(patient_id)
    rows, before = activity_about(found.pk), request.GET.get("before", "")
    entries, more = page_of_entries(rows, before=before, size=ENTRIES_ON_A_PAGE)
    context = {
        "patient": found,
        "entries": entries,
        "older": place_after(entries[-1]) if more else None,
        **alerts_about(found.kept_id, by=actor_of(request.user), now=clock.now()),
    }
    return page(request, "injections/patient/activity.html", context, shows=[found.pk])


@permitted("correct-patient")
def correct(request: HttpRequest, patient_id: int) -> HttpResponse:
    """Change identity or contact; open bookings are judged again, queued emails get the new address."""
    found = find_patient(patient_id)
    form = PatientForm(request.POST or None, row=found)
    question: Conflict | None = None
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            try:
                passed = {"confirm_spelling": form.cleaned_data["confirm_spelling"], "revision": form.read_revision}
                changes = form.identity(form.cleaned_data)
                correct_patient(found.pk, changes=changes, **passed, by=actor_of(request.user), now=clock.now())
            except (NumberTaken, MixedScripts) as refusal:
                question = refusal
                raise
            messages.success(request, "The details are changed.")
            return redirect("patient", patient_id=found.pk)
    context = {"form": form, "patient": found, **_asked(question)}
    context |= alerts_about(found.kept_id, by=actor_of(request.user), now=clock.now())
    shows = [found.pk, *_shown_by(question)]
    return page(request, "injections/patient/correct.html", context, shows=shows)
