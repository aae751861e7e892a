"""Messages to patients: what waits, what went out, what did not and why; what a person can do about it."""

from __future__ import annotations

from functools import partial

from django.contrib import messages as notices
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.people.access import roles
from pht_clinic.people.actors import actor_of
from pht_clinic.people.roles import EVERY_ROLE, MANAGER, RECEPTION
from scheduling.forms import ReasonForm
from scheduling.messages import desk
from scheduling.messages.render import Letter
from scheduling.models import Message
from scheduling.selectors import the
from scheduling.views.showing import act, page, part_of

State = Message.State
TABS = {
    "phone": ("To phone", Message.OPEN_TASK),
    "queued": ("Queued", Q(status__in=(State.QUEUED, State.SENDING))),
    "sent": ("Sent", Q(status=State.SENT)),
    "failed": ("Failed", Q(status__in=(State.FAILED, State.UNKNOWN))),
    "skipped": ("Not sent", Q(status=State.SKIPPED)),
    "withdrawn": ("Withdrawn", Q(status=State.CANCELLED)),
}
EMPTY = {
    "phone": "Nobody has to be phoned about a message.",
    "queued": "No message is waiting. Reminders are queued when a visit is booked.",
    "sent": "No message has been sent yet. Confirmations go out a few seconds after a booking.",
    "failed": "No message has failed.",
    "skipped": "Every message that came due was sent.",
    "withdrawn": "No message was withdrawn.",
}


@roles(*EVERY_ROLE)
def message_list(request: HttpRequest) -> HttpResponse:
    """By state; those to be phoned about first."""
    counts = Message.objects.aggregate(
        **{name: Count("pk", filter=where) for name, (_, where) in TABS.items()}
    )
    asked = request.GET.get("status", "")
    tab = asked if asked in TABS else ("phone" if counts["phone"] else "queued")
    found = part_of(request, _ordered(tab))
    context = {
        "tabs": [(name, words, counts[name]) for name, (words, _) in TABS.items()],
        "tab": tab, "page_obj": found, "empty": EMPTY[tab],
    }  # fmt: skip
    shows = {row.patient_id for row in found if row.patient_id}
    return page(request, "scheduling/message_list.html", context, shows=shows)


def _ordered(tab: str) -> QuerySet[Message]:
    rows = Message.objects.filter(TABS[tab][1]).select_related("patient", "appointment")
    return rows.order_by(*(("due_at", "pk") if tab in ("phone", "queued") else ("-due_at", "-pk")))


@roles(*EVERY_ROLE)
def message(request: HttpRequest, message_id: int) -> HttpResponse:
    """One message as it was or would be sent."""
    found = _find(message_id)
    context = {
        "message": found, "letter": _letter(found), "form": ReasonForm(),
        "to_phone": found.is_open_task,
        "may_act": request.user.role in (RECEPTION, MANAGER),  # type: ignore[union-attr]
        "can_retry": desk.can_retry(found, now=clock.now()),
    }  # fmt: skip
    return page(
        request, "scheduling/message.html", context, shows=[found.patient_id] if found.patient_id else []
    )


@require_POST
@roles(RECEPTION, MANAGER)
def send_now(request: HttpRequest, message_id: int) -> HttpResponse:
    """With the next round, whatever the hour."""
    deed = partial(desk.send_now, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It goes out within seconds.", back=_address(message_id))


@require_POST
@roles(RECEPTION, MANAGER)
def withhold(request: HttpRequest, message_id: int) -> HttpResponse:
    """Not sent at all."""
    deed = partial(desk.withhold, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is kept back and will not be sent.", back=_address(message_id))


@require_POST
@roles(RECEPTION, MANAGER)
def retry(request: HttpRequest, message_id: int) -> HttpResponse:
    """Once more, to the patient's present address."""
    deed = partial(desk.retry, message_id, by=actor_of(request.user), now=clock.now())
    return act(request, deed, said="It is tried again, as a message of its own.", back=_address(message_id))


@require_POST
@roles(RECEPTION, MANAGER)
def close_task(request: HttpRequest, message_id: int) -> HttpResponse:
    """The patient was phoned, or need not be."""
    found = _find(message_id)
    form = ReasonForm(request.POST)
    if form.is_valid():
        with form.refusals():
            desk.close_task(
                found.pk, reason=form.cleaned_data["reason"], by=actor_of(request.user), now=clock.now()
            )
            notices.success(request, "The phone task is closed.")
            return redirect("message-list")
    context = {
        "message": found,
        "letter": _letter(found),
        "form": form,
        "to_phone": True,
        "may_act": True,
    }
    return page(
        request, "scheduling/message.html", context, shows=[found.patient_id] if found.patient_id else []
    )


def _letter(found: Message) -> Letter | None:
    """What it says; None for one that cannot be written, whose page must open all the same: somebody has to phone."""
    try:
        return desk.preview(found)
    except desk.Unwritable:
        return None


def _find(message_id: int) -> Message:
    rows = Message.objects.select_related("patient", "appointment", "closed_by", "retry_of", "wording")
    return the(rows, message_id)


def _address(message_id: int) -> str:
    return reverse("message", args=[message_id])
