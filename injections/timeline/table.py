"""The timeline of a patient as rows of a table: the same data as the picture, in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from injections.facts.history import History
from injections.timeline.entry_words import given_words
from injections.timeline.lanes import Lane, lanes_of
from scheduling.models import Appointment

ORIGINS = {
    "own": "here",
    "elsewhere": "elsewhere",
    "patient-reported": "as the patient reports",
    "without-outcome": "a visit without an outcome",
}


@dataclass(slots=True)
class LaneRow:
    """One area and side: what was given and is booked there, and from when the interval allows another."""

    area: str
    side: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    review_from: date | None = None
    clear_from: date | None = None


def rows_of(history: History, fell_through: Iterable[Appointment] = ()) -> list[LaneRow]:
    """The lanes of a history that was read already."""
    return rows(lanes_of(history, fell_through))


def rows(lanes: Iterable[Lane]) -> list[LaneRow]:
    """These lanes as rows."""
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
    shown["given_words"] = given_words(entry) if entry["kind"] == "given" else ""
    shown["origin"] = ORIGINS.get(entry["origin"], "")
    for name in ("too_soon", "review"):
        shown[f"{name}_until"] = _day(entry[name]["until"]) if name in entry else None
    shown["start"] = datetime.fromisoformat(entry["start"]) if entry.get("start") else None
    rest = entry.get("rest")
    shown["rest_until"] = datetime.fromisoformat(rest["until"]) if rest else None
    return shown


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
