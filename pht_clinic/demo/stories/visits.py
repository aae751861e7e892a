"""Invented visits of the demo clinic, booked as the desk does it, one or a series; dated relative to today."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from injections.booking.book import book
from injections.booking.finder_forms import ChosenTime
from injections.booking.request import BookingRequest
from injections.booking.series.book import SeriesRequest, book_series
from injections.booking.series.rule import SeriesRule
from injections.booking.series.standing import VisitTime
from injections.booking.waiting_list.offer import make_offer
from injections.models import WaitingWish
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from scheduling.availability.sessions import default_room, default_rooms
from scheduling.models import Patient, Practitioner

SITE, SIDE = "hamstring-origin", "left"
"""Where all of them are injected."""
DAYS_TO_TRY = 14


@dataclass(frozen=True)
class InventedVisit:
    """A visit to book: not before so many days from now, on the practitioner's next day, at a local time. With an
    `override_reason` a radiologist is asked to look at one that is refused.
    """

    practitioner: str
    kind: str
    days_ahead: int
    at: time
    override_reason: str = ""


@dataclass(frozen=True)
class InventedSeries:
    """Visits to book every week at a local time, `count` of them, the first not before so many days from now."""

    practitioner: str
    kind: str
    days_ahead: int
    at: time
    count: int


def book_one(visit: InventedVisit, patient: Patient, *, by: Actor, now: datetime) -> None:
    """Book the visit on the first day from then on that has room for it: a day may be closed or full."""
    practitioner = Practitioner.objects.get(name=visit.practitioner)
    injects = KINDS[visit.kind].injects
    day = clock.local_date(now) + timedelta(days=visit.days_ahead)
    for ahead in range(DAYS_TO_TRY):
        ask = BookingRequest(
            patient_id=patient.pk,
            kind=visit.kind,
            start=datetime.combine(day + timedelta(days=ahead), visit.at, tzinfo=clock.zone()),
            practitioner_id=practitioner.pk,
            site=SITE if injects else None,
            side=SIDE if injects else None,
            override_reason=visit.override_reason,
        )
        with suppress(Invalid, Conflict):
            book(ask, by=by, now=now)
            return


def offer_one(visit: InventedVisit, wish: WaitingWish, *, by: Actor, now: datetime) -> None:
    """Offer the time on the first day from then on that has room for it to somebody who waits."""
    practitioner = Practitioner.objects.get(name=visit.practitioner)
    day = clock.local_date(now) + timedelta(days=visit.days_ahead)
    for ahead in range(DAYS_TO_TRY):
        start = datetime.combine(day + timedelta(days=ahead), visit.at, tzinfo=clock.zone())
        room = default_room(practitioner_id=practitioner.pk, start=start)
        if room is not None:
            with suppress(Invalid, Conflict):
                make_offer(wish.pk, ChosenTime(start, practitioner.pk, room), by=by, now=now)
                return


def book_several(wanted: InventedSeries, patient: Patient, *, by: Actor, now: datetime) -> None:
    """Book the series from the first day from then on on which all of its visits have room: all of them, or none."""
    practitioner = Practitioner.objects.get(name=wanted.practitioner)
    first = clock.local_date(now) + timedelta(days=wanted.days_ahead)
    for ahead in range(DAYS_TO_TRY):
        from_on = first + timedelta(days=ahead)
        rule = SeriesRule(from_on, 1, frozenset({from_on.weekday()}), wanted.at, wanted.count)
        starts = rule.starts(clock.zone())
        rooms = default_rooms(practitioner_id=practitioner.pk, starts=starts)
        spots = tuple(VisitTime(start, practitioner.pk, room) for start, room in zip(starts, rooms, strict=True))
        with suppress(Invalid, Conflict):
            ask = SeriesRequest(kind=wanted.kind, patient_id=patient.pk, rule=rule, spots=spots)
            book_series(ask, by=by, now=now)
            return
