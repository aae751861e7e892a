"""Webhooks, for managers: what is told where, what became of it, and sending it again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pht_clinic import clock
from pht_clinic.people.actors import actor_of
from pht_clinic.web.access import permitted
from pht_clinic.web.pages.showing import act, form_data, page, part_of
from scheduling.models import WebhookDelivery, WebhookEndpoint
from scheduling.webhooks import endpoints, replaying
from scheduling.webhooks.events import wanted_names
from scheduling.webhooks.forms import SinceForm, WebhookForm
from scheduling.webhooks.states import shown_delivery, state_of, when_sent_again

_STATES: Final = (("", "All"), *WebhookDelivery.State.choices)


@permitted("manage-webhooks")
def webhook_list(request: HttpRequest) -> HttpResponse:
    """All of them, each with its state and how much waits for it or failed."""
    rows = [(row, state_of(row), wanted_names(row.verbs)) for row in endpoints.webhooks(by=actor_of(request.user))]
    return page(request, "scheduling/webhooks/list.html", {"rows": rows})


@permitted("manage-webhooks")
def webhook_add(request: HttpRequest) -> HttpResponse:
    """A new one. Its secret stands on the answer to this very form, once, and nowhere else."""
    form = WebhookForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            made = endpoints.add(form.wanted(), by=actor_of(request.user), now=clock.now())
            return page(request, "scheduling/webhooks/secret.html", {"made": made, "is_new": True})
    context = {"form": form, "title": "Add a webhook", "back": "webhook-list", "button": "Add it"}
    return page(request, "scheduling/clinic/form.html", context)


@permitted("manage-webhooks")
def webhook(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """One of them, with what was told there, the newest first."""
    by = actor_of(request.user)
    row = endpoints.webhook(webhook_id, by=by)
    state = request.GET.get("state", "")
    state = state if state in dict(_STATES) else ""
    listed = part_of(request, replaying.deliveries(row.pk, state=state, by=by))
    context = {
        "row": row,
        "state": state_of(row),
        "events": wanted_names(row.verbs),
        "tabs": _STATES,
        "tab": state,
        "query": f"state={state}" if state else "",
        "page_obj": listed,
        "deliveries": [shown_delivery(one, by=by) for one in listed],
    }
    return page(request, "scheduling/webhooks/webhook.html", context)


@permitted("manage-webhooks")
def webhook_change(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Another address, use or choice of events."""
    by = actor_of(request.user)
    row = endpoints.webhook(webhook_id, by=by)
    form = WebhookForm(form_data(request), row=row)
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            endpoints.change(row.pk, form.values(), revision=form.read_revision, by=by, now=clock.now())
            messages.success(request, "The webhook is saved.")
            return redirect("webhook", row.pk)
    context = {"row": row, "form": form, "title": "Change the webhook", "button": "Save"}
    return page(request, "scheduling/webhooks/change.html", context)


@require_POST
@permitted("manage-webhooks")
def webhook_secret(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """A new secret, shown once; the present one counts for a day beside it."""
    made = endpoints.rotate(webhook_id, by=actor_of(request.user), now=clock.now())
    return page(request, "scheduling/webhooks/secret.html", {"made": made, "is_new": False})


@require_POST
@permitted("manage-webhooks")
def webhook_pause(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Nothing goes there for now."""
    return _act(request, webhook_id, endpoints.pause, said="Paused. What happens waits for it, at most 3 days.")


@require_POST
@permitted("manage-webhooks")
def webhook_resume(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """What waited goes out."""
    return _act(request, webhook_id, endpoints.resume, said="Resumed. What waited is sent now.")


@require_POST
@permitted("manage-webhooks")
def webhook_remove(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Nothing goes there any more."""
    return act(
        request,
        lambda: endpoints.remove(webhook_id, by=actor_of(request.user), now=clock.now()),
        said="The webhook is removed. Nothing goes there any more.",
        back="webhook-list",
    )


@require_POST
@permitted("manage-webhooks")
def webhook_replay(request: HttpRequest, delivery_id: int) -> HttpResponse:
    """One delivery again."""
    again: list[WebhookDelivery] = []
    return act(
        request,
        lambda: again.append(replaying.replay(delivery_id, by=actor_of(request.user), now=clock.now())),
        said=lambda: f"It is sent again {when_sent_again(again[0].endpoint)}",
        back="webhook-list",
    )


@permitted("manage-webhooks")
def webhook_replay_since(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Everything since a moment again, for a system that was restored or lost what it had."""
    by, now = actor_of(request.user), clock.now()
    row = endpoints.webhook(webhook_id, by=by)
    form = SinceForm(form_data(request))
    if request.method == "POST" and form.is_valid():
        with form.refusals():
            count = replaying.replay_since(row.pk, form.cleaned_data["moment"], by=by, now=now)
            many = f"{count} deliver{'y is' if count == 1 else 'ies are'}"
            messages.success(request, f"{many} sent again {when_sent_again(row)}")
            return redirect("webhook", row.pk)
    context = {"row": row, "form": form, "title": "Send again", "button": "Send everything again"}
    return page(request, "scheduling/webhooks/since.html", context)


def _act(request: HttpRequest, webhook_id: int, deed: Callable[..., WebhookEndpoint], *, said: str) -> HttpResponse:
    def done() -> Any:
        return deed(webhook_id, by=actor_of(request.user), now=clock.now())

    return act(request, done, said=said, back=reverse("webhook", args=[webhook_id]))
