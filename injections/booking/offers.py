"""Free times with their verdicts: what the slot search offers for a patient, an area and a side.

`seek` finds and judges one time after the other, as far as somebody reads; `offers` takes the first of them, and
`finder.py` groups them by day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, islice

from injections.assessment.standing import found_of
from injections.assessment.verdict import judge_all
from injections.booking.may import NOT_THEIRS, may_replace
from injections.booking.request import BookingRequest, check_request, safety_requests
from injections.facts.history import History, history_of
from injections.safety import facts as safety
from injections.safety.findings import Finding, Judgement, Verdict
from injections.safety.visit import at_one_visit
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic import clock
from pht_clinic.errors import Invalid, Missing
from pht_clinic.periods import Period
from scheduling.availability.hours_of_day import ANY_HOURS, HoursOfDay
from scheduling.availability.slots import Reads, Search, Slot, check_search, free_slots
from scheduling.models import Patient
from scheduling.patients.death import check_alive

MOST = 200


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time and, when a patient is known, the verdict on it and why: what stands against it, the worst first."""

    slot: Slot
    verdict: str | None
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Offers:
    """Free times in order; the dates speak of the interval only, as seen from the first day searched.

    `first` is the whole verdict on that day's noon; None without a patient.
    """

    results: list[Offer]
    review_from: date | None
    clear_from: date | None
    first: Judgement | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlotSearch:
    """Which free times to offer: up to `limit` (1–200) from `from_on` to `to_on`, local dates both included.

    `verdict` "clear" or "review" keeps only such times, and the search then starts at the first date on which the
    interval allows them. "review" means exactly review. With `skips_too_soon` times of every verdict are kept, from the
    date on which a radiologist may review them.
    `moving` is the appointment that would leave its place for one of these: it does not judge them. `per_day` is how
    many times of one local day are offered, the first of them; None means all.
    The rest is as in `scheduling.availability.slots.Search`.
    """

    from_on: date
    to_on: date
    limit: int = 10
    verdict: str | None = None
    skips_too_soon: bool = False
    moving: int | None = None
    weekdays: frozenset[int] = frozenset()
    hours: HoursOfDay = ANY_HOURS
    per_day: int | None = None
    not_before: datetime | None = None
    holder: int | None = None
    begins_class: bool = False
    joins_class: bool = False

    @property
    def earliest(self) -> str | None:
        """The verdict that the interval must allow on the first day, if any."""
        return self.verdict or (Verdict.REVIEW if self.skips_too_soon else None)


class Judging:
    """The verdict on free times, one after the other. Who would be there and in which room changes none: each start is
    judged once.
    """

    def __init__(self, visit: VisitKind, ask: BookingRequest, history: History) -> None:
        self._visit, self._ask, self._history = visit, ask, history
        self._each: list[safety.Facts] = []
        self._judged: dict[datetime, tuple[str, tuple[str, ...]]] = {}

    def __call__(self, slot: Slot) -> Offer:
        if slot.start not in self._judged:
            self._judged[slot.start] = self._on(slot.start)
        return Offer(slot, *self._judged[slot.start])

    def _on(self, start: datetime) -> tuple[str, tuple[str, ...]]:
        requests = safety_requests(self._ask, self._visit, Period(start, start + self._visit.duration))
        known = self._each or [self._history.facts(request) for request in requests]
        self._each = [replace(facts, request=request) for facts, request in zip(known, requests, strict=True)]
        judged = judge_all(at_one_visit(self._each))
        reasons = tuple(_reason(finding) for finding in judged.findings if finding.needs_decision)
        return judged.verdict.value, reasons


@dataclass(frozen=True, slots=True)
class Sought:
    """Free times in order, found as they are read, and how one is judged (None without a patient or a check)."""

    slots: Iterator[Slot]
    judge: Callable[[Slot], Offer] | None = None
    review_from: date | None = None
    clear_from: date | None = None
    first: Judgement | None = None

    def offer(self, slot: Slot) -> Offer:
        return self.judge(slot) if self.judge else Offer(slot, None)


def offers(ask: BookingRequest, search: SlotSearch, *, history: History | None = None, now: datetime) -> Offers:
    """The first free times at which the request could be booked; with a patient each carries its verdict.

    `history` is the patient's, for whoever has read it already.
    Raises: Invalid, HasDied (nothing is offered to the dead).
    """
    if not 1 <= search.limit <= MOST:
        check_search(ask.kind, search.from_on, search.to_on, search.hours)
        raise Invalid.field("limit", f"Ask for 1 to {MOST} times.")
    if not may_replace(search.moving, ask.patient_id):
        raise Invalid.field("replaces", NOT_THEIRS)
    sought = seek(ask, search, history=history, now=now)
    judged = map(sought.offer, sought.slots)
    fitting = (offer for offer in judged if sought.judge is None or search.verdict in (None, offer.verdict))
    by_day = groupby(fitting, key=lambda offer: clock.local_date(offer.slot.start))
    wanted = (offer for _, of_day in by_day for offer in islice(of_day, search.per_day))
    return Offers(list(islice(wanted, search.limit)), sought.review_from, sought.clear_from, sought.first)


def seek(
    ask: BookingRequest,
    search: SlotSearch,
    *,
    history: History | None = None,
    reads: Reads | None = None,
    now: datetime,
) -> Sought:
    """The free times from the first date that comes into question on, of every verdict, none of them judged yet.

    `reads` says how much of the diary is read at a time, or is the diary of whoever looks for several visits at once.

    Raises: Invalid, HasDied.
    """
    check_search(ask.kind, search.from_on, search.to_on, search.hours)
    if search.verdict not in (None, Verdict.CLEAR, Verdict.REVIEW):
        raise Invalid.field("verdict", "Choose clear or review.")
    visit = KINDS[ask.kind]
    diary = _diary(ask, search, visit)
    if ask.patient_id is None or not visit.needs_check:
        if search.verdict is not None and visit.needs_check:
            raise Invalid.field("patient", "A verdict needs a patient, a site and a side.")
        _check_alive(ask.patient_id)
        return Sought(free_slots(diary, reads=reads, now=now))
    known = history or _history_of(ask.patient_id, now=now)
    check_alive(known.patient)
    known = known.without_visit(search.moving)
    first = _first(ask, search, known, now=now)
    starts_on = _starts_on(search, first)
    judge = Judging(check_request(ask), ask, known)
    if starts_on is not None and starts_on > search.to_on:
        return Sought(iter(()), judge, first.review_from, first.clear_from, first)
    slots = free_slots(replace(diary, from_on=starts_on or diary.from_on), reads=reads, now=now)
    return Sought(slots, judge, first.review_from, first.clear_from, first)


def _diary(ask: BookingRequest, search: SlotSearch, visit: VisitKind) -> Search:
    return Search(
        visit,
        search.from_on,
        search.to_on,
        ask.practitioner_id,
        ask.room_id,
        ask.patient_id,
        holder=search.holder,
        weekdays=search.weekdays,
        hours=search.hours,
        not_before=search.not_before,
        begins_class=search.begins_class,
        joins_class=search.joins_class,
    )


def _check_alive(patient_id: int | None) -> None:
    """Of a patient whom no rule judges, if one is named; one that does not exist has nothing in the diary either."""
    patient = Patient.objects.select_related("merged_into").filter(pk=patient_id).first() if patient_id else None
    if patient is not None:
        check_alive(patient)


def _history_of(patient_id: int, *, now: datetime) -> History:
    try:
        return history_of(patient_id, now=now)
    except Missing:
        raise Invalid.field("patient", f"There is no patient {patient_id}.") from None


def _first(ask: BookingRequest, search: SlotSearch, history: History, *, now: datetime) -> Judgement:
    """The whole verdict on noon of the first day searched."""
    day = max(search.from_on, clock.local_date(now))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.zone())
    visit = check_request(ask)
    return judge_all(history.facts_of_visit(safety_requests(ask, visit, Period(noon, noon + visit.duration))))


def _starts_on(search: SlotSearch, first: Judgement) -> date | None:
    """The first date on which the interval allows what is asked for; None where nothing of the kind is asked."""
    if not search.earliest:
        return None
    return {Verdict.CLEAR: first.clear_from, Verdict.REVIEW: first.review_from}[Verdict(search.earliest)]


def _reason(finding: Finding) -> str:
    """What stands against a time; at a visit with several injections also of which of them."""
    of = found_of(finding)
    return f"{finding.message.rstrip('.')} ({of})." if of else finding.message
