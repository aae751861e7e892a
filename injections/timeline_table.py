"""The timeline of a patient as rows of a table: the same data as the picture, in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from injections import gather
from injections.policy import effective_policy
from injections.safety import facts as safety
from injections.safety.timeline import timeline
from scheduling.models import Patient


@dataclass(slots=True)
class LaneRow:
    """One area and side: what was given and is booked there, and from when the interval allows another."""

    area: str
    side: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    review_from: date | None = None
    clear_from: date | None = None


def timeline_rows(patient: Patient, *, now: datetime) -> list[LaneRow]:
    """The lanes of this patient; what was given somewhere else in the body comes last, without dates."""
    return rows_of(gather.history(patient, now=now), now=now)


def rows_of(history: gather.History, *, now: datetime) -> list[LaneRow]:
    """The lanes of a history that was read already."""
    facts = history.facts(safety.Request(start=now, end=now))
    lanes: list[dict[str, Any]] = timeline(facts.injections, facts.booked, policy=effective_policy())
    return [
        LaneRow(
            area=lane["area"] or "",
            side=lane["side"] or "",
            entries=[_readable(entry) for entry in lane["entries"]],
            review_from=_day(lane.get("review_from")),
            clear_from=_day(lane.get("clear_from")),
        )
        for lane in lanes
    ]


def _readable(entry: dict[str, Any]) -> dict[str, Any]:
    shown = dict(entry)
    shown["latest"] = _day(entry.get("latest"))
    shown["start"] = datetime.fromisoformat(entry["start"]) if entry.get("start") else None
    rest = entry.get("rest")
    shown["rest_until"] = datetime.fromisoformat(rest["until"]) if rest else None
    return shown


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
