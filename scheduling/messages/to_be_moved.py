"""Messages of visits that stand where nothing is open any more: held back until they are moved, or it opens again."""

from __future__ import annotations

from datetime import datetime

from scheduling.availability import sessions
from scheduling.messages import outbox
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.models import Message


def hold_and_release(*, now: datetime) -> None:
    """Hold back what would say that such a visit stands; let go what was held back of those that have a place again.

    Call it after each change of who works when and where, in its transaction. A fixed number of queries.
    """
    homeless = [one.pk for one in sessions.to_be_moved(now=now)]
    speaking = Message.objects.filter(kind__in=outbox.kinds_of_a_time())
    outbox.hold(speaking.filter(appointment__in=homeless), why=TO_BE_MOVED)
    outbox.release(outbox.held(speaking.exclude(appointment__in=homeless), why=TO_BE_MOVED))
