"""Reminders of a visit to whose injection its patient no longer agrees: held back until they agree again."""

from __future__ import annotations

from typing import Final

from django.db.models import QuerySet

from injections.facts.consent import withdrawn_consent
from injections.visit_kinds import KINDS
from scheduling.messages import outbox, plan
from scheduling.messages.kinds import Withheld
from scheduling.models import Appointment, Message

CONSENT_WITHDRAWN: Final = "Held back: the patient withdrew consent to this injection."


def hold_back(appointment: Appointment) -> None:
    """What would ask the patient to prepare for the injection waits; that it was moved or cancelled is told."""
    outbox.hold(_reminders(appointment), why=CONSENT_WITHDRAWN)


def hold_back_again(appointment: Appointment) -> None:
    """The same of what was just planned, where consent is withdrawn. One query for a visit that injects."""
    if KINDS[appointment.kind].injects and withdrawn_consent(appointment) is not None:
        hold_back(appointment)


def release(appointment: Appointment) -> None:
    """The patient agrees again: what is not too late goes out at its time."""
    outbox.release(outbox.held(_reminders(appointment), why=CONSENT_WITHDRAWN))


def against_consent(message: Message) -> Withheld | None:
    """A reminder that was let go for another reason, looked at once more as it is to leave."""
    is_against = message.appointment is not None and withdrawn_consent(message.appointment) is not None
    return Withheld(CONSENT_WITHDRAWN) if is_against else None


def _reminders(appointment: Appointment) -> QuerySet[Message]:
    return Message.objects.filter(appointment=appointment, kind__in=plan.REMINDERS)
