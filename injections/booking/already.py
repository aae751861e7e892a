"""What a patient is booked for already where a second such visit is asked for: it may be the first that should move."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from injections.booking.wish import Wish
from injections.safety.findings import Judgement
from injections.visit_kinds import KINDS
from pht_clinic import clock
from scheduling.models import Appointment
from scheduling.states import WAITING_OR_BOOKED


@dataclass(frozen=True, slots=True)
class Already:
    """A visit to come of the same kind, or that injects the same area and side. `is_why`: it is what makes the day that
    was looked at too soon.
    """

    visit: Appointment
    is_why: bool


def already_booked(patient_id: int, wish: Wish, first: Judgement | None, *, now: datetime) -> list[Already]:
    """The visits to come that this one would be a second of, in order of time; `first` is the verdict on the day
    that is looked at. One query.
    """
    rows = Appointment.objects.of_patient(patient_id).filter(status__in=WAITING_OR_BOOKED, start_at__gt=now)
    coming = rows.select_related("patient", "practitioner", "room", "injection_request").order_by("start_at", "pk")
    return [Already(one, _is_why(one, first)) for one in coming if _is_alike(one, wish)]


def _is_alike(visit: Appointment, wish: Wish) -> bool:
    return visit.kind == wish.kind or bool(_places(visit) & {one.place for one in wish.wanted})


def _places(visit: Appointment) -> set[tuple[str, str]]:
    """The areas and sides that it injects."""
    return set(visit.injection_request.places) if KINDS[visit.kind].injects else set()


def _is_why(visit: Appointment, judged: Judgement | None) -> bool:
    """Whether a finding on the interval counts this very visit."""
    counted = (
        (one["counted_on"], (one["area"], one["side"]))
        for finding in (judged.findings if judged else ())
        if finding.rule == "repeat-interval"
        for one in _injections(finding.evidence)
    )
    on = clock.local_date(visit.start_at).isoformat()
    return any(day == on and place in _places(visit) for day, place in counted)


def _injections(evidence: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(evidence.get("injections") or ())
