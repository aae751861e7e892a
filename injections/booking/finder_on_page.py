"""The finder as a page shows it: its form, the times found with the people and rooms they name, and where more are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any, ClassVar

from django.http import QueryDict

from injections.booking.finder import FoundDay, FoundTimes, code_of, find
from injections.booking.finder_forms import FinderForm
from injections.booking.offers import Offer, SlotSearch
from injections.booking.request import BookingRequest
from injections.facts.history import History
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import Invalid
from pht_clinic.people.actors import Actor
from scheduling.availability.hours_of_day import HoursOfDay
from scheduling.models import Practitioner, Room

SEARCH_DAYS = 365


@dataclass(frozen=True, slots=True)
class OfferedTime:
    """A free time with the person and room it names; `code` is what its button sends."""

    offer: Offer
    practitioner: Practitioner | None
    room: Room | None

    @property
    def code(self) -> str:
        return code_of(self.offer.slot)


@dataclass(frozen=True, slots=True)
class OfferedDay:
    """A day with some of its times; `whole_day` is the query that shows all of them."""

    on: date
    times: tuple[OfferedTime, ...]
    more: int
    whole_day: str


@dataclass(frozen=True, slots=True)
class Among:
    """Who and where may be chosen, as `who_and_where` reads them."""

    people: list[Practitioner]
    rooms: list[Room]

    def shown(self, day: FoundDay, asked: QueryDict | None = None) -> OfferedDay:
        """A day with the people and rooms that its times name."""
        people, rooms = {one.pk: one for one in self.people}, {one.pk: one for one in self.rooms}
        times = tuple(
            OfferedTime(offer, people.get(offer.slot.practitioner_id), rooms.get(offer.slot.room_id))
            for offer in day.times
        )
        whole_day = _query(asked, from_on=day.on, to_on=day.on) if asked is not None else ""
        return OfferedDay(day.on, times, day.more, whole_day)


class Finder:
    """One look for free times. `found` is None while its form makes no sense; `asked` is what the address says.

    `begins_class` is as in SlotSearch, for finders of whole classes.
    """

    begins_class: ClassVar[bool] = False

    def __init__(
        self,
        asked: QueryDict,
        ask: BookingRequest,
        among: Among,
        *,
        history: History | None,
        moving: int | None = None,
        by: Actor,
        now: Any,
    ) -> None:
        self._asked, self._ask, self._among, self._by, self._now = asked, ask, among, by, now
        self._history, self._moving = history, moving
        needs_check = KINDS[ask.kind].needs_check and ask.patient_id is not None
        self.form = FinderForm(asked, people=among.people, rooms=among.rooms, needs_check=needs_check)
        self.found = self._find() if self.form.is_valid() else None

    @property
    def first_on(self) -> date:
        """The day that is looked from: the one asked for, never before today."""
        return max(self.form.cleaned_data.get("from_on") or clock.today(), clock.today())

    @property
    def days(self) -> Iterator[OfferedDay]:
        """The days found, with the people and rooms that their times name."""
        if self.found is not None:
            yield from (self._among.shown(day, self._asked) for day in self.found.days)

    @property
    def next_query(self) -> str:
        """The query of an address for what follows."""
        return _query(self._asked, from_on=self.found.next_on) if self.found and self.found.next_on else ""

    @property
    def all_days(self) -> str:
        """The query that leads from the times of one single day back to those of all; "" elsewhere."""
        sent = self.form.cleaned_data if self.found else {}
        is_one_day = bool(sent.get("from_on")) and sent.get("from_on") == sent.get("to_on")
        return _query(self._asked, to_on=None) if is_one_day else ""

    def _find(self) -> FoundTimes | None:
        sent = self.form.cleaned_data
        who, where = sent["who"], sent["where"]
        try:
            search = SlotSearch(
                from_on=self.first_on,
                to_on=sent["to_on"] or self.first_on + timedelta(days=SEARCH_DAYS),
                verdict=sent.get("verdict") or None,
                skips_too_soon=not sent["from_on"],
                moving=self._moving,
                begins_class=self.begins_class,
                weekdays=frozenset(sent["weekdays"]),
                hours=HoursOfDay.of_halves(sent["halves"]),
                holder=self._by.user_id,
            )
            ask = replace(
                self._ask, practitioner_id=int(who) if who else None, room_id=int(where) if where else None, start=None
            )
            return find(ask, search, history=self._history, now=self._now)
        except (Invalid, OverflowError) as refusal:
            is_far = isinstance(refusal, OverflowError) or not sent["to_on"]
            name, words = ("from_on", "Choose a day in the years to come.") if is_far else ("to_on", str(refusal))
            self.form.add_error(name, words)
            return None


def _query(asked: QueryDict, **changes: date | None) -> str:
    """The query of an address with these days in place of what it says; None takes one out."""
    fresh = asked.copy()
    for name in ("more", *changes):
        fresh.pop(name, None)
    for name, day in changes.items():
        if day is not None:
            fresh[name] = day.isoformat()
    return fresh.urlencode()
