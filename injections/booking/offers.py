"""Free times with their verdicts: what the slot search offers for a patient, an area and a side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import islice

from injections.assessment.verdict import judge_facts
from injections.booking.request import BookingRequest, check_request, safety_request
from injections.facts.history import History, history_of
from injections.safety import facts as safety
from injections.safety.findings import Assessment as Judgement
from injections.safety.findings import Verdict
from injections.visit_kinds import KINDS, VisitKind
from pht_clinic import clock
from pht_clinic.errors import Invalid, Missing
from pht_clinic.periods import Period
from scheduling.availability.slots import Search, Slot, check_search, free_slots

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


def offers(
    *,
    kind: str,
    from_on: date,
    to_on: date,
    practitioner_id: int | None = None,
    room_id: int | None = None,
    limit: int = 10,
    patient_id: int | None = None,
    site: str | None = None,
    side: str | None = None,
    verdict: str | None = None,
    skips_too_soon: bool = False,
    moving: int | None = None,
    history: History | None = None,
    now: datetime,
) -> Offers:
    """Up to `limit` (1–200) free times from `from_on` to `to_on`, local dates both included.

    With a patient each carries its verdict; `verdict` "clear" or "review" keeps only such times, and the search then
    starts at the first date on which the interval allows them. "review" means exactly review.
    With `skips_too_soon` times of every verdict are kept, from the date on which a radiologist may review them.
    `moving` is the appointment that would leave its place for one of these: it does not judge them.
    `history` is the patient's, for whoever has read it already.
    Raises: Invalid.
    """
    check_search(kind, from_on, to_on)
    visit = KINDS[kind]
    if not 1 <= limit <= MOST:
        raise Invalid.field("limit", f"Ask for 1 to {MOST} times.")
    if verdict not in (None, Verdict.CLEAR, Verdict.REVIEW):
        raise Invalid.field("verdict", "Choose clear or review.")
    search = Search(visit, from_on, to_on, practitioner_id, room_id, patient_id)
    if patient_id is None or not visit.needs_check:
        if verdict is not None and visit.needs_check:
            raise Invalid.field("patient", "A verdict needs a patient, a site and a side.")
        return Offers([Offer(slot, None) for slot in islice(free_slots(search, now=now), limit)], None, None)
    earliest = verdict or (Verdict.REVIEW if skips_too_soon else None)
    known = history or _history_of(patient_id, now=now)
    known = replace(known, visits=[one for one in known.visits if one.pk != moving])
    return _judged(search, visit, site, side, verdict, earliest, limit, history=known, now=now)


def _history_of(patient_id: int, *, now: datetime) -> History:
    try:
        return history_of(patient_id, now=now)
    except Missing:
        raise Invalid.field("patient", f"There is no patient {patient_id}.") from None


def _judged(
    search: Search,
    visit: VisitKind,
    site: str | None,
    side: str | None,
    verdict: str | None,
    earliest: str | None,
    limit: int,
    *,
    history: History,
    now: datetime,
) -> Offers:
    day = max(search.from_on, clock.local_date(now))
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=clock.zone())
    ask = BookingRequest(
        patient_id=history.patient.pk, kind=visit.code, start=noon, practitioner_id=0, site=site, side=side
    )
    check_request(ask)
    first = judge_facts(history.facts(safety_request(ask, visit, Period(noon, noon + visit.duration))))
    starts_on = (
        {Verdict.CLEAR: first.clear_from, Verdict.REVIEW: first.review_from}.get(Verdict(earliest))
        if earliest
        else None
    )
    if starts_on is not None and starts_on > search.from_on:
        if starts_on > search.to_on:
            return Offers([], first.review_from, first.clear_from, first)
        search = replace(search, from_on=starts_on)
    found = _with_verdicts(search, visit, ask, history, now=now)
    wanted = (offer for offer in found if verdict is None or offer.verdict == verdict)
    return Offers(list(islice(wanted, limit)), first.review_from, first.clear_from, first)


def _with_verdicts(
    search: Search, visit: VisitKind, ask: BookingRequest, history: History, *, now: datetime
) -> Iterator[Offer]:
    """Each free slot with its verdict. Who would be there and in which room changes none: each start is judged once."""
    facts: safety.Facts | None = None
    judged_at, verdict = None, ""
    reasons: tuple[str, ...] = ()
    for slot in free_slots(search, now=now):
        if facts is None:
            facts = history.facts(safety_request(ask, visit, Period(slot.start, slot.end)))
        if slot.start != judged_at:
            request = replace(facts.request, start=slot.start, end=slot.end)
            judged = judge_facts(replace(facts, request=request))
            judged_at, verdict = slot.start, judged.verdict.value
            reasons = tuple(finding.message for finding in judged.findings if finding.needs_decision)
        yield Offer(slot, verdict, reasons)
