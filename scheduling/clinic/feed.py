"""A practitioner's diary as an iCalendar feed: times, kinds of visit, rooms, and nothing of any patient. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.db.models import JSONField
from django.db.models.expressions import RawSQL
from icalendar import Calendar, Event

from pht_clinic.clinic_words import hold, read_along, words_in_force
from pht_clinic.errors import Missing
from pht_clinic.mailboxes import bare
from scheduling.kinds import KINDS
from scheduling.models import Appointment, Practitioner
from scheduling.states import HOLDING, Status

LOOKS_BACK = timedelta(days=30)
LOOKS_AHEAD = timedelta(days=366)
REFRESH = timedelta(minutes=15)


def whose_feed(token: UUID) -> Practitioner:
    """Whose diary is behind a secret address.

    Raises: Missing (no practitioner who still takes visits, and may still sign in, has this token).
    """
    found = Practitioner.objects.filter(feed_digest=digest_of(token), active=True).select_related("user")
    # with it what the clinic says of itself, whose name a calendar shows
    practitioner = found.annotate(clinic_words=RawSQL(read_along(), (), output_field=JSONField())).first()  # nosec B611  # noqa: S611 - our own SQL
    if practitioner is None or (practitioner.user is not None and not practitioner.user.is_active):
        raise Missing()
    hold(practitioner.clinic_words)
    return practitioner


def feed(practitioner: Practitioner, *, now: datetime) -> str:
    """The diary as a feed, from 30 days back to a year ahead; its lines end in CRLF."""
    rows = Appointment.objects.filter(
        practitioner=practitioner,
        status__in=(*HOLDING, Status.FULFILLED),
        start_at__gte=now - LOOKS_BACK,
        start_at__lt=now + LOOKS_AHEAD,
    ).select_related("room", "group")
    return _calendar(_once_each(rows.order_by("start_at", "pk")), now=now)


def digest_of(token: UUID) -> str:
    """What is kept of a token, which has too many values to be guessed from it."""
    return sha256(str(token).encode()).hexdigest()


def _once_each(rows: Iterable[Appointment]) -> Iterator[Appointment]:
    """These visits, a class once: of its participants the first who is sure to come, else the first."""
    listed = list(rows)
    first: dict[int, Appointment] = {}
    for row in sorted(listed, key=lambda row: row.status == Status.PENDING):
        if row.group_id is not None:
            first.setdefault(row.group_id, row)
    for row in listed:
        if row.group_id is None or first[row.group_id] is row:
            yield row


def _calendar(rows: Iterable[Appointment], *, now: datetime) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//PHT Clinic//Diary//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("name", words_in_force().name)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for row in rows:
        calendar.add_component(_event(row, now=now))
    return str(calendar.to_ical(), "utf-8")


def _event(row: Appointment, *, now: datetime) -> Event:
    event = Event()
    name = f"diary-class-{row.group_id}" if row.group else f"diary-{row.pk}"
    event.add("uid", f"{name}@{bare(settings.DEFAULT_FROM_EMAIL).rpartition('@')[2]}")
    event.add("sequence", row.group.revision if row.group else row.revision)
    event.add("dtstamp", now.astimezone(UTC))
    event.add("dtstart", row.start_at.astimezone(UTC))
    event.add("dtend", row.end_at.astimezone(UTC))
    event.add("summary", KINDS[row.kind].name)
    event.add("location", row.room.name)
    event.add("status", "TENTATIVE" if row.status == Status.PENDING else "CONFIRMED")
    return event
