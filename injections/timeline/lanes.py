"""A patient's timeline with what the rules do not look at: where an injection was given, and what never took place."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from injections.facts.history import History
from injections.facts.policy import effective_policy
from injections.models import Injection
from injections.safety import facts as safety
from injections.safety.sites import AREAS, LEFT, RIGHT
from injections.safety.timeline import timeline
from injections.visit_kinds import INJECTING
from pht_clinic import clock
from scheduling.models import Appointment, Patient
from scheduling.states import Status

WITHOUT_OUTCOME = "without-outcome"
"""Where a visit comes from that is over and of which nobody said what happened: it counts as given."""
FELL_THROUGH = (Status.CANCELLED, Status.NOSHOW)

Lane = dict[str, Any]


def lanes_of(history: History, fell_through: Iterable[Appointment] = ()) -> list[Lane]:
    """The lanes of `injections.safety.timeline`, each entry with its `origin`, and the visits that fell through.

    Origins are those of Injection and WITHOUT_OUTCOME. An entry of kind "cancelled" has its `status`, a date and no
    zones. Entries stand in order of their day, those without any day first.
    """
    policy = effective_policy()
    facts = history.facts(safety.Request(start=history.now, end=history.now))
    lanes: list[Lane] = timeline(facts.injections, facts.booked, policy=policy)
    by_place: dict[tuple[Any, Any], Lane] = {_place(lane): {**lane, "entries": []} for lane in lanes}
    for origin, group in _by_origin(history, facts).items():
        _add(by_place, timeline(group, (), policy=policy), origin)
    _add(by_place, timeline((), facts.booked, policy=policy), "")
    for visit in fell_through:
        _add_cancelled(by_place, visit)
    for lane in by_place.values():
        lane["entries"].sort(key=lambda entry: entry["latest"] or "")
    return sorted(by_place.values(), key=_order)


def fallen_through(patient: Patient) -> list[Appointment]:
    """The injection visits of a patient (and of records merged into it) that were cancelled or missed. One query."""
    return [
        visit
        for visit in Appointment.objects.of_patient(patient.pk)
        .filter(kind__in=INJECTING, status__in=FELL_THROUGH)
        .select_related("injection_request")
        if hasattr(visit, "injection_request")
    ]


def _by_origin(history: History, facts: safety.Facts) -> dict[str, list[safety.GivenInjection]]:
    """The injections of the facts by where they come from: the recorded ones come first there, in the rows' order."""
    groups: dict[str, list[safety.GivenInjection]] = {}
    recorded = len(history.injections)
    for row, given in zip(history.injections, facts.injections[:recorded], strict=True):
        groups.setdefault(Injection.Origin(row.origin).value, []).append(given)
    if without_outcome := list(facts.injections[recorded:]):
        groups[WITHOUT_OUTCOME] = without_outcome
    return groups


def _add(by_place: dict[tuple[Any, Any], Lane], lanes: list[Any], origin: str) -> None:
    for lane in lanes:
        by_place[_place(lane)]["entries"] += [{**entry, "origin": origin} for entry in lane["entries"]]


def _add_cancelled(by_place: dict[tuple[Any, Any], Lane], visit: Appointment) -> None:
    on = clock.local_date(visit.start_at).isoformat()
    for asked in visit.injection_request.wanted:
        empty: Lane = {"area": asked.area, "side": asked.side, "entries": [], "review_from": None, "clear_from": None}
        lane = by_place.setdefault(asked.place, empty)
        lane["entries"].append(
            {
                "kind": "cancelled",
                "site": asked.site,
                "side": asked.side,
                "status": visit.status,
                "origin": "",
                "start": visit.start_at.isoformat(),
                "first": on,
                "latest": on,
                "is_exact": True,
                "counts": False,
            }
        )


def _place(lane: Lane) -> tuple[Any, Any]:
    return lane["area"], lane["side"]


def _order(lane: Lane) -> tuple[int, int]:
    """The order of the areas, left before right; what lies elsewhere in the body last."""
    area, side = _place(lane)
    return (AREAS.index(area) if area else len(AREAS), (LEFT, RIGHT).index(side) if side else 0)
