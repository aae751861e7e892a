"""What moving a whole class would come to for each who takes part: the page shows it, the use case does it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.db.models import QuerySet

from injections.booking.move import MoveRequest, place_of_move
from injections.booking.propose import Proposal, propose_move
from injections.facts.history import histories_about
from injections.models import Decision
from pht_clinic.rows import together
from scheduling.models import Appointment
from scheduling.states import HOLDING


@dataclass(frozen=True, slots=True)
class ComingAlong:
    """One who takes part, with the visit as it would stand. `why_not` they cannot come along is "" where they can."""

    visit: Appointment
    proposal: Proposal
    why_not: str


def coming_along(visits: Sequence[Appointment], ask: MoveRequest, *, now: datetime) -> list[ComingAlong]:
    """What becomes of each of these visits (at least one) of one class at that time. Two queries."""
    histories = histories_about([one.patient for one in visits], now=now)
    decided, others = together(
        Decision.objects.filter(appointment__in=[one.pk for one in visits]).order_by("pk"), _others_then(visits, ask)
    )
    decisions = defaultdict(list)
    for decision in decided:
        decisions[decision.appointment_id].append(decision)
    busy = {one.patient_id for one in others}
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


def _others_then(visits: Sequence[Appointment], ask: MoveRequest) -> QuerySet[Appointment]:
    """The other visits that their patients have at that time."""
    during = place_of_move(visits[0], ask).during
    rows = Appointment.objects.filter(patient__in=[one.patient_id for one in visits], status__in=HOLDING)
    at_that_time = rows.filter(during__overlap=DateTimeTZRange(during.start, during.end))
    return at_that_time.exclude(pk__in=[one.pk for one in visits])
