"""For each visit that has lost its place the best other times, found together: no time is proposed to two of them. A
class goes as one, to times at which everybody who takes part can come along.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from injections.assessment.visits import Visit, appointments
from injections.booking.finder import FoundTimes, Most, find
from injections.booking.finder_on_page import Among, OfferedDay
from injections.booking.offers import SlotSearch
from injections.booking.request import BookingRequest
from injections.facts.alerts import alerts_of
from injections.facts.history import History, histories_to_show
from injections.safety.findings import Verdict
from injections.visit.classes.participants import version_of_class
from injections.visit_kinds import KINDS
from injections.worklists.moving.class_times import times_of_class
from pht_clinic import clock
from scheduling.availability.sessions import ClosedTimes, without_place
from scheduling.availability.shared_diary import Leaving, SharedDiary
from scheduling.diary.read import who_and_where
from scheduling.models import Appointment, Closure
from scheduling.states import HOLDING

A_PAGE = 8
"""Visits for which times are looked for at once."""
SEARCHED = timedelta(weeks=6)
"""How far after the last visit of a page is looked."""
PROPOSED = Most(days=2, times_a_day=2)


@dataclass(frozen=True, slots=True)
class ToMove:
    """A visit that has lost its place, or all of one class, and up to four other times, none of which another visit is
    proposed.

    The first that needs nobody is `usual`, what is chosen unless somebody chooses another; "" where there is none.
    `until` is the last day that was looked at.
    """

    visits: tuple[Visit, ...]
    days: tuple[OfferedDay, ...]
    until: date

    @property
    def visit(self) -> Visit:
        """The visit; of a class the first, by which it is named."""
        return self.visits[0]

    @property
    def version(self) -> str:
        """What differs as soon as somebody joins the class or leaves it; "" of a visit by itself."""
        rows = [one.appointment for one in self.visits]
        return version_of_class(rows) if rows[0].group_id else ""

    @property
    def usual(self) -> str:
        times = (time for day in self.days for time in day.times)
        return next((time.code for time in times if time.offer.verdict in (None, Verdict.CLEAR)), "")

    @property
    def codes(self) -> list[str]:
        return [time.code for day in self.days for time in day.times]


@dataclass(frozen=True, slots=True)
class Hit:
    """The visits without a place, in order of time, and the closures to come or in force."""

    visits: list[Appointment]
    closures: list[Closure]

    @property
    def sudden(self) -> list[Closure]:
        """What was closed at short notice."""
        return [one for one in self.closures if one.at_short_notice]

    def together(self, closure: Closure | None) -> list[list[Appointment]]:
        """The same, with those who take part in one class as one, in order of time."""
        found: dict[tuple[int | None, int], list[Appointment]] = {}
        for row in self.by(closure):
            found.setdefault((row.group_id, 0 if row.group_id else row.pk), []).append(row)
        return list(found.values())

    def by(self, closure: Closure | None) -> list[Appointment]:
        """The visits that a closure hits; without one all of them."""
        return [row for row in self.visits if closure is None or is_hit(row, closure)]


def what_is_hit(*, now: datetime) -> Hit:
    """The coming visits that stand where nothing is open any more, as `sessions.to_be_moved`. Three queries."""
    closures = list(Closure.objects.filter(ends_at__gt=now).select_related("practitioner", "room"))
    coming = appointments().filter(status__in=HOLDING, start_at__gt=now).order_by("start_at", "pk")
    return Hit(without_place(list(coming), closed=ClosedTimes.of_rows(closures)), closures)


def is_hit(row: Appointment, closure: Closure) -> bool:
    """Whether a visit stands in a closure. Boundary: one that ends as it begins, or begins as it ends, does not."""
    is_then = row.start_at < closure.ends_at and closure.starts_at < row.end_at
    is_there = closure.practitioner_id in (None, row.practitioner_id) and closure.room_id in (None, row.room_id)
    return is_then and is_there


def proposals(each: Sequence[Sequence[Appointment]], closures: Collection[Closure], *, now: datetime) -> list[ToMove]:
    """Of each visit, or class (`Hit.together`), the next times from its own day on: those that are clear, else whatever
    could be asked for.

    The earlier visit has the first choice. At most five queries, however many visits and kinds of visit.
    """
    if not each:
        return []
    rows = [row for visits in each for row in visits]
    known = histories_to_show([row.patient for row in rows], now=now)
    among = Among(*who_and_where())
    reads = _reads(rows, among, closures, now=now)
    return [_proposed(visits, known, among, reads, now=now) for visits in each]


def _proposed(
    visits: Sequence[Appointment], known: dict[int, History], among: Among, reads: SharedDiary, *, now: datetime
) -> ToMove:
    """The next times of one visit, or of all of one class; they are kept from whoever follows."""
    histories = [known[row.patient.kept_id] for row in visits]
    if visits[0].group_id:
        times = times_of_class(visits, histories, reads, most=PROPOSED, now=now)
    else:
        times = _times(visits[0], histories[0], reads, now=now)
    for offer in (offer for day in times.days for offer in day.times):
        reads.keep(offer.slot, KINDS[visits[0].kind].room_buffer)
    shown = tuple(Visit(row, alerts=alerts_of(one)) for row, one in zip(visits, histories, strict=True))
    return ToMove(shown, tuple(among.shown(day) for day in times.days), reads.to_on)


def _reads(rows: Sequence[Appointment], among: Among, closures: Collection[Closure], *, now: datetime) -> SharedDiary:
    today = clock.local_date(now)
    days = [max(today, clock.local_date(row.start_at)) for row in rows]
    return SharedDiary(
        among.people,
        among.rooms,
        days=(min(days), min(max(days) + SEARCHED, min(days) + timedelta(days=365))),
        closed=ClosedTimes.of_rows(closures),
        leaving=Leaving([row.patient_id for row in rows], [row.pk for row in rows]),
        now=now,
    )


def _times(visit: Appointment, history: History, reads: SharedDiary, *, now: datetime) -> FoundTimes:
    kind = KINDS[visit.kind]
    wanted = visit.injection_request.wanted if kind.injects else ()
    ask = BookingRequest(kind=kind.code, patient_id=history.patient.pk, injections=wanted)
    from_on = min(max(clock.local_date(now), clock.local_date(visit.start_at)), reads.to_on)
    search = SlotSearch(from_on=from_on, to_on=reads.to_on, moving=visit.pk, skips_too_soon=True)
    if kind.needs_check:
        clear = SlotSearch(from_on=from_on, to_on=reads.to_on, moving=visit.pk, verdict=Verdict.CLEAR)
        found = find(ask, clear, most=PROPOSED, history=history, reads=reads, now=now)
        if found.days:
            return found
    return find(ask, search, most=PROPOSED, history=history, reads=reads, now=now)
