"""What the steps of a booking show: what is known for the site and side asked for, and free times with their words."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from injections.booking.finder import Most, find
from injections.booking.finder_on_page import Among, OfferedTime
from injections.booking.offers import Offer, SlotSearch
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
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from scheduling.availability.sessions import default_room
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
    """A free time as a page offers it in place of another."""

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


def where_and_who(ask: BookingRequest, among: Among) -> WhereAndWho:
    """With whom and where a request would be, of those who take visits; without a room, the one of that session."""
    _, practitioner_id, start = who_and_when(ask)
    practitioner = next((one for one in among.people if one.pk == practitioner_id), None)
    room_id = ask.room_id or default_room(practitioner_id=practitioner_id, start=start)
    room = next((one for one in among.rooms if one.pk == room_id), None)
    return WhereAndWho(practitioner, room, start + KINDS[ask.kind].duration)


def other_times(
    ask: BookingRequest, wish: Wish, among: Among, *, history: History | None = None, by: Actor, now: datetime
) -> list[Time]:
    """Other times of several days from the same day on, for somebody whose time is not to be had."""
    _, _, start = who_and_when(ask)
    day = max(clock.local_date(start), clock.local_date(now))
    anywhere = replace(ask, practitioner_id=None, room_id=None, start=None)
    try:
        search = SlotSearch(from_on=day, to_on=day + timedelta(days=90), holder=by.user_id)
        found = find(anywhere, search, most=Most(OTHER_DAYS, OTHER_TIMES_A_DAY), history=history, now=now)
    except (Invalid, OverflowError):  # a time too near the end of the calendar has none after it
        return []
    return [_time(one, wish) for day_found in found.days for one in among.shown(day_found).times]


def _time(one: OfferedTime, wish: Wish) -> Time:
    slot = one.offer.slot
    return Time(one.offer, one.practitioner, one.room, wish.at(slot.start, slot.practitioner_id, slot.room_id))


OTHER_DAYS, OTHER_TIMES_A_DAY = 5, 2
