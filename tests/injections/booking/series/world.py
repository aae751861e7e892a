"""A series to ask for: Tuesdays at 10:00 with the physiotherapist, in the gym."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from injections.booking.series.book import BookedSeries, SeriesRequest, book_series
from injections.booking.series.rule import SeriesRule
from injections.booking.series.standing import VisitTime
from scheduling.models import Patient
from tests.clinic import Clinic, local

TUESDAYS = ("2026-03-03", "2026-03-10", "2026-03-17", "2026-03-24", "2026-03-31", "2026-04-07")


def spots(clinic: Clinic, days: Sequence[str] = TUESDAYS, at: str = "10:00") -> tuple[VisitTime, ...]:
    return tuple(VisitTime(local(day, at), clinic.physiotherapist.pk, clinic.gym.pk) for day in days)


def ask(
    clinic: Clinic, patient: Patient, days: Sequence[str] = TUESDAYS, at: str = "10:00", **values: Any
) -> SeriesRequest:
    rule = SeriesRule(date(2026, 3, 3), 1, frozenset({1}), time(10), 6)
    asked = {"kind": "physiotherapy", "patient_id": patient.pk, "rule": rule, "spots": spots(clinic, days, at)}
    return SeriesRequest(**asked | values)


def booked(clinic: Clinic, patient: Patient, days: Sequence[str] = TUESDAYS, **values: Any) -> BookedSeries:
    return book_series(ask(clinic, patient, days, **values), by=clinic.reception, now=clinic.now)


def rule_query(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    """What the form of the rule sends."""
    sent = {
        "kind": "physiotherapy",
        "count": "6",
        "every_weeks": "1",
        "weekdays": "1",
        "at": "10:00",
        "who": str(clinic.physiotherapist.pk),
        "where": "",
        "from_on": "2026-03-03",
    }
    return sent | changes
