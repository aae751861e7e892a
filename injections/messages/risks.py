"""The risks, and what an injection can and cannot do: one text for the confirmation, the patient's page and consent.

Sources: MSK Ultrasound & Injections clinic, risks of injections; the rest is the clinic's, not yet signed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from scheduling.messages import render
from scheduling.messages.blocks import Block
from scheduling.models import Appointment, Message

RISKS_VERSION: Final = "1"
"""Of the text in `mail/_risks.txt`: it rises with every change of its meaning."""


@dataclass(frozen=True, slots=True)
class RisksGiven:
    """That a patient was sent the text before the visit: which version, and when."""

    version: str
    at: datetime

    @property
    def is_present(self) -> bool:
        return self.version == RISKS_VERSION


def risks() -> tuple[Block, ...]:
    return render.content("injections/mail/_risks", {})


def risks_sent(appointment: Appointment) -> RisksGiven | None:
    """The newest confirmation of this visit that was sent with the text; None where none was. One query."""
    rows = Message.objects.filter(appointment=appointment, status=Message.State.SENT, values__has_key="risks_version")
    newest = rows.exclude(sent_at=None).order_by("-sent_at").first()
    return RisksGiven(newest.values["risks_version"], newest.sent_at) if newest and newest.sent_at else None
