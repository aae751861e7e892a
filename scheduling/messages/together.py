"""News of several visits of one series, told in one message: booked, moved or cancelled at once.

What each visit would be told alone is drafted as ever, on top of what the patient knows of it; what there is to say
becomes one row, and each visit keeps its own reminders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from pht_clinic.people.actors import Actor
from scheduling.messages import drafts, outbox
from scheduling.messages.drafts import News, news_in
from scheduling.messages.told import NOTHING, told_of_each
from scheduling.models import Appointment, Message

BOOKED, CHANGED = "series", "series-changed"
TOGETHER = (BOOKED, CHANGED)
"""The kinds of message that have news of several visits."""


@dataclass(frozen=True, slots=True)
class Drafted:
    """The one message, None where there is nothing to say, and the reminders of each visit; unstored."""

    message: Message | None
    reminders: list[Message]

    @property
    def rows(self) -> list[Message]:
        return [*([self.message] if self.message else []), *self.reminders]


def draft(kind: str, changes: Sequence[tuple[Appointment, News]], *, by: Actor, now: datetime) -> Drafted:
    """What an announcement of these changes stores. One query, none for visits that are not in the diary yet."""
    is_new = kind == BOOKED
    told = {} if is_new else told_of_each([visit for visit, _ in changes])
    each: list[tuple[Appointment, Message]] = []
    reminders: list[Message] = []
    for visit, news in changes:
        rows = drafts.draft(news, appointment=visit, told=told.get(visit.pk, NOTHING), by=by, now=now)
        alone = news_in(rows)
        reminders += [row for row in rows if row is not alone]
        if alone is not None:
            each.append((visit, alone))
    if not each:
        return Drafted(None, reminders)
    occasion = "booked" if is_new else f"changed:{now.isoformat()}"
    by_patient = changes[0][1].is_patients(by)
    return Drafted(drafts.together(kind, each, occasion=occasion, by_patient=by_patient, now=now), reminders)


def announce(kind: str, changes: Sequence[tuple[Appointment, News]], *, by: Actor, now: datetime) -> None:
    """Plan the one message of these changes, and take back what it replaces; in their transaction, after them."""
    drafted = draft(kind, changes, by=by, now=now)
    if kind != BOOKED:
        visits = [visit for visit, _ in changes]
        outbox.leave_out(visits, reason=outbox.REPLACED, now=now)
        subjects = [drafts.subject_of(visit) for visit in visits]
        outbox.take_back(Message.objects.filter(subject__in=subjects), reason=outbox.REPLACED, now=now)
    outbox.post(drafted.rows)


def about_visit(appointment: Appointment) -> Q:
    """The messages that say something of this visit: its own, and those of its series that name it."""
    own = Q(appointment=appointment.pk)
    if appointment.series_id is None:
        return own
    named = Q(values__visits__contains=[{"appointment": appointment.pk}])
    return own & ~Q(kind__in=TOGETHER) | Q(subject=f"series:{appointment.series_id}") & named
