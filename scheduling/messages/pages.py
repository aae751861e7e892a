"""Messages to patients: what waits, what went out, what did not and why; what a person can do about it."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlencode

from django.contrib import messages as notices
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pht_clinic import clock, languages
from pht_clinic.errors import Conflict, why_not
from pht_clinic.people.actors import actor_of
from pht_clinic.permissions import is_permitted
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, page, part_of
from scheduling.diary.read import the
from scheduling.messages import desk, outbox, render
from scheduling.messages.kinds import NAMES
from scheduling.messages.phoned_form import AttemptForm, PhonedForm
from scheduling.messages.render import Letter
from scheduling.messages.undelivered import alarms, attempts, posting
from scheduling.messages.words import counted
from scheduling.models import Message
from scheduling.patients.top_of_page import top_of_page

State = Message.State
TABS = {
    "phone": ("To phone", Message.TO_PHONE),
    "post": ("To post", Message.TO_POST),
    "queued": ("Queued", Q(status__in=(State.QUEUED, State.SENDING))),
    "sent": ("Sent", Q(status=State.SENT)),
    "failed": ("Failed", Q(status__in=(State.FAILED, State.UNKNOWN))),
    "skipped": ("Not sent", Q(status=State.SKIPPED)),
}
EMPTY = {
    "phone": "There is nobody to phone about a message.",
    "post": "There are no letters to post.",
    "queued": "No message is waiting. Reminders are queued when a visit is booked.",
    "sent": "No message has been sent yet. Confirmations go out a few seconds after a booking.",
    "failed": "No message has failed.",
    "skipped": "Every message that came due was sent.",
    "held": "No message is held back.",
    "withdrawn": "No message was withdrawn.",
    "staff": "All emails to staff in the last 7 days were sent.",
}
SAID = {
    "phone": "to be said by phone, longest waiting first",
    "post": "to be posted, longest waiting first",
    "queued": "waiting to be sent, next one first",
    "sent": "sent, newest first",
    "failed": "failed, or not known if sent, newest first",
    "skipped": "not sent, with the reason, newest first",
    "held": "held back, newest first",
    "withdrawn": "withdrawn, newest first",
    "staff": "to staff, not delivered in the last 7 days, newest first",
}
"""What a list of each state holds and in which order, after how many they are."""
EMPTY_OF_A_KIND = "No message of this kind is in this state. Look at another state, or at all kinds."


@permitted("read-messages")
def message_list(request: HttpRequest) -> HttpResponse:
    """By state, of all kinds or one; those to be phoned about first."""
    kind = request.GET.get("kind", "")
    rows = Message.objects.filter(kind=kind) if kind in NAMES else Message.objects.all()
    tabs = {
        **TABS,
        "held": ("Held back", outbox.in_state(outbox.HELD)),
        "withdrawn": ("Withdrawn", outbox.in_state(State.CANCELLED)),
        "staff": ("To staff, not delivered", alarms.not_delivered(now=clock.now())),
    }
    counts = rows.aggregate(**{name: Count("pk", filter=where) for name, (_, where) in tabs.items()})
    asked = request.GET.get("status", "")
    tab = asked if asked in tabs else ("phone" if counts["phone"] else "queued")
    found = part_of(request, _ordered(rows.filter(tabs[tab][1]), tab))
    of_kind = urlencode({"kind": kind}) if kind in NAMES else ""
    context = {
        "tabs": [(name, words, counts[name]) for name, (words, _) in tabs.items()],
        "tab": tab,
        "page_obj": found,
        "said": f"{counted(counts[tab], 'message')} {SAID[tab]}.",
        "empty": EMPTY[tab] if not of_kind else EMPTY_OF_A_KIND,
        "kinds": NAMES.items(),
        "kind": kind,
        "of_kind": of_kind,
        "query": "&".join(filter(None, [urlencode({"status": tab}), of_kind])),
    }
    shows = {row.patient_id for row in found if row.patient_id}
    return page(request, "scheduling/messages/list.html", context, shows=shows)


def _ordered(rows: QuerySet[Message], tab: str) -> QuerySet[Message]:
    rows = rows.select_related("patient", "appointment").prefetch_related("phone_attempts__by")
    return rows.order_by(*(("due_at", "pk") if tab in ("phone", "post", "queued") else ("-due_at", "-pk")))


@permitted("read-messages")
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message as it was or would be sent."""
    found = _find(message_id)
    return _shown(request, found)


@require_POST
@permitted("send-messages")
def send_now(request: HttpRequest, message_id: int) -> HttpResponse:
    """With the next round, whatever the hour."""
    deed = partial(desk.send_now, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It goes out within seconds.", back=_address(message_id))


@require_POST
@permitted("send-messages")
def withhold(request: HttpRequest, message_id: int) -> HttpResponse:
    """Not sent at all."""
    deed = partial(desk.withhold, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is withdrawn and will not be sent.", back=_address(message_id))


@require_POST
@permitted("send-messages")
def retry(request: HttpRequest, message_id: int) -> HttpResponse:
    """Once more, to the patient's present address; the page of the new message is the answer."""
    try:
        again = desk.retry(message_id, by=actor_of(request.user), now=clock.now())
    except Conflict as refusal:
        notices.error(request, refusal.sentence)
        return redirect("message", message_id)
    notices.success(request, "It is being tried again, as a new message: this one.")
    return redirect("message", again.pk)


@permitted("send-messages")
def close_task(request: HttpRequest, message_id: int) -> HttpResponse:
    """The patient was phoned, or need not be; a letter to a colleague went another way."""
    found = _find(message_id)
    form = PhonedForm(form_data(request), is_to_a_colleague=found.is_to_a_colleague)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            sent = form.cleaned_data
            is_told = sent.get("told") == "yes"
            desk.close_task(
                found.pk, reason=sent["reason"], is_told=is_told, by=actor_of(request.user), now=clock.now()
            )
            notices.success(request, f"The {'' if found.is_to_a_colleague else 'phone '}task is closed.")
            return redirect("message-list")
    return _shown(request, found, form)


@permitted("send-messages")
def attempt(request: HttpRequest, message_id: int) -> HttpResponse:
    """Somebody phoned and did not get through; the task stays open."""
    found = _find(message_id)
    form = AttemptForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            attempts.record_attempt(found.pk, **form.attempt, by=actor_of(request.user), now=clock.now())
            notices.success(request, "The attempt is recorded. The phone task stays open.")
            return redirect("message", found.pk)
    return _shown(request, found, form)


def _shown(request: HttpRequest, found: Message, form: PhonedForm | AttemptForm | None = None) -> HttpResponse:
    """`form` is the one of its forms that was sent."""
    now, by = clock.now(), actor_of(request.user)
    tried = list(found.phone_attempts.select_related("by"))
    context = {
        **top_of_page(found.patient, by=by, now=now),
        "message": found,
        "letter": _letter(found),
        "language": _language(found),
        "other_language": render.language_of(found) != languages.ENGLISH,
        "form": form,
        "closing": form if isinstance(form, PhonedForm) else PhonedForm(is_to_a_colleague=found.is_to_a_colleague),
        "attempt": form if isinstance(form, AttemptForm) else AttemptForm(),
        "attempts": tried,
        "is_tried_enough": len(tried) >= attempts.ENOUGH,
        "why_no_letter": why_not(posting.check_may_go_by_letter, found, by=by, now=now),
        "to_phone": found.is_open_task,
        "may_act": is_permitted("send-messages", by),
        "can_retry": desk.can_retry(found, now=now),
        "again": found.retries.first(),
        "told": found.news.all(),
    }
    shows = [found.patient_id] if found.patient_id else []
    return page(request, "scheduling/messages/message.html", context, shows=shows)


def _language(found: Message) -> str:
    """Of what goes to a patient in another language than English, or should: which it is, or why it is not."""
    if found.patient is None:
        return ""
    chosen = found.patient.kept.written_language
    used = render.language_of(found)
    if used != languages.ENGLISH:
        return languages.NAMES[used]
    return languages.why_english(chosen) if not found.handovers else "English" if chosen else ""


def _letter(found: Message) -> Letter | None:
    """What it says; None for one that cannot be written, whose page must open all the same: somebody has to phone."""
    try:
        return desk.preview(found)
    except desk.Unwritable:
        return None


def _find(message_id: int) -> Message:
    rows = Message.objects.select_related("patient__merged_into", "appointment", "closed_by", "retry_of", "wording")
    return the(rows, message_id)


def _address(message_id: int) -> str:
    return reverse("message", args=[message_id])
