"""Messages of visits that stand where nothing is open any more: held back until they are moved, or it opens again."""

from __future__ import annotations

from datetime import datetime

from scheduling.availability import sessions
from scheduling.messages import outbox
from scheduling.messages.recipients import TO_BE_MOVED
from scheduling.messages.together import TOGETHER
from scheduling.messages.told import subject_of_series
from scheduling.models import Message


def hold_and_release(*, now: datetime) -> None:
    """Hold back what would say that such a visit stands; let go what was held back of those that have a place again.

    News of several visits are held back as a whole while one of them has to be moved; once it was, the others are told.
    Call it after each change of who works when and where, in its transaction. A fixed number of queries.
    """
    visits = sessions.to_be_moved(now=now)
    homeless = {one.pk for one in visits}
    of_series = {subject_of_series(one.series_id) for one in visits if one.series_id is not None}
    several = Message.objects.filter(subject__in=of_series, kind__in=TOGETHER)
    naming = [row.pk for row in several if outbox.said_to_stand(row) & homeless]
    alone = Message.objects.filter(kind__in=outbox.kinds_of_a_time())
    outbox.hold(alone.filter(appointment__in=homeless), why=TO_BE_MOVED)
    outbox.hold(several.filter(pk__in=naming), why=TO_BE_MOVED)
    outbox.release(outbox.held(alone.exclude(appointment__in=homeless), why=TO_BE_MOVED))
    outbox.release(outbox.held(Message.objects.filter(kind__in=TOGETHER).exclude(pk__in=naming), why=TO_BE_MOVED))
