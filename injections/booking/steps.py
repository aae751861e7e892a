"""What the steps of a booking show: what is known for the site and side asked for, and free times with their words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from injections.booking.offers import Offer, Offers, SlotSearch, offers
from injections.booking.request import BookingRequest, who_and_when
from injections.booking.wish import Wish
from injections.facts.answers import KnownAnswers, newest_that_fits
from injections.facts.history import History
from injections.models import ImagingReport, Injection, Pathway
from injections.safety.questions import QUESTIONS
from injections.safety.sites import sides_match, sites_match
from injections.safety.visit import Wanted
from injections.visit_kinds import KINDS
from pht_clinic import clock
from scheduling.availability.sessions import default_room
from scheduling.diary.read import who_and_where
from scheduling.models import Practitioner, Room


@dataclass(frozen=True, slots=True)
class Known:
    """What counts for one injection of a visit, of its area and side, as far as it is recorded. `number` is from 1."""

    number: int
    wanted: Wanted
    injections: list[Injection]
    answers: KnownAnswers
    pathway: Pathway | None
    report: ImagingReport | None

    @property
    def open_questions(self) -> int:
        """How many questions are unanswered or "not sure"."""
        return sum(self.answers.value(code) in (None, "not-sure") for code in QUESTIONS)


@dataclass(frozen=True, slots=True)
class Time:
    """A free time as a page offers it."""

    offer: Offer
    practitioner: Practitioner | None
    room: Room | None
    wish: Wish


@dataclass(frozen=True, slots=True)
class WhereAndWho:
    """The person and the room of a request; None where there is none such."""

    practitioner: Practitioner | None
    room: Room | None
    end_at: datetime


def known(history: History, wish: Wish) -> list[Known]:
    """What is recorded for the area and side of each injection of a wish; nothing where nothing is injected."""
    return [_known(history, number, one) for number, one in enumerate(wish.wanted, start=1)]


def _known(history: History, number: int, wanted: Wanted) -> Known:
    area, side = wanted.place
    reports = [row for row in history.reports if (row.area, row.side) == wanted.place]
    return Known(
        number=number,
        wanted=wanted,
        injections=[row for row in history.injections if sites_match(row.site, area) and sides_match(row.side, side)],
        answers=history.answers(area, side),
        pathway=newest_that_fits(history.pathways, area, side),
        report=max(reports, key=lambda row: (row.performed_on, row.pk), default=None),
    )


def times(found: Offers, wish: Wish, people: Sequence[Practitioner], rooms: Mapping[int, Room]) -> list[Time]:
    """The offered times with the people and rooms they name."""
    by_id = {one.pk: one for one in people}
    return [
        Time(
            offer,
            by_id.get(offer.slot.practitioner_id),
            rooms.get(offer.slot.room_id),
            wish.at(offer.slot.start, offer.slot.practitioner_id, offer.slot.room_id),
        )
        for offer in found.results
    ]


def where_and_who(ask: BookingRequest) -> WhereAndWho:
    """With whom and where a request would be; without a room, the one of that session."""
    _, practitioner_id, start = who_and_when(ask)
    practitioner = Practitioner.objects.filter(pk=practitioner_id).first()
    room_id = ask.room_id or default_room(practitioner_id=practitioner_id, start=start)
    room = Room.objects.filter(pk=room_id).first() if room_id else None
    return WhereAndWho(practitioner, room, start + KINDS[ask.kind].duration)


def other_times(ask: BookingRequest, wish: Wish, *, now: datetime) -> list[Time]:
    """Ten other times from the same day on, for somebody whose time was taken."""
    _, _, start = who_and_when(ask)
    day = max(clock.local_date(start), clock.local_date(now))
    anywhere = replace(ask, practitioner_id=None, room_id=None)
    found = offers(anywhere, SlotSearch(from_on=day, to_on=day + timedelta(days=90)), now=now)
    people, rooms = who_and_where()
    return times(found, wish, people, {room.pk: room for room in rooms})
