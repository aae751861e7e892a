"""Pausing a webhook whose address is gone or takes nothing, and telling the managers: on Home, and by mail."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse

from pht_clinic.audit.record import record
from pht_clinic.people.actors import SYSTEM
from pht_clinic.people.models import User
from pht_clinic.permissions import roles_that_may
from scheduling.messages.kinds import MessageKind, Withheld, register
from scheduling.messages.to_staff import post_to_staff
from scheduling.models import Message, WebhookEndpoint
from scheduling.webhooks.claims import TRIED_FOR

RESUMED: Final = "Not sent: the webhook was resumed or removed meanwhile."


def register_kinds() -> None:
    """Make the mail known to the outbox; called once, when the apps are ready."""
    register([_MAIL], {_MAIL.name: "To staff: webhook paused"})


def pause_by_itself(endpoint_id: int, *, why: str, still: Q, now: datetime) -> bool:
    """Nothing goes there until a manager resumes it; False where it is paused or removed already.

    `still` is the reason as the row says it, and is looked at under the lock: False too where somebody has changed the
    address meanwhile, or it took something. Managers are told in the same transaction.
    """
    with transaction.atomic():
        rows = WebhookEndpoint.objects.select_for_update(no_key=True)
        row = rows.filter(still, pk=endpoint_id, paused_at=None, ended_at=None).first()
        if row is None:
            return False
        row.paused_at, row.why = now, why
        row.save(update_fields=["paused_at", "why"])
        record("webhook-paused", by=SYSTEM, now=now, subject=f"webhook:{row.pk}", detail={"why": why})
        _tell_managers(row, now=now)
        return True


def paused_by_themselves() -> QuerySet[WebhookEndpoint]:
    """Those that a manager has to look at: paused, and by nobody."""
    return WebhookEndpoint.objects.filter(ended_at=None, paused_at__isnull=False).exclude(why="")


def _tell_managers(row: WebhookEndpoint, *, now: datetime) -> None:
    """Plan a mail to everybody who may resume it. It is tried for as long as what happens waits."""
    people = User.objects.filter(is_active=True, role__in=roles_that_may("manage-webhooks")).order_by("pk")
    values = {"page": reverse("webhook", args=[row.pk]), "webhook": row.pk, "system": row.used_for, "why": row.why}
    post_to_staff(_MAIL, people.values_list("pk", "email"), about=row.pk, values=values, tried_for=TRIED_FOR, now=now)


def _withheld(message: Message) -> Withheld | None:
    is_paused = paused_by_themselves().filter(pk=message.values["webhook"]).exists()
    return None if is_paused else Withheld(RESUMED)


_MAIL: Final = MessageKind(
    "webhook-paused", "scheduling/mail/webhook_paused", "A webhook was paused", frozenset(), withheld=_withheld
)
