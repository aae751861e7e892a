"""What moving a whole class would come to for each who takes part: the page shows it, the use case does it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from injections.booking.move import MoveRequest, place_of_move
from injections.booking.propose import Proposal, propose_move
from injections.facts.history import histories_about
from injections.models import Decision
from scheduling.models import Appointment
from scheduling.states import HOLDING


@dataclass(frozen=True, slots=True)
class ComingAlong:
    """One who takes part, with the visit as it would stand. `why_not` they cannot come along is "" where they can."""

    visit: Appointment
    proposal: Proposal
    why_not: str


def coming_along(visits: Sequence[Appointment], ask: MoveRequest, *, now: datetime) -> list[ComingAlong]:
    """What becomes of each of these visits of one class at that time. Three queries, however many take part."""
    histories = histories_about([one.patient for one in visits], now=now)
    decisions = defaultdict(list)
    for decision in Decision.objects.filter(appointment__in=[one.pk for one in visits]).order_by("pk"):
        decisions[decision.appointment_id].append(decision)
    busy = _busy_then(visits, ask)
    found = []
    for one in visits:
        place = place_of_move(one, ask)
        proposal = propose_move(
            one,
            start=ask.start,
            practitioner_id=place.practitioner_id,
            room_id=place.room_id,
            history=histories[one.patient_id],
            decisions=decisions[one.pk],
            now=now,
        )
        found.append(ComingAlong(one, proposal, _why_not(proposal, is_busy=one.patient_id in busy)))
    return found


def _why_not(proposal: Proposal, *, is_busy: bool) -> str:
    if is_busy:
        return "Has another visit at that time."
    return "The safety check does not allow that time." if proposal.needs_override else ""


def _busy_then(visits: Collection[Appointment], ask: MoveRequest) -> set[int]:
    """The patients who have another visit at that time."""
    if not visits:
        return set()
    during = place_of_move(next(iter(visits)), ask).during
    others = Appointment.objects.filter(
        patient__in=[one.patient_id for one in visits],
        status__in=HOLDING,
        during__overlap=DateTimeTZRange(during.start, during.end),
    )
    return set(others.exclude(pk__in=[one.pk for one in visits]).values_list("patient_id", flat=True))
