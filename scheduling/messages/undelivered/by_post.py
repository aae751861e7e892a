"""A letter takes days: what one would bring too late is said on the phone."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.conf import settings

from pht_clinic import clock
from scheduling.availability.bank_holidays import bank_holidays_after
from scheduling.messages import hours
from scheduling.messages.plan import Planned
from scheduling.messages.recipients import Route
from scheduling.models import Message, Patient

TO_POST: Final = "To be posted as a letter."
TOO_LATE: Final = "A letter would come too late."


def arrives_at(posted_at: datetime) -> datetime:
    """When a letter that is posted then is with the patient: the evening of the LETTER_DAYS-th working day after that
    local day.
    """
    day = clock.local_date(posted_at)
    arrives_on = hours.working_day_after(day, settings.LETTER_DAYS, bank_holidays=bank_holidays_after(day))
    return hours.at(arrives_on, hours.CLOSES, clock.zone())


def in_time(route: Route, message: Planned) -> Route:
    """The same way, or the phone where a letter posted when this message is due would come too late.

    Boundary: one that arrives as the message expires is too late.
    """
    if route.channel != Patient.Contact.LETTER or arrives_at(message.due_at) < message.expires_at:
        return route
    return route._replace(channel=Patient.Contact.PHONE, why=TOO_LATE)


def phone_what_would_come_too_late(*, now: datetime) -> int:
    """Of the letters that are due, those that would come too late if they were posted now are said on the phone.

    Returns how many.
    """
    due = Message.TO_POST | Message.IS_QUEUED_LETTER
    rows = Message.objects.filter(due, due_at__lte=now, expires_at__lte=arrives_at(now))
    return rows.update(channel=Patient.Contact.PHONE, reason=TOO_LATE)
