"""Free times with their verdicts: what the slot search offers for a patient, an area and a side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby, islice

from injections.assessment.standing import found_of
from injections.assessment.verdict import judge_all
from injections.booking.request import BookingRequest, check_request, safety_requests
from injections.facts.history import History, history_of
from injections.safety import facts as safety
from injections.safety.findings import Finding, Judgement, Verdict
from injections.safety.visit import at_one_visit
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic import clock
from pht_clinic.errors import Invalid, Missing
from pht_clinic.periods import Period
from scheduling.availability.slots import Search, Slot, check_search, free_slots
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
    `moving` is the appointment that would leave its place for one of these: it does not judge them.
    """

    from_on: date
    to_on: date
    limit: int = 10
    verdict: str | None = None
    skips_too_soon: bool = False
    moving: int | None = None

    @property
    def earliest(self) -> str | None:
        """The verdict that the interval must allow on the first day, if any."""
        return self.verdict or (Verdict.REVIEW if self.skips_too_soon else None)


def offers(ask: BookingRequest, search: SlotSearch, *, history: History | None = None, now: datetime) -> Offers:
    """The free times at which the request could be booked; with a patient each carries its verdict.

    `history` is the patient's, for whoever has read it already.
    Raises: Invalid, HasDied (nothing is offered to the dead).
    """
    check_search(ask.kind, search.from_on, search.to_on)
    visit = KINDS[ask.kind]
    if not 1 <= search.limit <= MOST:
        raise Invalid.field("limit", f"Ask for 1 to {MOST} times.")
    if search.verdict not in (None, Verdict.CLEAR, Verdict.REVIEW):
        raise Invalid.field("verdict", "Choose clear or review.")
    diary = Search(visit, search.from_on, search.to_on, ask.practitioner_id, ask.room_id, ask.patient_id)
    if ask.patient_id is None or not visit.needs_check:
        if search.verdict is not None and visit.needs_check:
            raise Invalid.field("patient", "A verdict needs a patient, a site and a side.")
        _check_alive(ask.patient_id)
        return Offers([Offer(slot, None) for slot in islice(free_slots(diary, now=now), search.limit)], None, None)
    known = history or _history_of(ask.patient_id, now=now)
    check_alive(known.patient)
    known = replace(known, visits=[one for one in known.visits if one.pk != search.moving])
    return _judged(ask, search, diary, history=known, now=now)


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


def _judged(ask: BookingRequest, search: SlotSearch, diary: Search, *, history: History, now: datetime) -> Offers:
    day = max(search.from_on, clock.local_date(now))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.zone())
    visit = check_request(ask)
    first = judge_all(history.facts_of_visit(safety_requests(ask, visit, Period(noon, noon + visit.duration))))
    starts_on = (
        {Verdict.CLEAR: first.clear_from, Verdict.REVIEW: first.review_from}.get(Verdict(search.earliest))
        if search.earliest
        else None
    )
    if starts_on is not None:
        if starts_on > search.to_on:
            return Offers([], first.review_from, first.clear_from, first)
        diary = replace(diary, from_on=starts_on)
    found = _with_verdicts(diary, visit, ask, history, now=now)
    wanted = (offer for offer in found if search.verdict is None or offer.verdict == search.verdict)
    return Offers(list(islice(wanted, search.limit)), first.review_from, first.clear_from, first)


def _with_verdicts(
    diary: Search, visit: VisitKind, ask: BookingRequest, history: History, *, now: datetime
) -> Iterator[Offer]:
    """Each free slot with its verdict. Who would be there and in which room changes none: each start is judged once."""
    each: list[safety.Facts] = []
    for start, slots in groupby(free_slots(diary, now=now), key=lambda slot: slot.start):
        requests = safety_requests(ask, visit, Period(start, start + visit.duration))
        known = each or [history.facts(request) for request in requests]
        each = [replace(facts, request=request) for facts, request in zip(known, requests, strict=True)]
        judged = judge_all(at_one_visit(each))
        reasons = tuple(_reason(finding) for finding in judged.findings if finding.needs_decision)
        for slot in slots:
            yield Offer(slot, judged.verdict.value, reasons)


def _reason(finding: Finding) -> str:
    """What stands against a time; at a visit with several injections also of which of them."""
    of = found_of(finding)
    return f"{finding.message.rstrip('.')} ({of})." if of else finding.message
