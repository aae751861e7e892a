"""Phoning about a message and not getting through: what was tried, by whom and when. It closes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from pht_clinic.errors import Conflict, FieldError, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import use_case
from scheduling.diary.read import the
from scheduling.messages import desk
from scheduling.models import Message, PhoneAttempt

ENOUGH: Final = 3
"""After so many attempts a letter is offered."""
LATEST: Final = timedelta(days=90)
"""Nobody is asked to call back later than this."""


class NotToPhone(Conflict):
    """Nobody has to phone about this message, or somebody has already."""

    code = "not-to-phone"
    sentence = "Nobody needs to phone about this message any more."


def check_may_try(message: Message, *, by: Actor) -> None:
    """Raise Forbidden or NotToPhone unless somebody is to phone the patient about this message."""
    check_permitted("send-messages", by)
    if not message.is_open_task or message.is_letter or message.patient_id is None:
        raise NotToPhone


def record_attempt(
    message_id: int, *, how: str, call_back_at: datetime | None = None, by: Actor, now: datetime
) -> PhoneAttempt:
    """Somebody phoned, and could not say it. `call_back_at` is asked for with "call-back" and with nothing else.

    Boundary: `now` itself is no time to call back, 90 days later is.
    Raises: Forbidden, Missing, NotToPhone, Invalid (every problem).
    """
    check_permitted("send-messages", by)
    if problems := _problems(how, call_back_at, now):
        raise Invalid(problems)
    with use_case():
        message = the(Message.objects.select_for_update(), message_id)
        check_may_try(message, by=by)
        row = PhoneAttempt.objects.create(message=message, at=now, by_id=by.user_id, how=how, call_back_at=call_back_at)
        desk.tell("phone-attempted", message, by=by, now=now)
        return row


def _problems(how: str, call_back_at: datetime | None, now: datetime) -> list[FieldError]:
    if how not in PhoneAttempt.How.values:
        return [FieldError("#/how", "Say what the outcome was.")]
    if how != PhoneAttempt.How.CALL_BACK:
        return (
            [FieldError("#/call_back_at", "Only somebody who asked to be called back has a time.")]
            if call_back_at
            else []
        )
    if call_back_at is None:
        return [FieldError("#/call_back_at", "Say when to call back.")]
    if not now < call_back_at <= now + LATEST:
        return [FieldError("#/call_back_at", "Choose a time to call back that is to come, within 90 days.")]
    return []
