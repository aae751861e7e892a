"""The page of one appointment, and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from injections.assessment.alerts import alerts_about
from injections.assessment.visits import appointments, changes_of, find_appointment, injects_soon, with_assessments
from injections.booking.change_pages import back_to_visit
from injections.booking.series.read import place_of
from injections.booking.waiting_list.pages import ShownTime, those_shown, waiting_for
from injections.facts.consent import withdrawn_consent
from injections.procedure.checks import check_may_record
from injections.procedure.draft import Draft, draft_of
from injections.review.past_decisions import earlier_decisions
from injections.visit.arrival import arrive, no_show
from injections.visit.consent.withdrawal import check_may_withdraw_consent
from injections.visit.outcome import enter_in_error, fulfil
from injections.visit.targets_pages import may_add_target
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.permissions import is_permitted
from pht_clinic.web.access import permitted
from pht_clinic.web.forms.base import ReasonForm
from pht_clinic.web.pages.showing import act, page
from scheduling.diary.read import the
from scheduling.messages.fate import fate_of_news
from scheduling.messages.together import about_visit
from scheduling.models import Appointment, Message
from scheduling.patients.link import with_closed
from scheduling.states import Status


@permitted("read-diary")
def appointment_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Everything about one appointment."""
    now = clock.now()
    found = the(with_closed(appointments()), appointment_id)
    visit = with_assessments([found], with_changes=True)[0]
    decisions = earlier_decisions(found.pk)
    times = _who_waits(request, found, now=now)
    context = {
        "visit": visit,
        "free_times": times,
        "answers": decisions[0].said if decisions else (),
        "appointment": found,
        "now": now,
        "injects_soon": injects_soon(found),
        "withdrawn": withdrawn_consent(found) if injects_soon(found) else None,
        "may_withdraw": not why_not(check_may_withdraw_consent, found, by=actor_of(request.user)),
        "may_add_target": may_add_target(found, by=actor_of(request.user)),
        "changes": changes_of(found.pk),
        "decisions": decisions,
        "letters": Message.objects.filter(about_visit(found)).order_by("due_at", "pk"),
        "place": place_of(found),
        "draft": _draft(request, found, now=now),
        **alerts_about(found.patient_id, by=actor_of(request.user), now=now),
    }
    return page(request, "injections/visit/visit.html", context, shows={found.patient_id} | those_shown(times))


def _who_waits(request: HttpRequest, found: Appointment, *, now: datetime) -> list[ShownTime]:
    """Of one that left its place before it began, for those who give such a time to somebody."""
    by = actor_of(request.user)
    is_off = found.status in (Status.CANCELLED, Status.ENTERED_IN_ERROR) and found.end_at > now
    return waiting_for(found, by=by, now=now) if is_off and is_permitted("keep-waiting-list", by) else []


def _draft(request: HttpRequest, found: Appointment, *, now: datetime) -> Draft | None:
    """The procedure that somebody began here and paused, for radiologists."""
    by = actor_of(request.user)
    return None if why_not(check_may_record, found, by=by, now=now) else draft_of(found.pk, by=by, now=now)


def _deed(action: str, use_case: Callable[..., object], said: str) -> Callable[..., HttpResponseBase]:
    @require_POST
    @permitted(action)
    def view(request: HttpRequest, appointment_id: int) -> HttpResponse:
        deed = partial(use_case, appointment_id, by=actor_of(request.user), now=clock.now())
        return act(request, deed, said=said, back=reverse("appointment", args=[appointment_id]))

    return view


arrive_page = _deed("arrive", arrive, "Marked as arrived.")
fulfil_page = _deed("fulfil", fulfil, "Marked as completed.")


@require_POST
@permitted("no-show")
def no_show_page(request: HttpRequest, appointment_id: int) -> HttpResponseBase:
    """The patient did not come; what they get to read of it, if anything, is said."""
    now = clock.now()
    deed = partial(no_show, appointment_id, by=actor_of(request.user), now=now)
    return act(
        request,
        deed,
        said=lambda: f"Marked as missed. {fate_of_news(appointment_id, now=now)}",
        back=reverse("appointment", args=[appointment_id]),
    )


@permitted("enter-in-error")
def enter_in_error_page(request: HttpRequest, appointment_id: int) -> HttpResponse:
    """Take an appointment out of the diary as a mistake."""
    found = find_appointment(appointment_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            enter_in_error(found.pk, reason=form.cleaned_data["reason"], by=actor_of(request.user), now=clock.now())
            return back_to_visit(request, found.pk, "Marked as entered in error.")
    context = {"form": form, "appointment": found}
    context |= alerts_about(found.patient_id, by=actor_of(request.user), now=clock.now())
    return page(request, "injections/visit/entered_in_error.html", context, shows=[found.patient_id])
