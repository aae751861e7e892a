"""Mails to the staff that did not leave: no patient is phoned about them, so they stand on a list of their own."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from pht_clinic.mailboxes import bare
from pht_clinic.people.models import User
from scheduling.messages.sending import claims
from scheduling.models import Message

SHOWN_FOR: Final = timedelta(days=7)
_STAFF: Final = "staff:"


def not_delivered(*, now: datetime) -> Q:
    """Those of the last 7 days that were refused, may not have arrived or came too late, unless tried again since.

    Boundary: due 7 days ago exactly is no more of them. Also where another way was found: the address is wrong still.
    """
    lost = Q(status__in=[Message.State.FAILED, Message.State.UNKNOWN])
    late = Q(status=Message.State.SKIPPED, reason__startswith=claims.EXPIRED)
    tried_again = Exists(Message.objects.filter(retry_of=OuterRef("pk")))
    return (lost | late) & Q(~tried_again, subject__startswith=_STAFF, due_at__gt=now - SHOWN_FOR)


def present_address(message: Message) -> str:
    """Where a mail to the staff goes by now: to the duty address, or the person it was for, as they are today."""
    if not message.subject.startswith(_STAFF):
        return message.recipient
    person = message.subject.removeprefix(_STAFF).partition(":")[2]
    if not person:
        return bare(settings.DUTY_EMAIL)
    return User.objects.filter(pk=person, is_active=True).values_list("email", flat=True).first() or ""
