"""Times to which a whole class could go: a class could be begun there, and everybody who takes part can come along."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from injections.booking.finder import FoundTimes, Most, by_day
from injections.booking.offers import Judging, Offer, SlotSearch, Sought
from injections.booking.request import BookingRequest
from injections.facts.history import History
from injections.safety.findings import Verdict
from injections.visit_kinds import KINDS
from pht_clinic import clock
from scheduling.availability.shared_diary import SharedDiary
from scheduling.availability.slots import Search, Slot, free_slots
from scheduling.models import Appointment

_WORST_LAST = list(Verdict)


class _ForAll:
    """The verdict on a time for a class: the worst of those who take part, with what stands against it for each."""

    def __init__(self, visits: Sequence[Appointment], histories: Sequence[History]) -> None:
        kind = KINDS[visits[0].kind]
        self._each = [
            Judging(kind, BookingRequest(kind=kind.code, patient_id=history.patient.pk), _without(history, visit))
            for visit, history in zip(visits, histories, strict=True)
        ]

    def __call__(self, slot: Slot) -> Offer:
        offers = [judge(slot) for judge in self._each]
        worst = max((Verdict(one.verdict) for one in offers if one.verdict), key=_WORST_LAST.index)
        reasons = dict.fromkeys(reason for one in offers for reason in one.reasons)
        return Offer(slot, worst.value, tuple(reasons))


def times_of_class(
    visits: Sequence[Appointment], histories: Sequence[History], reads: SharedDiary, *, most: Most, now: datetime
) -> FoundTimes:
    """The next times from its own day on that are clear for everybody.

    `visits` are those who hold a place in the class, `histories` their patients'. Nothing is read.
    """
    kind = KINDS[visits[0].kind]
    from_on = min(max(clock.local_date(now), clock.local_date(visits[0].start_at)), reads.to_on)
    patients = [one.patient_id for one in visits]
    slots = free_slots(Search(kind, from_on, reads.to_on, begins_class=True), reads=reads, now=now)
    free = (slot for slot in slots if not reads.are_elsewhere(patients, slot))
    search = SlotSearch(from_on=from_on, to_on=reads.to_on, verdict=Verdict.CLEAR)
    return by_day(Sought(free, _ForAll(visits, histories)), search, most=most)


def _without(history: History, visit: Appointment) -> History:
    """The history as it would be: the visit that moves judges no time."""
    return replace(history, visits=[one for one in history.visits if one.pk != visit.pk])
