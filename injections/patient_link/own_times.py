"""The times that a patient may choose by their link, to move a visit to, or in place of one that was cancelled.

What is chosen is kept for 5 minutes, then taken through the same gates as at the desk; nothing but clear is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.utils.translation import gettext_noop

from injections.booking.book import NotClear, book_again
from injections.booking.finder import FoundTimes, Most, find
from injections.booking.finder_forms import ChosenTime
from injections.booking.holds.hold import give_back, held, hold_to_book_again, hold_to_move
from injections.booking.may import check_may_book_again, check_may_move, notice
from injections.booking.move import MoveRequest, move
from injections.booking.offers import SlotSearch
from injections.booking.request import BookingRequest
from injections.visit_kinds import KINDS
from pht_clinic import clock
from pht_clinic.errors import why_not
from pht_clinic.people.actors import PATIENT
from scheduling.availability.hours_of_day import HoursOfDay
from scheduling.availability.slots import Slot
from scheduling.models import Appointment

DAYS_SHOWN = 10
TIMES_A_DAY = 4
SEARCHED_DAYS = 365
"""How far the times to choose from are looked for."""


@dataclass(frozen=True, slots=True)
class When:
    """On which weekdays, in which halves of the day, from which day on; nothing said means any."""

    weekdays: frozenset[int] = frozenset()
    halves: frozenset[str] = frozenset()
    from_on: date | None = None


ANY_TIME = When()


@dataclass(frozen=True, slots=True)
class Choosing:
    """What a time is chosen for. `page` is the name of its pages, `done` what is said afterwards.

    `may` asks whether there is anything to choose, `hold` keeps a time, `take` takes it; both raise TooLate, Clash or
    Invalid (the session has gone), `take` also StaleRevision and NotClear.
    """

    page: str
    may: Callable[..., None]
    hold: Callable[[Appointment, Slot, datetime], object]
    take: Callable[[Appointment, ChosenTime, int, datetime], Appointment | None]
    done: str

    def is_open(self, visit: Appointment, *, now: datetime) -> bool:
        """Whether the patient of this visit may choose a time."""
        return not why_not(self.may, visit, by=PATIENT, now=now)


def times_to_choose(visit: Appointment, when: When = ANY_TIME, *, now: datetime) -> FoundTimes:
    """Up to 10 days with some free times each, none nearer than the notice, all of them clear as they stand now.

    A class is chosen among those that take place: the desk begins one.
    """
    kind = KINDS[visit.kind]
    from_on = max(clock.local_date(now + notice()), when.from_on or date.min)
    search = SlotSearch(
        from_on=from_on,
        to_on=from_on + timedelta(days=SEARCHED_DAYS),
        verdict="clear" if kind.needs_check else None,
        moving=visit.pk,
        weekdays=when.weekdays,
        hours=HoursOfDay.of_halves(when.halves),
        not_before=now + notice(),
        joins_class=True,
    )
    return find(_wish(visit), search, most=Most(DAYS_SHOWN, TIMES_A_DAY), now=now)


def kept_time(visit: Appointment, *, now: datetime) -> Appointment | None:
    """The time that is kept for its patient while they choose, if one is. One query."""
    return held(visit.patient.kept_id, by=PATIENT, now=now)


def held_until(visit: Appointment, *, now: datetime) -> datetime | None:
    """Until when a time is kept for its patient, if one is."""
    row = kept_time(visit, now=now)
    return row.held_until if row else None


def give_back_held(visit: Appointment, *, now: datetime) -> None:
    """The patient wants another time."""
    give_back(visit.patient.kept_id, by=PATIENT, now=now)


def check_notice(to: ChosenTime, *, now: datetime) -> None:
    """Raise NotClear unless a time is far enough away to be chosen without speaking to somebody."""
    if to.start - now < notice():
        raise NotClear("This time is too soon to be chosen here. Choose another, or phone us.")


def _wish(visit: Appointment) -> BookingRequest:
    """The same kind, areas and sides again, for the record that is kept."""
    kind = KINDS[visit.kind]
    wanted = visit.injection_request.wanted if kind.injects else ()
    return BookingRequest(kind=kind.code, patient_id=visit.patient.kept_id, injections=wanted)


def _hold_to_move(visit: Appointment, slot: Slot, now: datetime) -> object:
    return hold_to_move(visit.pk, _move_to(slot), by=PATIENT, now=now)


def _change(visit: Appointment, to: ChosenTime, revision: int, now: datetime) -> Appointment | None:
    """Move to a time; judged afresh under the locks, and nothing changes unless it is clear."""
    return move(visit.pk, _move_to(to), revision=revision, by=PATIENT, now=now).appointment


def _move_to(to: ChosenTime | Slot) -> MoveRequest:
    return MoveRequest(start=to.start, practitioner_id=to.practitioner_id, room_id=to.room_id, only_clear=True)


def _hold_again(visit: Appointment, slot: Slot, now: datetime) -> object:
    return hold_to_book_again(visit.pk, _at(visit, slot), by=PATIENT, now=now)


def _again(visit: Appointment, to: ChosenTime, revision: int, now: datetime) -> Appointment | None:
    """Book it as a visit of its own; the cancelled one stays as it is."""
    return book_again(visit.pk, _at(visit, to), by=PATIENT, now=now).appointment


def _at(visit: Appointment, to: ChosenTime | Slot) -> BookingRequest:
    return replace(_wish(visit), start=to.start, practitioner_id=to.practitioner_id, room_id=to.room_id)


CHANGE: Final = Choosing(
    "change", check_may_move, _hold_to_move, _change, gettext_noop("Your appointment has been changed.")
)
ANOTHER: Final = Choosing(
    "another", check_may_book_again, _hold_again, _again, gettext_noop("Your new appointment is booked.")
)
